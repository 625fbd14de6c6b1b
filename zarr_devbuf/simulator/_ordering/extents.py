"""Which bytes an access touches, and whether two accesses touch a byte in common."""

from __future__ import annotations

import mmap
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Extent", "extent_of", "overlap"]

# The effort that NumPy may spend on the question; strided views of one array need little.
_EFFORT = 10_000


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
    base = min(one.low, other.low)
    memory = _reserved(max(one.high, other.high) - base)
    try:
        return np.shares_memory(
            _laid_out(one, memory, base), _laid_out(other, memory, base), max_work=_EFFORT
        )
    except np.exceptions.TooHardError:
        return False


def _laid_out(extent: Extent, memory: Any, base: int) -> Any:
    """Return an extent as an array for NumPy's search."""
    start = extent.low - base
    if extent.layout is None:
        return np.ndarray((extent.high - extent.low,), "V1", memory, start)
    first, itemsize, shape, strides = extent.layout
    return np.ndarray(shape, f"V{itemsize}", memory, start + first, strides)


_regions: list[mmap.mmap] = []


def _reserved(nbytes: int) -> mmap.mmap:
    """Return at least so many bytes that nobody accesses: they take no memory."""
    if not _regions or len(_regions[-1]) < nbytes:
        _regions[:] = [mmap.mmap(-1, max(1 << 20, 1 << (nbytes - 1).bit_length()))]
    return _regions[-1]
