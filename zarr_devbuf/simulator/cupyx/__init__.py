"""The simulator's ``cupyx`` module."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.construction import normalize_order, strides_for_order_k
from zarr_devbuf.simulator._core.error_state import errstate, geterr, seterr
from zarr_devbuf.simulator._core.synchronization import DeviceSynchronized, allow_synchronize
from zarr_devbuf.simulator._core.ufunc_table import UFUNCS
from zarr_devbuf.simulator._core.ufuncs import Loop, ufunc
from zarr_devbuf.simulator.cupy.cuda.pinned_memory import alloc_pinned_memory

__all__ = [
    "DeviceSynchronized",
    "allow_synchronize",
    "empty_like_pinned",
    "empty_pinned",
    "errstate",
    "geterr",
    "rsqrt",
    "scatter_add",
    "scatter_max",
    "scatter_min",
    "seterr",
    "zeros_like_pinned",
    "zeros_pinned",
]


def _host_shape(shape: Any) -> tuple[int, ...]:
    return (shape,) if isinstance(shape, int) else tuple(shape)


def empty_pinned(shape: Any, dtype: Any = float, order: Any = "C") -> Any:
    """Allocate a host array in pinned memory."""
    lengths = _host_shape(shape)
    nbytes = math.prod(lengths) * np.dtype(dtype).itemsize
    memory = alloc_pinned_memory(nbytes) if nbytes else None
    return np.ndarray(lengths, dtype, memory, order=order)


def zeros_pinned(shape: Any, dtype: Any = float, order: Any = "C") -> Any:
    """Allocate a host array of zeros in pinned memory."""
    out = empty_pinned(shape, dtype, order)
    np.copyto(out, 0, casting="unsafe")
    return out


def empty_like_pinned(
    a: Any, dtype: Any = None, order: Any = "K", subok: Any = None, shape: Any = None
) -> Any:
    """Allocate a host array in pinned memory, with the shape of a host or device array."""
    if subok is not None:
        raise TypeError("subok is not supported yet")
    raw = getattr(a, "_raw", a)
    kind = raw.dtype if dtype is None else np.dtype(dtype)
    lengths = raw.shape if shape is None else _host_shape(shape)
    letter: Any = normalize_order("K" if order is None else order)
    flags = raw.flags
    strides = None
    if letter == "A":
        letter = "F" if flags.f_contiguous and not flags.c_contiguous else "C"
    elif letter == "K" and (len(lengths) != raw.ndim or flags.c_contiguous):
        letter = "C"
    elif letter == "K" and flags.f_contiguous:
        letter = "F"
    elif letter == "K":
        letter, strides = "C", strides_for_order_k(raw, kind.itemsize, lengths)
    memory = alloc_pinned_memory(math.prod(lengths) * kind.itemsize)
    return np.ndarray(lengths, kind, memory, 0, strides, letter)


def zeros_like_pinned(
    a: Any, dtype: Any = None, order: Any = "K", subok: Any = None, shape: Any = None
) -> Any:
    """Allocate a host array of zeros in pinned memory, with the shape of another array."""
    out = empty_like_pinned(a, dtype, order, subok, shape)
    np.copyto(out, 0, casting="unsafe")
    return out


def scatter_add(a: Any, slices: Any, value: Any) -> None:
    """Add at indices; repeated indices are added repeatedly."""
    UFUNCS["add"].at(a, slices, value)


def scatter_max(a: Any, slices: Any, value: Any) -> None:
    """Store the maximum at indices."""
    UFUNCS["maximum"].at(a, slices, value)


def scatter_min(a: Any, slices: Any, value: Any) -> None:
    """Store the minimum at indices."""
    UFUNCS["minimum"].at(a, slices, value)


def _reciprocal_root(operands: list[Any], dtypes: Any, _: Any) -> Any:
    (values,) = operands
    return np.asarray(1 / np.sqrt(values)).astype(dtypes[-1], order="C", copy=False)


rsqrt = ufunc(
    "cupy_rsqrt", [Loop(f"{char}->{char}", _reciprocal_root) for char in ("e", "f", "d", "F", "D")]
)
