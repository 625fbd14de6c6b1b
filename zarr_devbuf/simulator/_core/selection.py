"""Selection of elements: take, put, choose, compress, nonzero."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.construction import make_array
from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.host_copy import record_download
from zarr_devbuf.simulator._core.indexing import record_count, take_wrapped
from zarr_devbuf.simulator._core.interop import from_device_like
from zarr_devbuf.simulator._core.reshaping import normalize_axis
from zarr_devbuf.simulator._core.storage import (
    DeviceArray,
    kernel_operand,
    kernel_target,
    memory_here,
    view,
    wrap,
)

__all__ = ["argwhere", "choose", "compress", "nonzero", "put", "take"]


def _index(indices: Any) -> Any:
    if np.isscalar(indices):
        return np.asarray(int(indices))  # type: ignore[arg-type]
    if not isinstance(indices, DeviceArray):
        indices = make_array(indices, int, explicit=False)
    return kernel_operand(indices)


def take(array: Any, indices: Any, axis: Any = None, out: Any = None) -> Any:
    """Take elements along an axis, or from the flattened array; positions wrap around."""
    raw = memory_here(array)
    if axis is None:
        raw, where = raw.reshape(-1), 0
    elif not raw.ndim:
        where = normalize_axis(axis, 1)
        raw = raw.reshape(1)
    else:
        where = normalize_axis(axis, raw.ndim)
    index = _index(indices)
    if index.dtype.kind not in "iu":
        index = index.astype(np.int64)
    if out is not None:
        if not isinstance(out, DeviceArray):
            kind = type(out)
            name = f"{kind.__module__}.{kind.__name__}".removeprefix("builtins.")
            raise TypeError(f"Cannot convert {name} to cupy._core.core._ndarray_base")
        shape = raw.shape[:where] + index.shape + raw.shape[where + 1 :]
        if out._raw.dtype != raw.dtype:
            raise TypeError("Output dtype mismatch")
        if out._raw.shape != shape:
            raise ValueError("Output shape mismatch")
        np.copyto(kernel_target(out), take_wrapped(raw, index, where))
        return out
    return wrap(take_wrapped(raw, index, where))


_WIDE = 8


def _positions(indices: Any) -> Any:
    flat = kernel_operand(indices).reshape(-1)
    if flat.dtype.kind in "iu" and flat.dtype.itemsize == _WIDE:
        return flat
    # The size of the array need not fit into the dtype of the indices.
    return flat.astype(np.int64)


def put(array: Any, indices: Any, values: Any, mode: str = "wrap") -> None:
    """Write values at positions of the flattened array."""
    if mode not in ("raise", "wrap", "clip"):
        raise ValueError("clipmode not understood")
    if not isinstance(indices, DeviceArray):
        indices = make_array(indices, explicit=False)
    if not isinstance(values, DeviceArray):
        values = make_array(values, array._raw.dtype, explicit=False)
    positions, given = _positions(indices), kernel_operand(values)
    if not given.size:
        return
    raw = kernel_target(array)
    if raw.dtype != given.dtype and raw.dtype.kind == "V":
        raise not_implemented(f"cupy.put of {given.dtype} in {raw.dtype}")
    with np.errstate(all="ignore"):
        spread = np.resize(given, positions.shape).astype(raw.dtype)
    bad = np.zeros(positions.shape, bool)
    if mode == "raise":
        record_download(1)
        bad = (positions < -raw.size) | (positions >= raw.size)
    good = ~bad
    if mode == "clip":
        positions = positions.clip(0, raw.size - 1)
    if raw.size:
        # NumPy's `put` works on a copy if elements share memory.
        flat = raw if raw.ndim else raw.reshape(1)
        flat[np.unravel_index(positions[good] % raw.size, flat.shape)] = spread[good]
    if bad.any():
        raise IndexError("invalid entry in indices array")


def choose(array: Any, choices: Any, out: Any = None, mode: str = "raise") -> Any:
    """Choose elements from an array of choices on the device."""
    if not isinstance(choices, DeviceArray):
        if not hasattr(choices, "shape"):
            raise AttributeError(f"'{type(choices).__name__}' object has no attribute 'shape'")
        raise not_implemented("cupy.choose with choices other than one device array")
    raw, options = kernel_operand(array), kernel_operand(choices)
    if raw.dtype.kind not in "biu":
        raise not_implemented(f"cupy.choose with positions of dtype {raw.dtype}")
    if mode == "raise":
        record_download(1)
        if not (raw < len(options)).all():
            raise ValueError("invalid entry in choice array")
        record_download(1)
        if not (raw >= 0).all():
            raise ValueError("invalid entry in choice array")
    elif mode not in ("wrap", "clip"):
        raise ValueError("clipmode not understood")
    picked = np.choose(raw.astype(np.intp), options, mode=mode)  # type: ignore[call-overload]
    if out is None:
        return wrap(np.asarray(picked, order="C").reshape(picked.shape))
    np.copyto(kernel_target(out), picked)
    return out


def argwhere(array: Any) -> Any:
    """Return the positions of nonzero elements, one row for each."""
    raw = memory_here(array)
    if raw.dtype.kind == "V" and raw.size:
        raise TypeError("Cannot compare structured and non-structured dtypes")
    if raw.size:
        record_count()
    return wrap(np.asarray(np.argwhere(raw), order="C").astype(np.int64, copy=False))


def nonzero(array: Any) -> Any:
    """Return the positions of nonzero elements, one array for each axis."""
    found = argwhere(array)
    if not array._raw.ndim:
        raise ValueError(
            "Calling nonzero on 0d arrays is not allowed. Use cp.atleast_1d(scalar).nonzero() "
            "instead."
        )
    return tuple(view(found._raw[:, axis], found) for axis in range(array._raw.ndim))


def compress(array: Any, condition: Any, axis: Any = None, out: Any = None) -> Any:
    """Return the slices along an axis for which a condition is true."""
    if np.isscalar(condition):
        raise ValueError("condition must be a 1-d array")
    if from_device_like(condition) is None:
        condition = make_array(condition, int, explicit=False)
        if condition._raw.ndim != 1:
            raise ValueError("condition must be a 1-d array")
    return take(array, nonzero(condition)[0], axis, out)
