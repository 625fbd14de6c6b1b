"""Pearson's chi-squared test."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = ["chi_square_test"]


def _critical(alpha: float, df: int) -> float:
    """Return the quantile of the chi-squared distribution, by bisection of its integral."""
    low, high = 0.0, df + 10 * math.sqrt(2 * df) + 20
    for _ in range(100):
        middle = (low + high) / 2
        if _cumulative(middle, df) < 1 - alpha:
            low = middle
        else:
            high = middle
    return round(high, 3)


def _cumulative(x: float, df: int) -> float:
    """Return the lower regularized gamma function at half the arguments, by its series."""
    a, z = df / 2, x / 2
    if z == 0:
        return 0.0
    term = math.exp(a * math.log(z) - z - math.lgamma(a + 1))
    total, n = term, 0
    while term > total * 1e-16:
        n += 1
        term *= z / (a + n)
        total += term
    return total


def chi_square_test(observed: Any, expected: Any, alpha: float = 0.05, df: Any = None) -> Any:
    """Return whether observed counts may come from a distribution with expected counts."""
    if df is None:
        df = observed.size - 1
    if alpha not in (0.05, 0.01):
        raise ValueError("support only alpha == 0.05 or 0.01")
    return np.sum((observed - expected) ** 2 / expected) < _critical(alpha, df)
