"""The binary search of CuPy's kernels, which has one result for arrays that are not sorted, too."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["bisect", "exists"]


def _as_compared(bins: Any, wanted: Any) -> tuple[Any, Any]:
    """Return numbers in the dtype in which C compares them."""
    kinds = {bins.dtype.kind, wanted.dtype.kind}
    if kinds == {"u", "i"}:
        unsigned, signed = (bins, wanted) if bins.dtype.kind == "u" else (wanted, bins)
        if unsigned.dtype.itemsize >= max(4, signed.dtype.itemsize):
            return bins.astype(unsigned.dtype), wanted.astype(unsigned.dtype)
    elif "f" in kinds and kinds & set("iu"):
        real = bins if bins.dtype.kind == "f" else wanted
        joint = np.dtype(np.float64 if real.dtype.itemsize == 8 else np.float32)
        return bins.astype(joint), wanted.astype(joint)
    return bins, wanted


def bisect(bins: Any, wanted: Any, *, right: bool, assume_increasing: bool = True) -> Any:
    """Return the positions of values among the elements of an array.

    Parameters
    ----------
    bins
        One axis of host memory, not empty; increasing, or decreasing unless that is excluded.
    wanted
        The values, host memory of any shape.
    right
        Whether equal elements come before the position.
    assume_increasing
        Whether `bins` are increasing, without a check.

    Returns
    -------
    The positions as int64, in the shape of `wanted`.
    """
    count = len(bins)
    missing = _is_nan(bins)
    increasing = assume_increasing or count < 2
    if not increasing:
        increasing = bool(bins[0] <= bins[-1] or (not missing[0] and missing[-1]))
    # Only here the elements are compared with each other, not with the values.
    bins, wanted = _as_compared(bins, wanted)
    first = 0
    if not increasing:
        first = count if missing.all() else int(np.argmin(missing))
    found = np.full(wanted.shape, count, np.int64)
    searched = ~_is_nan(wanted) & ~_beyond(bins, wanted, increasing, right)
    if first == count:
        searched[...] = False
    elif not increasing and right and not missing[-1]:
        searched &= bins[-1] <= wanted
    found[searched] = _halve(bins, wanted[searched], first, increasing, right)
    found[_is_nan(wanted)] = _place_of_nan(missing, increasing, right)
    return found


def _is_nan(raw: Any) -> Any:
    return np.isnan(raw) if raw.dtype.kind in "fc" else np.zeros(raw.shape, bool)


def _beyond(bins: Any, wanted: Any, increasing: bool, right: bool) -> Any:
    if increasing:
        return wanted >= bins[-1] if right else wanted > bins[-1]
    return np.zeros(wanted.shape, bool) if right else wanted <= bins[-1]


def _halve(bins: Any, wanted: Any, first: int, increasing: bool, right: bool) -> Any:
    low = np.full(wanted.shape, first)
    high = np.full(wanted.shape, len(bins) - 1)
    while (active := low < high).any():
        middle = low + (high - low) // 2
        element = bins[middle]
        if increasing:
            up = element <= wanted if right else element < wanted
        else:
            up = element > wanted if right else element >= wanted
        low = np.where(active & up, middle + 1, low)
        high = np.where(active & ~up, middle, high)
    return high


def _place_of_nan(missing: Any, increasing: bool, right: bool) -> int:
    count = len(missing)
    if increasing:
        ends = missing[::-1]
        return count if right else count - (count if ends.all() else int(np.argmin(ends)))
    return 0 if right else (count if missing.all() else int(np.argmin(missing)))


def exists(bins: Any, wanted: Any) -> tuple[Any, Any]:
    """Return whether a search finds each value, and where it ends."""
    if not len(bins):
        return np.zeros(wanted.shape, bool), np.zeros(wanted.shape, np.int64)
    place = bisect(bins, wanted, right=False)
    elements, values = _as_compared(bins, wanted)
    found = (place < len(bins)) & (elements[np.minimum(place, len(bins) - 1)] == values)
    return found, place
