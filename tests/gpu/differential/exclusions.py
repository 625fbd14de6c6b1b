"""Programs that are not compared, each with the reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.gpu.differential.running import Outcome, Program

__all__ = ["excluded"]

_EMPTY = r"\((0,|0, 3|3, 0)\)"
_REASONS: tuple[tuple[str, str], ...] = (
    (
        rf"{_EMPTY}.*(\.(put|put_along_axis|delete|at)\(|; [as](\['a'\])?\[.*[\[(].*\].* \+?= )",
        "undefined: positions to write to are taken modulo the size, which is zero",
    ),
    (
        r"data\('[fc]\d+'[^)]*\), \d+, tame=False.*\.arg(max|min)\(",
        "undefined: which of several NaN is found depends on the order in which threads meet",
    ),
    (
        r"data\([^)]*\(\), .*shares_memory\(a, a\.copy",
        "undefined: of 0-d arrays CuPy compares the addresses of a kernel's local variables",
    ),
)
"""What a program must hold to be left out, and why."""

_ERRORS = {
    "CompileException": "CuPy's source for a combination of dtypes is not valid C++",
    "CUBLASError": "the emulated device has no cuBLAS",
}


def excluded(program: Program, real: Outcome | None = None) -> str | None:
    """Return the reason for which a program is not compared, or ``None``.

    Parameters
    ----------
    program
        The program.
    real
        What CuPy did, if it has run.
    """
    if real is not None:
        return _ERRORS.get(real.error.__name__) if real.error is not None else None
    text = str(program).replace("\n", " ; ")
    for pattern, reason in _REASONS:
        if re.search(pattern, text):
            return reason
    return None
