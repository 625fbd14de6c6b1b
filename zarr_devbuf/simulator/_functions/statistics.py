"""Order statistics, averages and counts."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
# ruff: noqa: PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.construction import make_array
from zarr_devbuf.simulator._core.dtypes import resolve
from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.host_copy import record_download
from zarr_devbuf.simulator._core.interop import from_device_like
from zarr_devbuf.simulator._core.matmul import need_array, need_attribute, need_dtype
from zarr_devbuf.simulator._core.numpy_fallback import call, host_array_error
from zarr_devbuf.simulator._core.reductions import REDUCTIONS, normalize_axes
from zarr_devbuf.simulator._core.reshaping import broadcast_to
from zarr_devbuf.simulator._core.sorting import searchsorted
from zarr_devbuf.simulator._core.storage import DeviceArray, kernel_operand, kernel_target, wrap
from zarr_devbuf.simulator._core.ufunc_table import UFUNCS
from zarr_devbuf.simulator._functions.naming import named

__all__ = ["FUNCTIONS"]


def _median(
    a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False
) -> Any:
    if a is None:
        need_attribute("ndim", a)
    raw = need_array(a)._raw
    if axis is not None and not isinstance(axis, (tuple, list)):
        if not -raw.ndim <= axis < raw.ndim:
            raise np.exceptions.AxisError("Axis overrun")
        length = raw.shape[axis]
    else:
        if axis is not None:
            _check_joined(raw)
        length = math.prod(raw.shape[one] for one in normalize_axes(axis, raw.ndim))
    if not length:
        raise ValueError("kth(=-1) out of bounds 0")
    result = call(np.median, a, axis, None, False, keepdims)
    if keepdims and axis is None and not raw.ndim:
        # CuPy makes it one-dimensional first.
        result = result.reshape(1)
    if overwrite_input and not isinstance(axis, (tuple, list)):
        _partition_in_place(raw, axis)
    if out is None:
        return result
    if keepdims and isinstance(axis, (tuple, list)):
        raise not_implemented("cupy.median with an output array and several axes kept")
    return _median_into(out, result)


def _check_joined(raw: Any) -> None:
    """Check that several axes can be joined."""
    if not raw.size:
        raise ValueError("cannot reshape an array of size 0 into an unknown length")
    if not raw.ndim:
        raise np.exceptions.AxisError("Axis overrun")


def _median_into(out: Any, result: Any) -> Any:
    need_array(out, "out")
    if out.shape != result.shape:
        raise ValueError("Out shape is mismatched")
    np.copyto(kernel_target(out), result._raw, casting="unsafe")
    return out[...]


def _partition_in_place(raw: Any, axis: Any) -> None:
    """Leave memory as CuPy does, which sorts to partition it."""
    if axis is not None:
        raw.sort(axis=axis)
    elif raw.flags.c_contiguous:
        raw.reshape(-1).sort()


def _is_unusual(axis: Any) -> bool:
    """Return whether NumPy rejects an axis that CuPy accepts."""
    return isinstance(axis, (str, float)) or (
        isinstance(axis, tuple) and len(set(axis)) != len(axis)
    )


def _beyond(axis: Any, ndim: int) -> bool:
    """Return whether an axis does not exist; CuPy then reduces none."""
    axes = axis if isinstance(axis, (tuple, list)) else [] if axis is None else [axis]
    return not all(-ndim <= one < ndim for one in axes)


def _nanmedian(
    a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False
) -> Any:
    if a.dtype.kind not in "fc":
        return _median(a, axis, out, overwrite_input, keepdims)
    if isinstance(axis, DeviceArray) and not axis._raw.ndim:
        # CuPy asks whether each axis is in it.
        raise TypeError("argument of type 'ndarray' is not iterable")
    if not a.size or _is_unusual(axis) or _beyond(axis, a.ndim):
        raise not_implemented("cupy.nanmedian of an empty array")
    result = call(np.nanmedian, a, axis, None, False, keepdims)
    if out is None:
        return result
    need_array(out, "out")
    if out.shape != result.shape:
        raise not_implemented("cupy.nanmedian with an output array of another shape")
    np.copyto(kernel_target(out), result._raw, casting="unsafe")
    return out


def _nanmean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False
) -> Any:
    # Also of a host array, which computes it then.
    if a.dtype.kind in "biu":
        return a.mean(axis=axis, dtype=dtype, out=out, keepdims=keepdims)
    need_array(a)
    return REDUCTIONS["nanmean"](a, axis, dtype, out, keepdims)


def _nanvar(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = False,
) -> Any:
    if a.dtype.kind in "biu":
        return a.var(axis, dtype, out, ddof, keepdims)
    if dtype is not None and resolve(dtype).kind != "f":
        raise not_implemented("cupy.nanvar with a dtype that is not real")
    raw = kernel_operand(a)
    if isinstance(ddof, DeviceArray) and ddof.dtype != np.int64:
        raise TypeError(f"Type is mismatched. ddof {ddof.dtype.type} int64")
    axes = normalize_axes(axis, raw.ndim)
    missing = np.isnan(raw)
    count = np.sum(~missing, axis=axes, keepdims=True)
    precise = np.dtype(np.float32) if raw.dtype.char == "e" else raw.dtype
    total = np.where(missing, 0, raw).sum(
        axis=axes, keepdims=True, dtype=precise if dtype is None else np.promote_types(dtype, "f")
    )
    if isinstance(ddof, np.ndarray):
        raise host_array_error(ddof)
    fewer = kernel_operand(ddof) if isinstance(ddof, DeviceArray) else int(ddof)
    divisor = np.maximum(count - fewer, 0)
    with np.errstate(all="ignore"):
        deviation = raw.astype(precise) - (total / count).astype(precise)
        squares = np.where(missing, 0, (deviation * deviation.conj()).real) / divisor
        result = np.asarray(squares.sum(axis=axes, keepdims=bool(keepdims)))
    if out is None:
        return wrap(result.astype(np.empty(0, raw.dtype).real.dtype, order="C"))
    if isinstance(out, np.ndarray):
        raise host_array_error(out)
    if need_array(out, "out").shape != result.shape:
        raise ValueError("Out shape is mismatched")
    if raw.dtype.kind == "c" or out.dtype.kind != "f":
        raise not_implemented(f"cupy.nanvar of {raw.dtype} with an output array of {out.dtype}")
    np.copyto(kernel_target(out), result, casting="unsafe")
    return out


def _nanstd(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = False,
) -> Any:
    if a.dtype.kind in "biu":
        return a.std(axis, dtype, out, ddof, keepdims)
    return UFUNCS["sqrt"](_nanvar(a, axis, dtype, None, ddof, keepdims), dtype=dtype, out=out)


def _bincount(x: Any, weights: Any = None, minlength: Any = None) -> Any:  # noqa: C901 - checks
    raw = kernel_operand(x) if isinstance(x, DeviceArray) else x
    if raw.ndim > 1:
        raise ValueError("object too deep for desired array")
    if raw.ndim < 1:
        raise ValueError("object of too small depth for desired array")
    if raw.dtype.kind == "f":
        raise TypeError("x must be int array")
    if raw.dtype.kind == "c":
        raise not_implemented("cupy.bincount of complex numbers")
    if isinstance(x, DeviceArray):
        record_download(1)
    if (raw < 0).any():
        raise ValueError("The first argument of bincount must be non-negative")
    if weights is not None and raw.shape != weights.shape:
        raise ValueError("The weights and list don't have the same length.")
    least = 0 if minlength is None else int(minlength)
    if least < 0:
        raise ValueError("minlength must be non-negative")
    if raw.size and not isinstance(x, DeviceArray):
        raise TypeError(f"Unsupported type {type(x)}")
    if raw.size:
        record_download(raw.itemsize)
    least = 0 if minlength is None else int(minlength)
    given = None if weights is None else kernel_operand(weights)
    return wrap(np.bincount(raw.astype(np.intp), given, least))


def _nan_arg(name: str) -> Any:
    def compute(
        a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False
    ) -> Any:
        need_dtype(a)
        plain = name.removeprefix("nan") if a.dtype.kind in "biu" else name
        return REDUCTIONS[plain](a, axis, dtype, out, keepdims)

    return compute


def _average(
    a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False
) -> Any:
    source = make_array(a, copy=None, explicit=False)
    if weights is None:
        mean = source.mean(axis=axis, keepdims=keepdims)
        total = mean.dtype.type(source.size / mean.size)
    else:
        heavy, dtype = _weighed(source, make_array(weights, copy=None, explicit=False), axis)
        total = heavy.sum(axis=axis, dtype=dtype, keepdims=keepdims)
        # CuPy tests on the host whether the sum is zero.
        if (total == 0.0).any():
            raise ZeroDivisionError("Weights sum to zero, can't be normalized")
        product = UFUNCS["multiply"](source, heavy, dtype=dtype)
        mean = product.sum(axis, keepdims=keepdims) / total
    if not returned:
        return mean
    if total.shape != mean.shape:
        total = broadcast_to(make_array(total), mean.shape).copy()
    return mean, total


def _weighed(source: Any, weights: Any, axis: Any) -> tuple[Any, Any]:
    whole = source.dtype.kind in "iub"
    dtype = np.promote_types(source.dtype, weights.dtype)
    dtype = np.promote_types(dtype, np.float64) if whole else dtype
    if source.shape == weights.shape:
        return weights, dtype
    if axis is None:
        raise TypeError("Axis must be specified when shapes of a and weights differ.")
    if weights.ndim != 1:
        raise TypeError("1D weights expected when shapes of a and weights differ.")
    if weights.shape[0] != source.shape[axis]:
        raise ValueError("Length of weights not compatible with specified axis.")
    spread = broadcast_to(weights, (1,) * (source.ndim - 1) + weights.shape)
    return spread.swapaxes(-1, axis), dtype


def _digitize(x: Any, bins: Any, right: bool = False) -> Any:
    need_attribute("dtype", x)
    if x.dtype.kind == "c":
        raise TypeError("x may not be complex")
    if bins.ndim != 1:
        few = "of too small depth" if bins.ndim < 1 else "too deep"
        raise ValueError(f"object {few} for desired array")
    if isinstance(x, np.ndarray):
        raise NotImplementedError("Only python scalars or ndarrays are supported for v")
    side = "left" if right else "right"
    return searchsorted(bins, x, side, assume_increasing=False)


def _like_device(a: Any) -> Any:
    source = from_device_like(a)
    return need_array(a) if source is None else source


def _nan_reduction(name: str) -> Any:
    def compute(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        source = from_device_like(a)
        if source is None:
            raise TypeError(
                "Argument 'a' has incorrect type (expected "
                f"<class 'cupy._core.core._ndarray_base'>, got {type(a)})."
            )
        result = REDUCTIONS[name](source, axis, None, out, keepdims)
        # CuPy tests on the host whether a slice was all NaN.
        record_download(1)
        if np.isnan(kernel_operand(result)).any():
            warnings.warn("All-NaN slice encountered", RuntimeWarning, stacklevel=2)
        return result

    return compute


FUNCTIONS: dict[str, Any] = named(
    {
        "median": _median,
        "nanmedian": _nanmedian,
        "average": _average,
        "nanmean": _nanmean,
        "nanvar": _nanvar,
        "nanstd": _nanstd,
        "nanmax": _nan_reduction("nanmax"),
        "nanmin": _nan_reduction("nanmin"),
        "nanargmax": _nan_arg("nanargmax"),
        "nanargmin": _nan_arg("nanargmin"),
        "count_nonzero": lambda a, axis=None: REDUCTIONS["count_nonzero"](_like_device(a), axis),
        "bincount": _bincount,
        "digitize": _digitize,
    }
)
"""The functions by name."""
