"""Functions on shapes."""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "clp2",
    "complete_slice",
    "get_c_contiguity",
    "get_size",
    "infer_unknown_dimension",
    "prod",
    "prod_sequence",
    "vector_equal",
]


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


def get_c_contiguity(shape: Any, strides: Any, itemsize: int) -> bool:
    """Return whether strides, in bytes, are those of a C-contiguous array."""
    if 0 in shape:
        return True
    for length, stride in zip(reversed(shape), reversed(strides), strict=True):
        if length != 1 and stride != itemsize:
            return False
        itemsize *= length
    return True


def infer_unknown_dimension(shape: Any, size: int) -> list[int]:
    """Return a shape whose length of -1, if there is one, is chosen for a number of elements."""
    lengths = [-1 if length < 0 else int(length) for length in shape]
    if lengths.count(-1) > 1:
        raise ValueError("can only specify only one unknown dimension")
    if -1 in lengths:
        known = math.prod(length for length in lengths if length != -1)
        lengths[lengths.index(-1)] = size // known if known else 0
    return lengths


def complete_slice(slc: slice, dim: int) -> slice:
    """Return a slice of an axis whose parts are numbers; the end of an empty one is its start."""
    step = 1 if slc.step is None else _slice_part(slc, "step")
    if not step:
        raise ValueError("Slice step must be nonzero.")
    low, high = (0, dim) if step > 0 else (-1, dim - 1)
    first, last = (low, high) if step > 0 else (high, low)
    if slc.start is not None:
        first = _slice_part(slc, "start")
        first = max(low, min(high, first + dim if first < 0 else first))
    if slc.stop is not None:
        last = _slice_part(slc, "stop")
        last = max(low, min(high, last + dim if last < 0 else last))
    return slice(first, max(first, last) if step > 0 else min(first, last), step)


def _slice_part(slc: slice, name: str) -> int:
    try:
        return operator.index(getattr(slc, name))
    except TypeError:
        raise TypeError(
            f"slice.{name} must be int or None or have __index__ method: {slc}"
        ) from None


def clp2(x: int) -> int:
    """Return the smallest power of two that is not less than a number."""
    return 1 << (x - 1).bit_length() if x else 0
