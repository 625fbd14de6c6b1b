"""Programs that are not compared, each with the reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.gpu.differential.running import Program

__all__ = ["excluded"]

_REASONS: tuple[tuple[str, str], ...] = (
    (
        r"view\('O'\)|view\(np\.ndarray\)",
        "CuPy makes Python objects of whatever the bytes are: any outcome is possible",
    ),
    (r"(\(0,\)|\(0, [36]\)|\(3, 0\)).*(\.put|\.at)\(", "positions modulo zero are undefined"),
    (
        r"(\(0,\)|\(0, [36]\)|\(3, 0\)).*(percentile|quantile)",
        "the kernel reads past an empty array",
    ),
    (r"v = a(\[::-1\])? ;", "the order of reads and writes to the same memory is undefined"),
    (r"searchsorted\(a,", "the array is not sorted"),
    (r"'c(8|16)'.*tame=False.*(arg)?(max|min)\(", "complex NaN have no order"),
    (
        r"a = xp\.broadcast_to.*; a \S+= b",
        "elements of the target share memory: they are computed in no order",
    ),
    (
        r"'c(8|16)'.*tame=False.* ; r = (xp\.(reciprocal|sign)|[ab] \S+ [ab]|a \S+= b)",
        "each library has its own infinities in complex arithmetic",
    ),
    (r"tame=False.*arg(max|min)\(", "which of several equal elements is found is left open"),
    (r"STRUCT, \((0|3, 0)", "CuPy fails an assertion of its own on fields of an empty array"),
    (r"shares_memory\(a, a\.copy", "CuPy looks for a 0-d array's address where there is none"),
    (r"STRUCT.*tobytes", "padding between fields has no defined content"),
)
"""What a program must hold to be left out, and why."""


def excluded(program: Program) -> str | None:
    """Return the reason for which a program is not compared, or ``None``."""
    text = str(program).replace("\n", " ; ")
    for pattern, reason in _REASONS:
        if re.search(pattern, text):
            return reason
    return None
