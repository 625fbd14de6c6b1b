"""Quantiles and percentiles."""

# ruff: noqa: PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.construction import make_array
from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.matmul import need_array, need_attribute
from zarr_devbuf.simulator._core.numpy_fallback import host_array_error
from zarr_devbuf.simulator._core.protocols import get_namespace
from zarr_devbuf.simulator._core.reductions import normalize_axes
from zarr_devbuf.simulator._core.storage import DeviceArray, kernel_operand, kernel_target, wrap
from zarr_devbuf.simulator._functions.naming import named

__all__ = ["FUNCTIONS"]

_LIMITS = {"percentile": 100, "quantile": 1}
_BETWEEN = ("linear", "midpoint")
_TAKEN: dict[str, Any] = {"lower": np.floor, "higher": np.ceil, "nearest": np.around}
_LATER = (
    "inverted_cdf",
    "averaged_inverted_cdf",
    "closest_observation",
    "interpolated_inverted_cdf",
    "hazen",
    "weibull",
    "median_unbiased",
    "normal_unbiased",
)


def _quantile(name: str) -> Any:
    def compute(
        a: Any,
        q: Any,
        axis: Any = None,
        out: Any = None,
        overwrite_input: bool = False,
        method: str = "linear",
        keepdims: bool = False,
        *,
        interpolation: Any = None,
    ) -> Any:
        if interpolation is not None:
            method = _deprecated_method(name, method, interpolation)
        if isinstance(q, (list, tuple)):
            q = np.asarray(q)
        if name == "percentile":
            q = q / 100
        _check_range(name, q)
        dtype = get_namespace().result_type(a, q)
        q = make_array(q, copy=None)
        single = not q.ndim
        if q.ndim > 1:
            raise ValueError(f"Expected q to have a dimension of 1.\nActual: {q.ndim} != 1")
        axes = (axis,) if isinstance(axis, int) else axis
        kept_shape = _shape_with_all_axes(a, axes) if keepdims else None
        values = _sorted(name, a, axes, method)
        places = np.atleast_1d(kernel_operand(q)) * (values.shape[-1] - 1.0)
        if method in _TAKEN:
            result = _take(values, _TAKEN[method](places), out)
        else:
            if method == "midpoint":
                places = 0.5 * (np.floor(places) + np.ceil(places))
            result = _interpolate(name, values, places, dtype, out)
        if overwrite_input:
            _sort_in_place(a, axis)
        result = result.squeeze(0) if single else result
        if kept_shape is not None:
            result = result.reshape((-1, *kept_shape) if q.size > 1 else kept_shape)
        return result if result.flags.c_contiguous else result.copy("C")

    return compute


def _deprecated_method(name: str, method: str, interpolation: Any) -> Any:
    warnings.warn(
        f"the `interpolation=` argument to {name} was renamed to `method=`, which has additional "
        "options.\nUsers of the modes 'nearest', 'lower', 'higher', or 'midpoint' are encouraged "
        "to review the method they. (Deprecated NumPy 1.22)",
        DeprecationWarning,
        stacklevel=3,
    )
    if method != "linear":
        raise TypeError(
            "You shall not pass both `method` and `interpolation`!\n"
            "(`interpolation` is Deprecated in favor of `method`)"
        )
    return interpolation


def _check_range(name: str, q: Any) -> None:
    """Check that quantiles are in range.

    CuPy raises if all of them are above the range, or all below; else its results are undefined.
    """
    on_device = isinstance(q, DeviceArray)
    count: Any = get_namespace().count_nonzero if on_device else np.count_nonzero
    if not (count(q >= 0.0) and count(q <= 1.0)):
        raise ValueError(f"{name.capitalize()}s must be in the range [0, {_LIMITS[name]}]")
    numbers = np.asarray(kernel_operand(q) if on_device else q)
    if numbers.dtype.kind not in "biuf" or not ((numbers >= 0) & (numbers <= 1)).all():
        raise not_implemented(f"cupy.{name} with quantiles out of range")


def _shape_with_all_axes(a: Any, axes: Any) -> Any:
    if axes is None:
        return (1,) * a.ndim
    reduced = {one % a.ndim for one in axes}
    return tuple(1 if one in reduced else length for one, length in enumerate(a.shape))


