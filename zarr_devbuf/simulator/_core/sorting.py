"""Sorting: stable, along one axis; in place only for C-contiguous arrays."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.accesses import read, write
from zarr_devbuf.simulator._core.bisection import bisect
from zarr_devbuf.simulator._core.c_integers import c_int, c_size
from zarr_devbuf.simulator._core.construction import make_array
from zarr_devbuf.simulator._core.dtypes import as_kernel, check_kernel
from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.host_copy import record_download
from zarr_devbuf.simulator._core.reshaping import normalize_axis
from zarr_devbuf.simulator._core.selection import take
from zarr_devbuf.simulator._core.storage import (
    DeviceArray,
    kernel_operand,
    kernel_target,
    memory_here,
    view,
    wrap,
)
from zarr_devbuf.simulator._ordering.tracker import tracker

__all__ = [
    "argpartition",
    "argsort",
    "check_complex",
    "partition_in_place",
    "searchsorted",
    "sort_in_place",
]


def _check_kind(kind: Any) -> None:
    if kind is not None and kind != "stable":
        raise ValueError("kind can only be None or 'stable'")


def sort_in_place(array: Any, axis: int = -1, kind: Any = None) -> None:
    """Sort along an axis."""
    axis = c_int(axis)
    _check_kind(kind)
    raw = memory_here(array)
    if not raw.ndim:
        raise np.exceptions.AxisError("Sorting arrays with the rank of zero is not supported")
    if not raw.flags.c_contiguous:
        raise NotImplementedError("Sorting non-contiguous array is not supported.")
    if raw.dtype.kind == "V" and raw.size and raw.shape[normalize_axis(axis, raw.ndim)] > 1:
        raise NotImplementedError(f"Sorting arrays with dtype '{raw.dtype}' is not supported")
    if tracker.active:
        write(array)
    raw.sort(normalize_axis(axis, raw.ndim), kind="stable")


def _rolled(indices: Any, axis: int) -> Any:
    """Return positions in CuPy's memory layout: sorted along the last axis, then rolled."""
    if axis == indices.ndim - 1:
        return wrap(np.asarray(indices, order="C"))
    last = wrap(np.asarray(np.moveaxis(indices, axis, -1), order="C"))
    return view(np.rollaxis(last._raw, -1, axis), last)


def argsort(array: Any, axis: Any = -1, kind: Any = None) -> Any:
    """Return the positions that sort the array."""
    _check_kind(kind)
    # CuPy sorts a copy on this device.
    if tracker.active:
        read(array)
    raw = np.atleast_1d(as_kernel(array._raw))
    if axis is None:
        raw, axis = raw.reshape(-1), -1
    where = normalize_axis(c_int(axis), raw.ndim)
    if raw.dtype.kind == "V":
        if raw.size:
            check_kernel(raw.dtype)
        raise NotImplementedError(f"Sorting arrays with dtype '{raw.dtype}' is not supported")
    return _rolled(raw.argsort(where, kind="stable"), where)


def _check_kth(kth: Any, length: int) -> None:
    for given in (kth,) if isinstance(kth, int) else kth:
        one = c_size(given)
        place = one + length if one < 0 else one
        if not 0 <= place < length:
            raise ValueError(f"kth(={place}) out of bounds {length}")


def partition_in_place(array: Any, kth: Any, axis: int = -1) -> None:
    """Partition along an axis; the result is fully sorted, which is a partition too."""
    axis = c_int(axis)
    raw = kernel_target(array)
    if not raw.ndim:
        raise np.exceptions.AxisError("Sorting arrays with the rank of zero is not supported")
    if not raw.flags.c_contiguous:
        raise NotImplementedError("Sorting non-contiguous array is not supported.")
    where = normalize_axis(axis, raw.ndim)
    _check_kth(kth, raw.shape[where])
    raw.sort(where, kind="stable")


def argpartition(array: Any, kth: Any, axis: Any = -1) -> Any:
    """Return the positions that partition the array; they sort it."""
    raw = kernel_operand(array)
    if axis is None:
        raw, axis = raw.reshape(-1), -1
    where = normalize_axis(c_int(axis), raw.ndim)
    if not raw.shape[where]:
        return wrap(np.empty((0,), np.int64))
    _check_kth(kth, raw.shape[where])
    # CuPy converts flat positions into positions along the axis, and checks both bounds.
    record_download(1)
    record_download(1)
    return _rolled(raw.argsort(where, kind="stable"), where)


def searchsorted(
    a: Any, v: Any, side: str = "left", sorter: Any = None, *, assume_increasing: bool = True
) -> Any:
    """Return the positions at which elements must be inserted to keep the array sorted."""
    if not isinstance(a, DeviceArray):
        raise NotImplementedError("Only int or ndarray are supported for a")
    if not isinstance(v, DeviceArray):
        if not isinstance(v, (int, float, complex)):
            raise NotImplementedError("Only python scalars or ndarrays are supported for v")
        v = make_array(v)
    raw, wanted = kernel_operand(a), kernel_operand(v)
    if raw.ndim > 1:
        raise ValueError("object too deep for desired array")
    if raw.ndim < 1:
        raise ValueError("object of too small depth for desired array")
    if not raw.size:
        return wrap(np.zeros(wanted.shape, np.int64))
    if sorter is not None:
        if sorter.dtype.kind not in "iu":
            raise TypeError("sorter must be of integer type")
        if sorter.size != raw.size:
            raise ValueError("sorter.size must equal a.size")
        raw = take(a, sorter)._raw
    check_complex(raw, wanted)
    found = bisect(raw, wanted, right=side == "right", assume_increasing=assume_increasing)
    return wrap(found)


def check_complex(*raws: Any) -> None:
    """Raise ``NotImplementedError`` for complex NaN, whose order is that of CUDA's compiler."""
    if any(raw.dtype.kind == "c" and np.isnan(raw).any() for raw in raws):
        raise not_implemented("the order of complex numbers with NaN")
