"""Order statistics, averages and counts."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
# ruff: noqa: PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from zarr_devbuf import transfers
from zarr_devbuf.simulator._core.construction import make_array
from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.host_copy import record_download
from zarr_devbuf.simulator._core.interop import from_device_like
from zarr_devbuf.simulator._core.matmul import need_array, need_attribute, need_dtype
from zarr_devbuf.simulator._core.numpy_fallback import call
from zarr_devbuf.simulator._core.protocols import get_namespace
from zarr_devbuf.simulator._core.reductions import REDUCTIONS, normalize_axes
from zarr_devbuf.simulator._core.reshaping import broadcast_to
from zarr_devbuf.simulator._core.sorting import searchsorted
from zarr_devbuf.simulator._core.storage import DeviceArray, kernel_operand, kernel_target, wrap
from zarr_devbuf.simulator._core.ufunc_table import UFUNCS
from zarr_devbuf.simulator._functions.naming import named

__all__ = ["FUNCTIONS"]


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
        if not isinstance(a, DeviceArray) or a.dtype.kind not in "iuf" or not a.size:
            raise not_implemented(f"cupy.{name} of an array other than real numbers on the device")
        if isinstance(axis, (int, tuple)):
            places = [axis] if isinstance(axis, int) else axis
            if a.ndim and all(isinstance(one, int) for one in places):
                # CuPy takes them modulo the number of axes, each once.
                axis = tuple(dict.fromkeys(one % a.ndim for one in places))
        if np.ndim(getattr(q, "_raw", q)) > 1:
            count = np.ndim(getattr(q, "_raw", q))
            raise ValueError(f"Expected q to have a dimension of 1.\nActual: {count} != 1")
        if not isinstance(q, DeviceArray) and np.ndim(q):
            # CuPy uploads the quantiles.
            transfers.record("h2d", np.asarray(q).nbytes, explicit=True)
        _need_quantiles(name, q)
        result = call(getattr(np, name), a, q, axis, None, False, method, keepdims)
        if out is not None:
            result = _quantile_out(result, np.ndim(getattr(q, "_raw", q)), out, method)
        if overwrite_input:
            _sort_in_place(a, axis)
        return result

    return compute


def _need_quantiles(name: str, q: Any) -> None:
    """Refuse quantiles of which some are out of range.

    CuPy raises if all of them are above the range, or all below; else its results are undefined.
    """
    limit = 100 if name == "percentile" else 1
    if isinstance(q, DeviceArray):
        # The host waits for the result of each comparison, of the second one if there is need.
        on_device: Any = q
        count = get_namespace().count_nonzero
        _ = bool(count(on_device >= 0)) and bool(count(on_device <= limit))
    numbers = np.asarray(kernel_operand(q) if isinstance(q, DeviceArray) else q)
    if numbers.dtype.kind not in "biuf":
        return
    above, below = numbers >= 0, numbers <= limit
    if not (above & below).all() and above.any() and below.any():
        raise not_implemented(f"cupy.{name} with quantiles out of range")


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


def _quantile_out(result: Any, q_ndim: int, out: Any, method: str) -> Any:
    """Write quantiles into an output array, which has an axis for one quantile, too."""
    if method not in ("lower", "higher", "nearest"):
        need_attribute("ndim", out)
    need_array(out, "out")
    shape = result.shape if q_ndim else (1, *result.shape)
    if method in ("lower", "higher", "nearest"):
        if out.dtype != result.dtype:
            raise TypeError("Output dtype mismatch")
        if out.shape != shape:
            raise ValueError("Output shape mismatch")
    elif out.shape != shape:
        if not q_ndim:
            raise ValueError("cannot select an axis to squeeze out which has size not equal to one")
        raise not_implemented("cupy.quantile with an output array of another shape")
    np.copyto(kernel_target(out), result._raw.reshape(shape), casting="unsafe")
    return out if q_ndim else out[0]


def _sort_in_place(a: Any, axis: Any) -> None:
    """Leave an array as CuPy does, which sorts it to find its quantiles."""
    raw = a._raw
    axes = tuple(range(raw.ndim)) if axis is None else normalize_axes(axis, raw.ndim)
    kept = [one for one in range(raw.ndim) if one not in axes]
    moved = raw.transpose(*kept, *axes)
    if axis is None:
        moved = raw
    shape = (*(raw.shape[one] for one in kept), -1)
    try:
        flat = moved.reshape(shape, copy=False)
    except ValueError:
        return
    if not flat.flags.c_contiguous:
        raise NotImplementedError("Sorting non-contiguous array is not supported.")
    flat.sort(axis=-1)


def _median(
    a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False
) -> Any:
    raw = need_array(a)._raw
    if axis is not None and not isinstance(axis, (tuple, list)):
        if not -raw.ndim <= axis < raw.ndim:
            raise np.exceptions.AxisError("Axis overrun")
        length = raw.shape[axis]
    else:
        if axis is not None and not raw.size:
            raise ValueError("cannot reshape an array of size 0 into an unknown length")
        length = math.prod(raw.shape[one] for one in normalize_axes(axis, raw.ndim))
    if not length:
        raise ValueError("kth(=-1) out of bounds 0")
    result = call(np.median, a, axis, None, False, keepdims)
    if overwrite_input and not isinstance(axis, (tuple, list)):
        _partition_in_place(raw, axis)
    if out is None:
        return result
    need_array(out, "out")
    if out.shape != result.shape:
        raise not_implemented("cupy.median with an output array of another shape")
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


def _nanmedian(
    a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False
) -> Any:
    if a.dtype.kind not in "fc":
        return _median(a, axis, out, overwrite_input, keepdims)
    if isinstance(axis, DeviceArray) and not axis._raw.ndim:
        # CuPy asks whether each axis is in it.
        raise TypeError("argument of type 'ndarray' is not iterable")
    if not a.size or _is_unusual(axis):
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


def _not_empty(a: Any, name: str) -> Any:
    if isinstance(a, DeviceArray) and not a.size:
        raise not_implemented(f"cupy.{name} of an empty array")
    return a


def _nan_spread(name: str) -> Any:
    def compute(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        ddof: float = 0,
        keepdims: bool = False,
    ) -> Any:
        if a.dtype.kind in "biu":
            return getattr(a, name)(axis, dtype, out, ddof, keepdims)
        if dtype is not None:
            raise not_implemented(f"cupy.nan{name} with a dtype")
        axes = normalize_axes(axis, a.ndim)
        source = _not_empty(a, f"nan{name}")
        result = call(getattr(np, f"nan{name}"), source, axes, ddof=ddof, keepdims=bool(keepdims))
        if out is None:
            return result
        if need_array(out, "out").shape != result.shape:
            raise not_implemented(f"cupy.nan{name} with an output array of another shape")
        np.copyto(kernel_target(out), result._raw, casting="unsafe")
        return out

    return compute


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
    if minlength is not None and int(minlength) < 0:
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
        "nanvar": _nan_spread("var"),
        "nanstd": _nan_spread("std"),
        "percentile": _quantile("percentile"),
        "quantile": _quantile("quantile"),
        "nanmax": _nan_reduction("nanmax"),
        "nanmin": _nan_reduction("nanmin"),
        "nanargmax": _nan_arg("nanargmax"),
        "nanargmin": _nan_arg("nanargmin"),
        "count_nonzero": lambda a, axis=None: REDUCTIONS["count_nonzero"](need_array(a), axis),
        "bincount": _bincount,
        "digitize": _digitize,
    }
)
"""The functions by name."""