def _sorted(name: str, a: Any, axes: Any, method: Any) -> Any:
    """Return the values with the reduced axes joined at the end, and sorted."""
    need_attribute("flatten" if axes is None else "ndim", a)
    if axes is not None:
        axes = [one % a.ndim for one in axes]
    if method in _LATER:
        raise ValueError(f"'{method}' method is not yet supported. Please use any other method.")
    if method not in (*_BETWEEN, *_TAKEN):
        raise ValueError(
            "Unexpected interpolation method.\n"
            f"Actual: '{method}' not in ('linear', 'lower', 'higher', 'midpoint')"
        )
    if not isinstance(a, DeviceArray):
        raise host_array_error(a)
    if a.dtype.kind == "V" or not a.size or (a.dtype.kind == "c" and method in _BETWEEN):
        raise not_implemented(f"cupy.{name} of an empty array, or of other than real numbers")
    raw = kernel_operand(a)
    if axes is None:
        return np.sort(raw.reshape(-1))
    kept = [one for one in range(raw.ndim) if one not in axes]
    for place, one in enumerate(kept):
        raw = raw.swapaxes(place, one)
    return np.sort(raw.reshape(*raw.shape[: len(kept)], -1), axis=-1)


def _take(values: Any, places: Any, out: Any) -> Any:
    return wrap(np.asarray(np.moveaxis(values, -1, 0), order="C")).take(
        wrap(places.astype(np.int32)), axis=0, out=out
    )


def _interpolate(name: str, values: Any, places: Any, dtype: Any, out: Any) -> Any:
    """Return values between two neighbours, weighted as CuPy's kernel does."""
    shape = (*values.shape[:-1], places.size)
    target = None if out is None else _check_out(name, out, shape)
    length, flat = values.shape[-1], _in_c(values.reshape(-1))
    below = np.floor(places).astype(np.intp)
    precise = np.dtype(np.float32 if dtype.char == "e" else dtype)
    weight = (places - below).astype(dtype).astype(precise)
    bottom = np.arange(math.prod(shape[:-1]))[:, None] * length + below
    first, second = flat[bottom], flat[np.minimum(bottom + 1, flat.size - 1)]
    with np.errstate(all="ignore"):
        distance = (second - first).astype(dtype).astype(precise)
        near_first = first + distance * weight
        near_second = second - distance * (1 - weight)
        found = np.where(weight < 0.5, near_first, near_second).astype(dtype).reshape(shape)
    if target is None:
        return wrap(np.asarray(np.moveaxis(found, -1, 0), order="C"))
    np.copyto(kernel_target(target), np.moveaxis(found, -1, 0), casting="unsafe")
    return target


def _in_c(values: Any) -> Any:
    """Return values as C computes with them: small integers as int, half precision as float."""
    if values.dtype.char == "e":
        return values.astype(np.float32)
    small = values.dtype.kind in "iub" and values.dtype.itemsize < 4
    return values.astype(np.int32) if small else values


def _check_out(name: str, out: Any, shape: tuple[int, ...]) -> Any:
    """Return an output array, whose first axis is that of the quantiles."""
    need_attribute("ndim", out)
    need_array(out, "out")
    if not out.ndim:
        raise ValueError("Axis out of range")
    rolled = (*out.shape[1:], out.shape[0])
    if rolled == shape:
        return out
    if np.broadcast_shapes(rolled, shape[-1:]) != rolled:
        raise ValueError("Out shape is mismatched")
    raise not_implemented(f"cupy.{name} with an output array of another shape")


def _sort_in_place(a: Any, axis: Any) -> None:
    """Leave an array as CuPy does, which sorts it to find its quantiles."""
    raw = kernel_target(a)
    axes = tuple(range(raw.ndim)) if axis is None else normalize_axes(axis, raw.ndim)
    kept = [one for one in range(raw.ndim) if one not in axes]
    moved = raw.transpose(*kept, *axes)
    if axis is None:
        moved = raw
        if not raw.flags.c_contiguous:
            # CuPy sorts a copy.
            return
    shape = (*(raw.shape[one] for one in kept), -1)
    try:
        flat = moved.reshape(shape, copy=False)
    except ValueError:
        return
    if not flat.flags.c_contiguous:
        raise NotImplementedError("Sorting non-contiguous array is not supported.")
    flat.sort(axis=-1)


FUNCTIONS: dict[str, Any] = named({name: _quantile(name) for name in _LIMITS})
"""The functions by name."""
