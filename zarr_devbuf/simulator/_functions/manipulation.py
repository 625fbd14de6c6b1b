"""Rearranging, joining and splitting of arrays."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
# ruff: noqa: N801, N803 - names and signatures are CuPy's.
from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core import reshaping as core
from zarr_devbuf.simulator._core.accesses import read, write
from zarr_devbuf.simulator._core.array import ndarray
from zarr_devbuf.simulator._core.c_integers import c_int, c_size
from zarr_devbuf.simulator._core.construction import empty_like_raw, make_array
from zarr_devbuf.simulator._core.dtypes import as_kernel, check_kernel
from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.host_copy import record_download
from zarr_devbuf.simulator._core.interop import from_device_like
from zarr_devbuf.simulator._core.matmul import need_attribute, type_name
from zarr_devbuf.simulator._core.numpy_fallback import call
from zarr_devbuf.simulator._core.scalars import scalar_dtype
from zarr_devbuf.simulator._core.storage import (
    DeviceArray,
    kernel_operand,
    kernel_target,
    view,
    wrap,
)
from zarr_devbuf.simulator._core.ufuncs import broadcast_shape
from zarr_devbuf.simulator._functions.naming import named
from zarr_devbuf.simulator._ordering.tracker import tracker

__all__ = ["FUNCTIONS", "broadcast"]


class broadcast:
    """Arrays broadcast together: ``values``, ``shape``, ``nd`` and ``size``."""

    __module__ = "zarr_devbuf.simulator.cupy"

    def __init__(self, *arrays: Any) -> None:
        devices = [one for one in arrays if isinstance(one, DeviceArray)]
        self.shape = broadcast_shape(devices)
        self.nd = len(self.shape)
        self.size = int(np.prod(self.shape, dtype=int))
        # Other objects are returned unchanged, as in CuPy.
        self.values = tuple(
            (one if one._raw.shape == self.shape else core.broadcast_to(one, self.shape))
            if isinstance(one, DeviceArray)
            else one
            for one in arrays
        )


def _need_array(a: Any, name: str) -> Any:
    if not isinstance(a, DeviceArray):
        raise TypeError(
            f"Argument '{name}' has incorrect type (expected cupy._core.core._ndarray_base, got "
            f"{type_name(a)})"
        )
    return a


def broadcast_to(array: Any, shape: Any) -> Any:
    """Return a view broadcast to a shape."""
    return core.broadcast_to(_need_array(array, "array"), shape)


def expand_dims(a: Any, axis: Any) -> Any:
    """Return a view with new axes of length one."""
    if isinstance(axis, list):
        raise TypeError("Argument 'axis' has incorrect type (expected tuple, got list)")
    axes = axis if isinstance(axis, tuple) else (axis,)
    if a is None:
        raise AttributeError("'NoneType' object has no attribute 'ndim'")
    _need_array(a, "a")
    raw = a._raw
    ndim = raw.ndim + len(axes)
    places = [core.normalize_axis(one, ndim) for one in axes]
    if len(set(places)) != len(places):
        raise ValueError("repeated axis")
    shape = iter(raw.shape)
    return a.reshape(tuple(1 if index in places else next(shape) for index in range(ndim)))


def _atleast(ndim: int, arrays: tuple[Any, ...]) -> Any:
    results = []
    for one in arrays:
        # Host data is uploaded implicitly.
        source = make_array(one, copy=None, explicit=False)
        shaped = getattr(np, f"atleast_{ndim}d")(source._raw)
        results.append(source if shaped is source._raw else view(shaped, source))
    return results[0] if len(results) == 1 else results


def concatenate(
    tup: Any, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind"
) -> Any:
    """Join arrays along an axis."""
    return core.concatenate(tup, axis, out, dtype=dtype, casting=casting)


def stack(
    tup: Any, axis: int = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind"
) -> Any:
    """Join arrays along a new axis."""
    return concatenate(
        [expand_dims(one, axis) for one in tup], axis, out, dtype=dtype, casting=casting
    )


def vstack(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    """Join arrays along the first axis."""
    return concatenate([_atleast(2, (one,)) for one in tup], 0, dtype=dtype, casting=casting)


def hstack(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    """Join arrays along the second axis, one-dimensional ones along the first."""
    arrays = [_atleast(1, (one,)) for one in tup]
    return concatenate(arrays, 0 if arrays[0].ndim == 1 else 1, dtype=dtype, casting=casting)


def dstack(tup: Any) -> Any:
    """Join arrays along the third axis."""
    return concatenate([_atleast(3, (one,)) for one in tup], 2)


def column_stack(tup: Any) -> Any:
    """Join arrays as columns."""
    if any(not isinstance(one, ndarray) for one in tup):
        raise TypeError("Only cupy arrays can be column stacked")
    columns = [one[:, None] if one.ndim == 1 else one for one in tup]
    if any(one.ndim != 2 for one in columns):
        raise ValueError("Only 1 or 2 dimensional arrays can be column stacked")
    return concatenate(columns, axis=1)


def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """Split into views, of unequal lengths if necessary."""
    if ary is not None:
        _need_array(ary, "ary")
    axis = c_size(axis)
    if not -ary.ndim <= axis < ary.ndim:
        raise IndexError("Axis exceeds ndim")
    raw, axis = ary._raw, axis % ary.ndim
    length = raw.shape[axis]
    places = _split_places(indices_or_sections, length)
    if not places:
        return [ary]
    if min(places) < 0:
        # CuPy's parts then begin before the array.
        raise not_implemented("cupy.array_split at a position before the array")
    parts, start = [], 0
    for stop in [*(min(place, length) for place in places), length]:
        window = (slice(None),) * axis + (slice(start, max(start, stop)),)
        parts.append(view(raw[window], ary))
        start = stop
    return parts


def _split_places(indices_or_sections: Any, length: int) -> list[int]:
    """Return the positions at which an axis is split; ``-1`` sections are none."""
    if np.isscalar(indices_or_sections):
        sections: Any = indices_or_sections
        size, rest = c_size((length - 1) // sections), c_size((length - 1) % sections) + 1
        return [place * size + min(place, rest) for place in range(1, c_size(sections))]
    places = [c_size(place) for place in indices_or_sections]
    return [place if place >= 0 else length + place for place in places]


def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """Split into views of equal lengths."""
    if ary.ndim <= axis:
        raise IndexError("Axis exceeds ndim")
    length = ary.shape[axis]
    if np.isscalar(indices_or_sections) and length % indices_or_sections:
        raise ValueError(
            "indices_or_sections must divide the size along the axes.\n"
            "If you want to split the array into non-equally-sized arrays, use array_split "
            "instead."
        )
    return array_split(ary, indices_or_sections, axis)


def copyto(dst: Any, src: Any, casting: Any = "same_kind", where: Any = None) -> None:
    """Copy a device array or a scalar into a device array."""
    if isinstance(src, np.ndarray) and src.size != 1:
        raise ValueError("non-scalar numpy.ndarray cannot be used for copyto")
    target = dst.dtype
    scalar: Any = None
    if type(src) in (bool, int, float, complex):
        # An integer of more than 64 bits is an error for every dtype.
        scalar_dtype(src)
        scalar = np.empty((), target)
        np.copyto(scalar, src, casting=casting)
        scalar = src
        allowed = True
    elif isinstance(src, np.ndarray):
        allowed = np.can_cast(src.dtype, target, casting)
        scalar = src.reshape(())[()]
    elif np.isscalar(src):
        allowed = np.can_cast(src, target, casting)  # type: ignore[arg-type]
        scalar = src
    else:
        allowed = np.can_cast(src.dtype, target, casting)
    if not allowed:
        given = src if scalar is not None and not isinstance(src, np.ndarray) else src.dtype
        raise TypeError(f"Cannot cast {given} to {target} in {casting} casting mode")
    if scalar is None and not _fits(src.shape, dst.shape):
        raise ValueError(
            f"could not broadcast input array from shape {src.shape} into shape {dst.shape}"
        )
    if where is None and not dst.size:
        return
    if scalar is None and where is None:
        _copy_all(dst, src)
        return
    value = kernel_operand(src) if scalar is None else scalar
    with np.errstate(all="ignore"):
        if where is None:
            # With `where=True`, NumPy would look at each element of a mask.
            np.copyto(kernel_target(dst), value, casting="unsafe")
        else:
            mask = _as_mask(where)
            np.broadcast_shapes(np.shape(value), dst.shape, np.shape(mask))
            np.copyto(kernel_target(dst), value, casting="unsafe", where=mask)


def _copy_all(dst: Any, src: Any) -> None:
    flags = dst.flags, src.flags
    dense = all(one.c_contiguous for one in flags) or all(one.f_contiguous for one in flags)
    if not (dense and dst.dtype == src.dtype and dst.size == src.size):
        # A kernel copies it.
        check_kernel(dst.dtype)
        check_kernel(src.dtype)
    # CuPy copies an array of another device first, so no kernel reads it.
    _record_copy(dst, src)
    with np.errstate(all="ignore"):
        np.copyto(as_kernel(dst._raw), as_kernel(src._raw), casting="unsafe")


def _record_copy(dst: Any, src: Any) -> None:
    dst._mem._written = tracker.waits
    if tracker.active:
        read(src)
        write(dst)


def _fits(source: tuple[int, ...], target: tuple[int, ...]) -> bool:
    pairs = itertools.zip_longest(reversed(source), reversed(target), fillvalue=1)
    return all(length in (wanted, 1) for length, wanted in pairs)


def _as_mask(where: Any) -> Any:
    mask = from_device_like(where)
    if mask is not None:
        return kernel_operand(mask)
    scalar_dtype(where)
    return bool(where)


def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    """Return a view with axes moved."""
    if a is None:
        _reject_none(source, destination)
    _need_array(a, "a")
    raw = a._raw
    if hasattr(source, "__len__") or hasattr(destination, "__len__"):
        return view(np.moveaxis(raw, source, destination), a)
    source = core.normalize_axis(source, raw.ndim)
    destination = core.normalize_axis(destination, raw.ndim)
    return a if source == destination else view(np.moveaxis(raw, source, destination), a)


def pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
    """Return the array with padding."""
    if callable(mode):
        return _pad_by_function(array, pad_width, mode, kwargs)
    if mode == "median":
        raise ValueError("mode 'median' is not supported")
    if isinstance(array, np.ndarray):
        if not array.ndim:
            raise not_implemented("cupy.pad of a 0-d host array")
        raise ValueError("non-scalar numpy.ndarray cannot be used for fill")  # noqa: TRY004
    return call(np.pad, array, pad_width, mode, keep_order=True, **kwargs)


def _pad_by_function(array: Any, pad_width: Any, function: Any, kwargs: Any) -> Any:
    """Pad with zeros, and let a function change each line along each axis in place."""
    padded = pad(array, pad_width)
    if isinstance(pad_width, dict):
        pad_width = [pad_width.get(axis, (0, 0)) for axis in range(padded.ndim)]
    widths = np.broadcast_to(np.asarray(pad_width), (padded.ndim, 2)).tolist()
    for axis in range(padded.ndim):
        lines = moveaxis(padded, axis, -1)
        for index in np.ndindex(lines.shape[:-1]):
            function(lines[(*index, Ellipsis)], tuple(widths[axis]), axis, kwargs)
    return padded


def tile(A: Any, reps: Any) -> Any:
    """Return the array repeated along its axes."""
    depth = len(reps) if hasattr(reps, "__len__") else 1
    if isinstance(A, ndarray) and all(one == 1 for one in np.ravel(reps)):
        return make_array(A, ndmin=depth)
    return call(np.tile, make_array(A, copy=None, ndmin=depth, explicit=False), reps)


def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    """Return the array with elements shifted along an axis; they wrap around."""
    if not isinstance(a, DeviceArray):
        need_attribute("ravel", a)
        _ = [int(one) for one in np.asarray(shift).ravel()]
        raise ValueError("non-scalar numpy.ndarray cannot be used for fill")  # noqa: TRY004
    if isinstance(shift, DeviceArray):
        return _roll_by_device_array(a, shift, axis)
    raw = kernel_operand(a)
    if axis is None:
        return wrap(np.roll(raw.reshape(-1), shift).reshape(raw.shape))
    fresh = empty_like_raw(raw, raw.dtype, "K")
    np.copyto(fresh, np.roll(raw, shift, axis))
    return wrap(fresh)


def _roll_by_device_array(a: Any, shift: Any, axis: Any) -> Any:
    raw, shifts = kernel_operand(a), kernel_operand(shift).ravel()
    if axis is None:
        raw = raw.reshape(-1)
    given = (0,) if axis is None else (axis,) if np.isscalar(axis) else axis
    axes = [core.normalize_axis(one, raw.ndim) for one in given]
    count = max(len(axes), shifts.size)
    axes = list(np.broadcast_to(axes, (count,)))
    indices = [np.arange(length) for length in raw.shape]
    for one, by in zip(axes, np.broadcast_to(shifts, (count,)), strict=True):
        np.subtract(indices[one], by, out=indices[one])
        np.remainder(indices[one], raw.shape[one] or 1, out=indices[one])
    return wrap(np.array(raw[np.ix_(*indices)], order="C").reshape(a.shape))


def _rot90(a: Any, k: Any = 1, axes: Any = (0, 1)) -> Any:
    if a.ndim < 2:
        raise ValueError("Input must be >= 2-d")
    axes = tuple(axes)
    if len(axes) != 2:
        raise ValueError("len(axes) must be 2")
    if axes[0] == axes[1] or abs(axes[0] - axes[1]) == a.ndim:
        raise ValueError("axes must be different")
    if not all(-a.ndim <= one < a.ndim for one in axes):
        raise ValueError(f"axes must be >= {-a.ndim} and < {a.ndim}")
    if isinstance(k, ndarray):
        # CuPy compares it with one number after the other, each on the host.
        turns = k % 4
        k = next((one for one in (0, 2, 1) if turns == one), 3)
    return np.rot90(a, k, axes) if isinstance(a, np.ndarray) else call(np.rot90, a, k, axes)


def trim_zeros(filt: Any, trim: str = "fb") -> Any:
    """Return a view without the zeros at the ends; their positions are downloaded."""
    if filt.ndim > 1:
        raise NotImplementedError("Multi-dimensional trim is not supported")
    if not filt.ndim:
        return filt
    raw = kernel_operand(filt)
    filled = np.flatnonzero(raw)
    start, stop = 0, raw.size
    if "F" in trim.upper():
        record_download(8)
        start = int(filled[0]) if filled.size else raw.size
    if "B" in trim.upper():
        record_download(8)
        stop = int(filled[-1]) + 1 if filled.size else 0
    return filt[start:stop]


def append(arr: Any, values: Any, axis: Any = None) -> Any:
    """Return two arrays joined; host data is uploaded implicitly."""
    first = make_array(arr, copy=None, explicit=False)
    second = make_array(values, copy=None, explicit=False)
    if axis is None:
        first, second, axis = first.ravel(), second.ravel(), 0
    return core.concatenate((first, second), axis)


def resize(a: Any, new_shape: Any) -> Any:
    """Return the elements in another shape, repeated as often as necessary."""
    source = make_array(a, copy=None, explicit=False)
    raw = kernel_operand(source)
    if not raw.size:
        return wrap(np.zeros(new_shape, raw.dtype))
    return wrap(np.resize(raw, new_shape))


def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """Write to the main diagonal."""
    if a.ndim < 2:
        raise ValueError("array must be at least 2-d")
    if a.ndim > 2 and len(set(a.shape)) != 1:
        raise ValueError("All dimensions of input must be of equal length")
    end = a.shape[1] ** 2 if a.ndim == 2 and not wrap else None
    step = sum(math.prod(a.shape[:axis]) for axis in range(a.ndim))
    a.flat[: end : a.shape[1] + 1 if a.ndim == 2 else step] = val


def broadcast_arrays(*args: Any) -> Any:
    """Return views broadcast together; objects other than device arrays are unchanged."""
    return broadcast(*args).values


def _flip(a: Any, axis: Any = None) -> Any:
    if axis is None:
        index: tuple[Any, ...] = (slice(None, None, -1),) * a.ndim
    else:
        axes = axis if isinstance(axis, tuple) else (axis,)
        places = [core.normalize_axis(one, a.ndim) for one in axes]
        if len(set(places)) != len(places):
            raise ValueError("duplicate value in 'axis'")
        index = tuple(
            slice(None, None, -1) if one in places else slice(None) for one in range(a.ndim)
        )
    return a[index]


def _reject_none(*axes: Any) -> None:
    """Raise for None in the place of an array: compiled functions accept it until they use it."""
    for one in axes:
        if not hasattr(one, "__len__") or isinstance(one, DeviceArray):
            c_size(one)
    raise AttributeError("'NoneType' object has no attribute 'ndim'")


def _rollaxis(a: Any, axis: Any, start: Any) -> Any:
    if a is None:
        _reject_none(axis, start)
    return core.rollaxis(_need_array(a, "a"), axis, start)


def _need_ndim(a: Any, ndim: int) -> Any:
    if a.ndim < ndim:
        raise ValueError(f"Input must be >= {ndim}-d.")
    return a


def _size(a: Any, axis: Any) -> int:
    if axis is None:
        return int(a.size)
    return int(a.shape[c_int(axis)])


_TABLE: dict[str, Any] = {
    "atleast_1d": lambda *arys: _atleast(1, arys),
    "atleast_2d": lambda *arys: _atleast(2, arys),
    "atleast_3d": lambda *arys: _atleast(3, arys),
    "rollaxis": lambda a, axis, start=0: _rollaxis(a, axis, start),
    "matrix_transpose": lambda x, /: x.mT,
    "vsplit": lambda ary, indices_or_sections: split(_need_ndim(ary, 2), indices_or_sections, 0),
    "hsplit": lambda ary, indices_or_sections: split(
        _need_ndim(ary, 1), indices_or_sections, 0 if ary.ndim == 1 else 1
    ),
    "dsplit": lambda ary, indices_or_sections: split(_need_ndim(ary, 3), indices_or_sections, 2),
    "flip": _flip,
    "flipud": lambda a: _flip(_need_ndim(a, 1), 0),
    "fliplr": lambda a: _flip(_need_ndim(a, 2), 1),
    "rot90": _rot90,
    "shape": lambda a: a.shape if isinstance(a, DeviceArray) else np.shape(a),
    "ndim": lambda a: a.ndim if isinstance(a, DeviceArray) else np.ndim(a),
    "size": lambda a, axis=None: _size(_need_array(a, "a"), axis),
}

FUNCTIONS: dict[str, Any] = {
    function.__name__: function
    for function in (
        broadcast_to, broadcast_arrays, expand_dims, concatenate, stack, vstack, hstack, dstack,
        column_stack, array_split, split, copyto, moveaxis, pad, tile, roll, trim_zeros, append,
        resize, fill_diagonal,
    )
} | named(_TABLE)  # fmt: skip
"""The functions by name."""
FUNCTIONS["concat"] = concatenate
