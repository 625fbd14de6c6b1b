"""``unique`` along an axis."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.host_copy import record_download
from zarr_devbuf.simulator._core.indexing import record_count
from zarr_devbuf.simulator._core.storage import kernel_operand, wrap

__all__ = ["unique_along_axis"]


def unique_along_axis(
    array: Any, axis: Any, return_index: bool, return_inverse: bool, return_counts: bool
) -> Any:
    """Return the distinct slices of an array, in lexicographic order.

    Each comparison of two slices downloads their first difference, as in CuPy.

    Parameters
    ----------
    array
        A device array; the slices are compared as flat rows.
    axis
        The axis whose slices are compared.
    return_index, return_inverse, return_counts
        What else to return, as in ``numpy.unique``; the inverse has one axis.
    """
    moved = np.moveaxis(kernel_operand(array), axis, 0)
    rows = np.ascontiguousarray(moved.reshape(len(moved), math.prod(moved.shape[1:])))
    record_download(8 * len(rows))
    order = _order(rows.astype(np.intp) if rows.dtype.kind == "u" else rows)
    ordered = rows[order]
    if ordered.size:
        first = np.concatenate([[True], (ordered[1:] != ordered[:-1]).any(axis=1)])
    else:
        first = np.arange(len(ordered)) == 0
    for _ in range(1 + bool(return_index) + bool(return_counts)):
        if first.size:
            record_count()
    record_download(8)
    distinct = ordered[first].reshape(int(first.sum()), *moved.shape[1:])
    results = [np.moveaxis(distinct, 0, axis)]
    if return_index:
        results.append(order[first])
    if return_inverse:
        inverse = np.empty(len(order), np.intp)
        inverse[order] = np.cumsum(first) - 1
        results.append(inverse)
    if return_counts:
        results.append(np.diff(np.append(np.flatnonzero(first), first.size)))
    found = tuple(wrap(one) for one in results)
    return found[0] if len(found) == 1 else found


def _order(rows: Any) -> Any:
    """Return the positions of the rows in lexicographic order, as a quicksort finds them.

    Its first row is the pivot; rows that compare equal keep their order, and so do rows with NaN,
    which are less than none.
    """
    order = np.empty(len(rows), np.intp)
    queue = [(np.arange(len(rows)), 0)]
    while queue:
        current, start = queue.pop()
        if not current.size:
            continue
        pivot, others = current[0], current[1:]
        less = _less(rows, others, pivot)
        before = int(less.sum())
        order[start + before] = pivot
        queue += [(others[less], start), (others[~less], start + before + 1)]
    return order


def _less(rows: Any, places: Any, pivot: int) -> Any:
    with np.errstate(all="ignore"):
        difference = rows[places] - rows[pivot]
    less = np.zeros(len(places), bool)
    for place, row in enumerate(difference):
        record_download(8)
        (nonzero,) = row.nonzero()
        if not nonzero.size:
            continue
        leading = row[nonzero[0]]
        if row.dtype.kind == "c":
            record_download(1)
            if np.isnan(leading):
                less[place] = True
                continue
        record_download(1)
        less[place] = leading < 0
    return less
