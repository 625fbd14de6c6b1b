"""Which bytes an access touches, and whether two accesses touch a byte in common."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

__all__ = ["Extent", "extent_of", "overlap"]

# The effort that NumPy may spend on the question; strided views of one array need little.
_EFFORT = 10_000
# The address at which extents are compared.
_ORIGIN = 1 << 32


class Extent(NamedTuple):
    """Bytes of an allocation.

    Attributes
    ----------
    low, high : int
        The first byte, and the one behind the last, counted from the start of the allocation.
    layout : tuple or None
        The first element relative to `low`, item size, shape and strides; None if all bytes in
        between belong to it.
    """

    low: int
    high: int
    layout: tuple[int, int, tuple[int, ...], tuple[int, ...]] | None = None

    def moved(self, distance: int) -> Extent:
        """Return the extent at another place."""
        return Extent(self.low + distance, self.high + distance, self.layout)

    def covers(self, other: Extent) -> bool:
        """Return whether all bytes of another extent are certain to be in this one."""
        if self.layout is None:
            return self.low <= other.low and other.high <= self.high
        return self == other


def extent_of(raw: Any, base: int) -> Extent:
    """Return the extent of a NumPy array that has elements, in memory with an address."""
    first: int = raw.__array_interface__["data"][0] - base
    flags = raw.flags
    if flags.c_contiguous or flags.f_contiguous:
        return Extent(first, first + raw.nbytes)
    low = high = first
    for length, stride in zip(raw.shape, raw.strides, strict=True):
        end = (length - 1) * stride
        if end < 0:
            low += end
        else:
            high += end
    high += raw.itemsize
    return Extent(low, high, (first - low, raw.itemsize, raw.shape, raw.strides))


def overlap(one: Extent, other: Extent) -> bool:
    """Return whether two extents have a byte in common; False if that is too hard to say."""
    if one.high <= other.low or other.high <= one.low:
        return False
    if one.layout is None and other.layout is None:
        return True
    try:
        return np.shares_memory(_Bytes(one).array, _Bytes(other).array, max_work=_EFFORT)
    except np.exceptions.TooHardError:
        return False


class _Bytes:
    """An extent as an array for NumPy's search; its memory is never accessed."""

    def __init__(self, extent: Extent) -> None:
        if extent.layout is None:
            first, itemsize, strides = 0, 1, None
            shape: tuple[int, ...] = (extent.high - extent.low,)
        else:
            first, itemsize, shape, strides = extent.layout
        self.__array_interface__ = {
            "shape": shape,
            "strides": strides,
            "typestr": f"|V{itemsize}",
            "data": (_ORIGIN + extent.low + first, False),
            "version": 3,
        }
        self.array = np.asarray(self)
