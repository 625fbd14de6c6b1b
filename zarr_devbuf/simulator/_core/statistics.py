"""Mean, variance, cumulative sums, clipping and rounding, with CuPy's dtypes."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
# ruff: noqa: ARG001, PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.dtypes import resolve, resolve_supported
from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.matmul import need_array
from zarr_devbuf.simulator._core.numpy_fallback import host_array_error
from zarr_devbuf.simulator._core.reductions import REDUCTIONS, normalize_axes
from zarr_devbuf.simulator._core.reshaping import normalize_axis
from zarr_devbuf.simulator._core.storage import DeviceArray, kernel_operand, kernel_target, wrap
from zarr_devbuf.simulator._core.ufunc_table import UFUNCS
from zarr_devbuf.simulator._core.ufuncs import Loop, ufunc

__all__ = ["clip", "cumulate", "mean", "round_", "std", "var"]


def mean(
    array: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False
) -> Any:
    """Return the mean along axes; for integers, it is computed in double precision."""
    requested = None if dtype is None else resolve(dtype)
    if requested is None or requested.kind not in "iub":
        return REDUCTIONS["mean"](array, axis, requested, out, keepdims)
    result = REDUCTIONS["mean"](array, axis, np.dtype(np.float64), out, keepdims)
    return result if out is not None else result.astype(requested)


def var(
    array: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: float = 0,
    keepdims: Any = False,
) -> Any:
    """Return the variance along axes."""
    raw = kernel_operand(array)
    whole = np.dtype(np.float64)
    center, target = raw.dtype, resolve(dtype) if dtype is not None else whole
    if dtype is None and raw.dtype.kind in "iub":
        center = whole
    elif dtype is None:
        target = np.dtype(raw.dtype.char.lower())
    if axis is None:
        axis = tuple(range(raw.ndim))
    axes = axis if isinstance(axis, tuple) else (axis,)
    count = 1
    for one in axes:
        count *= raw.shape[one]
    divisor = max(count - ddof, 0)
    scale: Any = 1.0 / divisor if divisor != 0 else np.nan
    if isinstance(scale, np.ndarray):
        raise host_array_error(scale)
    if isinstance(scale, DeviceArray):
        kernel = target if out is None else out.dtype
        if kernel != whole and kernel.char in "ef":
            raise TypeError(f"Type is mismatched. alpha {scale.dtype.type} {kernel}")
        scale = kernel_operand(scale)[()]
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        middle = mean(array, axes, center, None, True)
        deviation = _squared(raw, middle._raw)
        places = normalize_axes(axes, raw.ndim)
        if out is None:
            result = target if target.char in "ef" else whole
            spread = deviation.sum(axis=places, keepdims=bool(keepdims)) * scale
            return wrap(np.asarray(spread).astype(result, order="C", copy=False))
        return _into(out, deviation, places, keepdims, scale).astype(target, copy=False)


def _promoted(raw: Any) -> Any:
    """Return integers promoted as in C, to at least 32 bits."""
    small = raw.dtype.kind in "iub" and raw.dtype.itemsize < 4
    return raw.astype(np.int32) if small else raw


def _squared(raw: Any, middle: Any) -> Any:
    """Return squared distances; half precision is computed in single precision."""
    if raw.dtype.char == "e" and middle.dtype.char == "e":
        raw, middle = raw.astype(np.float32), middle.astype(np.float32)
    deviation = np.subtract(_promoted(raw), _promoted(middle))
    return np.real(deviation * np.conj(deviation))


def _into(out: Any, deviation: Any, axes: tuple[int, ...], keepdims: Any, scale: float) -> Any:
    """Compute the scaled sum into an output array."""
    raw = kernel_target(need_array(out, "out"))
    if raw.dtype.kind not in "fc":
        if raw.dtype.kind != "b" and (deviation > np.iinfo(raw.dtype).max).any():
            raise not_implemented(f"cupy.var with an output array of dtype {raw.dtype}")
        if np.isnan(scale):
            raise not_implemented(f"cupy.var with an output array of dtype {raw.dtype}")
        # CuPy computes in the dtype of the output array, with the factor, too.
        deviation = deviation.astype(raw.dtype)
        scale = raw.dtype.type(scale)
    total = deviation.sum(axis=axes, keepdims=bool(keepdims), dtype=deviation.dtype)
    if total.shape != raw.shape:
        raise ValueError("Out shape is mismatched")
    np.copyto(raw, total * scale, casting="unsafe")
    return out


def std(
    array: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: float = 0,
    keepdims: Any = False,
) -> Any:
    """Return the standard deviation along axes."""
    return UFUNCS["sqrt"](var(array, axis, dtype, None, ddof, keepdims), dtype=dtype, out=out)


def cumulate(name: str, array: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """Accumulate along an axis, or over the flattened array."""
    raw = kernel_operand(array)
    if out is not None:
        need_array(out, "out")
        target = out._raw.dtype
        if axis is None and not raw.ndim and out._raw.ndim != 1:
            np.copyto(kernel_target(out), raw, casting="unsafe")
            raise TypeError("Input array should be 1D array.")
        if axis is None:
            raw = _spread_over(raw, out._raw.shape)
    elif dtype is not None:
        target = resolve_supported(dtype)
    else:
        kinds = {"b": "q", "i": "q", "u": "Q"}
        target = np.dtype(kinds.get(raw.dtype.kind, raw.dtype))
    if not raw.size and raw.dtype.kind == "V" and target == raw.dtype:
        # There is nothing to add.
        return wrap(np.empty(raw.size if axis is None else raw.shape, target))
    if raw.dtype.kind == "c" and target.kind != "c":
        raise not_implemented(f"cupy.{name} of complex numbers as {target}")
    with np.errstate(all="ignore"):
        result = _accumulated(getattr(np, name), raw.astype(target, order="C", copy=False), axis)
        if out is None:
            return wrap(result)
        np.copyto(kernel_target(out), result.reshape(out._raw.shape), casting="unsafe")
    return out


def _spread_over(raw: Any, shape: tuple[int, ...]) -> Any:
    """Return memory broadcast to the shape of an output array."""
    if np.broadcast_shapes(raw.shape, shape) != shape:
        raise ValueError("Out shape is mismatched")
    return np.broadcast_to(raw, shape)


def _accumulated(function: Any, raw: Any, axis: Any) -> Any:
    """Accumulate in CuPy's memory layout: along the last axis, which is then moved back."""
    if axis is None:
        return np.asarray(function(raw.reshape(-1), dtype=raw.dtype))
    where = normalize_axis(axis, raw.ndim)
    last = np.moveaxis(raw, where, -1)
    try:
        last.reshape(-1, raw.shape[where], copy=False)
    except ValueError:
        done = function(np.asarray(last, order="C"), axis=-1, dtype=raw.dtype)
        return np.moveaxis(done, -1, where)
    return np.asarray(function(raw, axis=where, dtype=raw.dtype), order="C")


