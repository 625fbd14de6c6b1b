"""Functions on shapes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["get_size", "prod", "prod_sequence", "vector_equal"]


def prod(sequence: Iterable[Any]) -> Any:
    """Return the product of numbers."""
    return math.prod(sequence)


prod_sequence = prod


def get_size(size: Any) -> tuple[Any, ...]:
    """Return a shape, or a number as a shape."""
    lengths = tuple(size) if isinstance(size, (list, tuple)) else (size,)
    numbers = tuple(
        one.item() if isinstance(one, (np.ndarray, np.generic)) else one for one in lengths
    )
    if any(isinstance(one, bool) for one in numbers):
        raise TypeError("an integer is required")
    return numbers


def vector_equal(x: Any, y: Any) -> bool:
    """Return whether two sequences have the same elements."""
    return list(x) == list(y)
