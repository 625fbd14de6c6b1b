"""Sums, products, differences, angles and bits."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.construction import array, make_array
from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.host_copy import record_download
from zarr_devbuf.simulator._core.matmul import (
    matmul,
    need_array,
    need_attribute,
    need_dtype,
    type_name,
)
from zarr_devbuf.simulator._core.numpy_fallback import call, host_array_error
from zarr_devbuf.simulator._core.reductions import REDUCTIONS
from zarr_devbuf.simulator._core.reshaping import normalize_axis
from zarr_devbuf.simulator._core.statistics import cumulate
from zarr_devbuf.simulator._core.storage import DeviceArray, kernel_operand, wrap
from zarr_devbuf.simulator._core.ufunc_table import UFUNCS
from zarr_devbuf.simulator._core.ufuncs import Loop, ufunc
from zarr_devbuf.simulator._functions.naming import named

__all__ = ["FUNCTIONS"]


def _device(a: Any, what: str = "a") -> Any:
    if not isinstance(a, DeviceArray):
        raise TypeError(
            f"Argument '{what}' has incorrect type (expected cupy._core.core._ndarray_base, got "
            f"{type_name(a)})"
        )
    return a


def _present(**kwargs: Any) -> dict[str, Any]:
    """Return the arguments that are not None; NumPy's defaults apply to the others."""
    return {name: value for name, value in kwargs.items() if value is not None}


def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    if n == 0:
        return a
    source = make_array(a, copy=None, explicit=False)
    axis = normalize_axis(axis, source.ndim)
    return call(np.diff, source, n, axis, **_present(prepend=prepend, append=append))


def _vdot(a: Any, b: Any) -> Any:
    need_attribute("size", a, b)
    if a.size != b.size:
        raise ValueError("Axis dimension mismatch")
    need_array(a, "a")
    need_array(b, "b")
    return call(np.vdot, a, b)


def _kron(a: Any, b: Any) -> Any:
    count = sum(isinstance(one, numbers.Number) for one in (a, b))
    if count == 2:
        return a * b
    if count:
        return UFUNCS["multiply"](a, b)
    need_attribute("ndim", a, b)
    return call(np.kron, a, b)


def _inner(a: Any, b: Any) -> Any:
    need_attribute("ndim", a, b)
    if a.ndim and b.ndim:
        need_array(a, "a")
        need_array(b, "b")
    if isinstance(a, DeviceArray) and a.ndim and not a.shape[-1]:
        if a.ndim > 1:
            raise not_implemented("cupy.inner over an axis of length 0")
        raise ZeroDivisionError("integer division or modulo by zero")
    return call(np.inner, a, b)


def _angle(z: Any, deg: bool = False) -> Any:
    return (_ANGLE_DEG if deg else _ANGLE)(z)


def _angle_loop(scale: float) -> Any:
    def compute(operands: list[Any], dtypes: Any, _: Any) -> Any:
        (values,) = operands
        # For real numbers, CuPy differs from NumPy: 0 for -0.0, and pi for NaN.
        real = values.dtype.kind != "c"
        found = np.where(values >= 0, 0.0, np.pi) if real else np.angle(values)
        return np.asarray(found * scale).astype(dtypes[-1], order="C", copy=False)

    return compute


_ANGLES = ["?->d", "e->e", "f->f", "d->d", "F->f", "D->d"]
_ANGLE = ufunc("cupy_angle", [Loop(one, _angle_loop(1.0)) for one in _ANGLES])
_ANGLE_DEG = ufunc("cupy_angle_deg", [Loop(one, _angle_loop(180 / np.pi)) for one in _ANGLES])


def _nan_reduction(name: str) -> Any:
    def compute(
        a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False
    ) -> Any:
        requested = None if dtype is None else np.dtype(dtype)
        if _device(a).dtype.kind == "c" and requested is not None and requested.kind != "c":
            raise TypeError(
                f"Wrong type ({requested.type}) of arguments for cupy_{name}_complex_dtype"
            )
        return REDUCTIONS[name](a, axis, requested, out, keepdims)

    return compute


def _without_nan(a: Any, neutral: int) -> Any:
    need_attribute("dtype", a)
    if isinstance(a, np.generic):
        a = make_array(a, explicit=False).reshape(1)
    raw = kernel_operand(a)
    if raw.dtype.kind not in "fc":
        return a
    return wrap(np.where(np.isnan(raw), np.asarray(neutral, raw.dtype), raw))


def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    need_attribute("ndim", a, b)
    empty = isinstance(axes, int) and not axes
    if not empty and not (np.ndim(getattr(a, "_raw", a)) and np.ndim(getattr(b, "_raw", b))):
        raise ValueError("An input is zero-dim while axes has dimensions")
    return call(np.tensordot, a, b, axes)


def _einsum(*operands: Any, dtype: Any = None, optimize: Any = False, **unknown: Any) -> Any:  # noqa: ARG001 - the order of the products, which has no effect here
    if unknown:
        raise TypeError(f"Did not understand the following kwargs: {list(unknown)}")
    if operands and not isinstance(operands[0], str):
        # Labels of axes may be host arrays.
        operands = tuple(
            list(one) if place % 2 and isinstance(one, np.ndarray) else one
            for place, one in enumerate(operands)
        )
    named = {} if dtype is None else {"dtype": dtype, "casting": "unsafe"}
    return call(np.einsum, *operands, **named)


def _packbits(a: Any, axis: Any = None, bitorder: str = "big") -> Any:
    if a.dtype.kind not in "biu":
        raise TypeError("Expected an input array of integer or boolean data type")
    _check_packing(axis, bitorder)
    return call(np.packbits, a, None, bitorder)


