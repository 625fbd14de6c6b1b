"""Lengths for which transforms are fast."""

from __future__ import annotations

from functools import cache
from typing import Any

__all__ = ["next_fast_len"]

_PRIMES = (2, 3, 5, 7)


@cache
def _next(target: int, primes: tuple[int, ...]) -> float:
    if not primes:
        return float("inf")
    if target == 1:
        return 1
    first = primes[0]
    return min(_next(-(-target // first), primes) * first, _next(target, primes[1:]))


def next_fast_len(target: Any, real: bool = False) -> Any:
    """Return the next number without other prime factors than 2, 3, 5 and 7."""
    del real  # CuPy ignores it.
    return int(_next(target, _PRIMES)) if target else 0