_REAL = "?bBhHiIlLqQefd"


def _clip_loop(operands: list[Any], dtypes: Any, out: Any) -> Any:
    values, low, high = (one.astype(dtypes[0], copy=False) for one in operands)
    below = np.where(values < low, low, np.where(values > high, high, values))
    return np.asarray(np.where(low > high, high, below), dtypes[-1], order="C")


_clip = ufunc("cupy_clip", [Loop(f"{c * 3}->{c}", _clip_loop) for c in _REAL])


def clip(array: Any, low: Any = None, high: Any = None, out: Any = None) -> Any:
    """Limit values to a range; bounds that are ``None`` do not limit."""
    dtype = array._raw.dtype
    if dtype.kind == "f":
        low = dtype.type("-inf") if low is None else low
        high = dtype.type("inf") if high is None else high
    elif dtype.kind in "iu":
        low = np.iinfo(dtype).min if low is None else low
        high = np.iinfo(dtype).max if high is None else high
    return _clip(array, low, high, out=out)


def _round_loop(operands: list[Any], dtypes: Any, out: Any) -> Any:
    values, decimals = operands
    places = int(np.asarray(decimals).reshape(-1)[0]) if decimals.size else 0
    if values.dtype.kind in "iub":
        return np.array(values, dtypes[-1], order="C")
    work = values.astype(np.float32) if dtypes[-1].char == "e" else values
    return np.asarray(np.round(work, places)).astype(dtypes[-1], order="C", copy=False)


def _round_down_loop(operands: list[Any], dtypes: Any, out: Any) -> Any:
    values, places = operands
    places = int(np.asarray(places).reshape(-1)[0]) if places.size else 0
    return np.asarray(np.round(values, -places)).astype(dtypes[-1], order="C", copy=False)


_INTS = "bBhHiIlLqQ"
_round = ufunc(
    "cupy_round",
    [Loop("?q->e", _round_loop)] + [Loop(f"{c}q->{c}", _round_loop) for c in f"{_INTS}efdFD"],
)
_round_down = ufunc(
    "cupy_round_neg_uint",
    [Loop("?q->e", _round_loop)] + [Loop(f"{c}q->{c}", _round_down_loop) for c in _INTS],
)


def round_(array: Any, decimals: int = 0, out: Any = None) -> Any:
    """Round to a number of decimals."""
    if decimals < 0 and issubclass(array._raw.dtype.type, np.integer):
        return _round_down(array, -decimals, out=out)
    return _round(array, decimals, out=out)