def _unpackbits(a: Any, axis: Any = None, bitorder: str = "big") -> Any:
    if a.dtype != np.uint8:
        raise TypeError("Expected an input array of unsigned byte data type")
    _check_packing(axis, bitorder)
    return call(np.unpackbits, a, None, bitorder=bitorder)


def _check_packing(axis: Any, bitorder: Any) -> None:
    if axis is not None:
        raise NotImplementedError("axis option is not supported yet")
    if bitorder not in ("big", "little"):
        raise ValueError("bitorder must be either 'big' or 'little'")


def _nan_to_num(
    x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    if isinstance(x, np.ndarray):
        if x.size == 1:
            raise host_array_error(x)
        raise ValueError("non-scalar numpy.ndarray cannot be used for copyto")  # noqa: TRY004
    if isinstance(x, (list, tuple)):
        need_attribute("dtype", x)
    source = x if isinstance(x, DeviceArray) else array(x)
    if copy or not isinstance(x, DeviceArray):
        return call(np.nan_to_num, source, True, nan, posinf, neginf, keep_order=True)
    raw = kernel_operand(x)
    with np.errstate(all="ignore"):
        np.copyto(raw, np.nan_to_num(raw, True, nan, posinf, neginf), casting="unsafe")
    return x


def _cumulative(name: str, function: str, initial: int) -> Any:
    def compute(
        x: Any,
        /,
        *,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        include_initial: bool = False,
    ) -> Any:
        if not isinstance(x, DeviceArray):
            raise TypeError("`x` should be of type cupy.ndarray")
        x = x.reshape(1) if not x.ndim else x
        if axis is None:
            if x.ndim != 1:
                raise ValueError(
                    "For arrays which have more than one dimension ``axis`` argument is required."
                )
            axis = 0
        axis = normalize_axis(axis, x.ndim)
        if out is None:
            source = getattr(np, name)
            return call(source, x, axis=axis, dtype=dtype, include_initial=include_initial)
        need_array(out, "out")
        expected = list(x.shape)
        if include_initial:
            expected[axis] += 1
        if out.shape != tuple(expected):
            raise ValueError(
                f"out.shape {out.shape} does not match expected shape {tuple(expected)}"
            )
        if not include_initial:
            cumulate(function, x, axis, dtype, out)
            return out[...]
        lead = (slice(None),) * axis
        out[(*lead, slice(0, 1))] = initial
        cumulate(function, x, axis, dtype, out[(*lead, slice(1, None))])
        return out

    return compute


def _typed(value: Any, name: str) -> Any:
    if not isinstance(value, DeviceArray):
        raise TypeError(f"`{name}` should be of type cupy.ndarray")
    return value


def _ediff1d(arr: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    _typed(arr, "arr")
    for name, value in (("to_begin", to_begin), ("to_end", to_end)):
        if value is None:
            continue
        if not np.can_cast(_typed(value, name).dtype, arr.dtype, "same_kind"):
            raise TypeError(
                f"dtype of `{name}` must be compatible with input `arr` under the `same_kind` rule."
            )
    return call(np.ediff1d, arr, to_end, to_begin)


def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    _typed(y, "y")
    if x is not None:
        _typed(x, "x")
    return call(np.trapezoid, y, x, dx, axis)


def _outer(a: Any, b: Any, out: Any = None) -> Any:
    if out is None:
        return call(np.outer, a, b)
    return UFUNCS["multiply"](_device(a).ravel()[:, None], _device(b).ravel()[None, :], out)


def _real_if_close(a: Any, tol: float = 100) -> Any:
    need_dtype(a)
    if a.dtype.kind != "c":
        return a
    if tol > 1:
        tol *= float(np.finfo(a.dtype).eps)
    record_download(1)
    return a.real if bool((np.abs(kernel_operand(a).imag) < tol).all()) else a


FUNCTIONS: dict[str, Any] = named(
    {
        "cumsum": lambda a, axis=None, dtype=None, out=None: cumulate(
            "cumsum", _device(a), axis, dtype, out
        ),
        "cumprod": lambda a, axis=None, dtype=None, out=None: cumulate(
            "cumprod", _device(a), axis, dtype, out
        ),
        "nancumsum": lambda a, axis=None, dtype=None, out=None: cumulate(
            "cumsum", _without_nan(a, 0), axis, dtype, out
        ),
        "nancumprod": lambda a, axis=None, dtype=None, out=None: cumulate(
            "cumprod", _without_nan(a, 1), axis, dtype, out
        ),
        "cumulative_sum": _cumulative("cumulative_sum", "cumsum", 0),
        "cumulative_prod": _cumulative("cumulative_prod", "cumprod", 1),
        "nansum": _nan_reduction("nansum"),
        "nanprod": _nan_reduction("nanprod"),
        "diff": _diff,
        "ediff1d": _ediff1d,
        "trapezoid": _trapezoid,
        "angle": _angle,
        "around": lambda a, decimals=0, out=None: array(a, copy=None).round(decimals, out=out),
        "round": lambda a, decimals=0, out=None: array(a, copy=None).round(decimals, out=out),
        "nan_to_num": _nan_to_num,
        "real_if_close": _real_if_close,
        "matmul": matmul,
        "inner": _inner,
        "outer": _outer,
        "vdot": _vdot,
        "kron": _kron,
        "tensordot": _tensordot,
        "einsum": _einsum,
        "packbits": _packbits,
        "unpackbits": _unpackbits,
    }
)
"""The functions by name."""
