"""Tests of CuPy that fail in CuPy itself with newer releases of NumPy and SciPy."""

from __future__ import annotations

import re

__all__ = ["FAILING", "reason"]

FAILING: tuple[tuple[str, str, str], ...] = (
    (
        r"TestCsrMatrixSum::test_mean_with_out",
        r"numpy: float(32|64)",
        "SciPy 1.18: its `mean(out=)` does not return the output array, so that the dtypes differ",
    ),
    (
        r"test_extract\.py::.*::test_tri[lu]",
        r"This function will be changed no earlier than v1\.20\.",
        "SciPy 1.18 warns that its `tril` and `triu` of dense arrays will change",
    ),
)
"""Patterns of tests and of the causes of their failures, and the reasons."""


def reason(test: str, cause: str) -> str | None:
    """Return why a test fails in CuPy, too; ``None`` if that is not known of it."""
    for tests, causes, why in FAILING:
        if re.search(tests, test) and re.search(causes, cause):
            return why
    return None
