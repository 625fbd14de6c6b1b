"""Programs that are not compared, with the reasons."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.gpu.differential.running import Program, RunResult

__all__ = ["excluded"]

_COMPILED = r"xp\.(as(contiguous|fortran)array|cum\w+|broadcast_to|dot|matmul|may_share_memory)"
_EMPTY = r"\((0,|0, 3|3, 0)\)"
_REASONS: tuple[tuple[str, str], ...] = (
    (
        r"; r = (xp\.(place|putmask|put|put_along_axis|copyto)\(a, |a\.put\().*\ba\b(?![.\w]| >)",
        "undefined: an array is read while it is written",
    ),
    (
        rf"{_EMPTY}.*(\.(put|put_along_axis|delete|at)\(|; [as](\['a'\])?\[.*[\[(].*\].* \+?= )",
        "undefined: positions are taken modulo the size, which is zero",
    ),
    (
        rf"{_EMPTY}.*\.(nan)?(quantile|percentile)\(",
        "undefined: CuPy's kernel for quantiles reads beyond an empty array",
    ),
    (
        r"data\('[fc]\d+'[^)]*\), \d+, tame=False.*\.arg(max|min)\(",
        "undefined: which of several NaN is found depends on the order of threads",
    ),
    (
        r"a = .*(STRUCT|align=True|make_aligned_dtype).* ; b = .*(a\.view\('u1'\)|a\.tobytes\(\)$)",
        "undefined: the bytes between the fields of a structured dtype",
    ),
    (
        rf"r = ({_COMPILED}\(.*\bNone\b|a\.dot\(None)",
        "CuPy's compiled functions end the process if an array is None",
    ),
    (
        r"data\([^)]*\(\), .*shares_memory\(a, a\.copy",
        "undefined: for 0-d arrays, CuPy compares the addresses of local variables of a kernel",
    ),
)
"""Patterns of programs that are excluded, and the reasons."""

_ERRORS = {
    "CompileException": "CuPy's source for a combination of dtypes is not valid C++",
    "CUBLASError": "the emulated device has no cuBLAS",
    "ImportError": "there is no cuFFT, cuSOLVER or cuSPARSE",
}


_MESSAGES = {
    # With CUB, which CuPy uses by default, these scans work.
    "Input array should be 1D array.": "the emulated device has no CUB",
}


def excluded(program: Program, real: RunResult | None = None) -> str | None:
    """Return the reason why a program is not compared, or ``None``.

    Parameters
    ----------
    program
        The program.
    real
        The result of CuPy, if it has run.
    """
    if real is not None:
        if real.error is None:
            return None
        return _ERRORS.get(real.error.__name__) or _MESSAGES.get(real.message)
    text = str(program).replace("\n", " ; ")
    for pattern, reason in _REASONS:
        if re.search(pattern, text):
            return reason
    return None
