"""Sums, products, differences, angles and bits."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.construction import array, make_array
from zarr_devbuf.simulator._core.dtypes import resolve_supported
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
from zarr_devbuf.simulator._core.protocols import get_namespace
from zarr_devbuf.simulator._core.reductions import REDUCTIONS
from zarr_devbuf.simulator._core.reshaping import broadcast_to, concatenate, normalize_axis
from zarr_devbuf.simulator._core.statistics import cumulate
from zarr_devbuf.simulator._core.storage import DeviceArray, kernel_operand, kernel_target, wrap
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


def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    if n == 0:
        return a
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n!r}")
    source = make_array(a, copy=None, explicit=False)
    where = normalize_axis(axis, source.ndim)
    parts = [_beside(prepend, source, where), source, _beside(append, source, where)]
    joined = [one for one in parts if one is not None]
    values = concatenate(joined, where) if len(joined) > 1 else source
    lead = (slice(None),) * where
    subtract = UFUNCS["not_equal" if values.dtype == np.bool_ else "subtract"]
    for _ in range(n):
        values = subtract(values[(*lead, slice(1, None))], values[(*lead, slice(None, -1))])
    return values


def _beside(value: Any, source: Any, axis: int) -> Any:
    """Return an array to join with another; a single value is repeated."""
    if value is None:
        return None
    array = make_array(value, copy=None, explicit=False)
    if array.ndim:
        return array
    return broadcast_to(array, (*source.shape[:axis], 1, *source.shape[axis + 1 :]))


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


def _without_nan(a: Any, neutral: int, out: Any) -> Any:
    need_attribute("dtype", a)
    if out is not None:
        need_attribute("dtype", out)
        if out.dtype == a.dtype:
            # CuPy writes to it first.
            return _replace_nan(a, neutral, out)
    if isinstance(a, np.generic):
        a = make_array(a, explicit=False).reshape(1)
    raw = kernel_operand(a)
    if raw.dtype.kind not in "fc":
        return a
    return wrap(np.where(np.isnan(raw), np.asarray(neutral, raw.dtype), raw))


def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    need_attribute("ndim", a, b)
    if not (a.ndim and b.ndim):
        if axes not in (0, ((), ())):
            raise ValueError("An input is zero-dim while axes has dimensions")
        return UFUNCS["multiply"](a, b)
    _check_contracted(a, b, axes)
    need_array(a, "a")
    need_array(b, "b")
    return call(np.tensordot, a, b, axes)


def _replace_nan(a: Any, neutral: int, out: Any) -> Any:
    if not isinstance(out, DeviceArray):
        raise host_array_error(out)
    raw, target = kernel_operand(a), kernel_target(out)
    if np.broadcast_shapes(raw.shape, target.shape) != target.shape:
        raise ValueError("Out shape is mismatched")
    np.copyto(target, np.where(raw == raw, raw, np.asarray(neutral, raw.dtype)))  # noqa: PLR0124
    return out


def _check_contracted(a: Any, b: Any, axes: Any) -> None:
    if not isinstance(axes, Sequence):
        pairs: Any = range(a.ndim - axes, a.ndim), range(axes)
    elif len(axes) != 2:
        raise ValueError("Axes must consist of two arrays.")
    else:
        pairs = [(one,) if np.isscalar(one) else one for one in axes]
    if len(pairs[0]) != len(pairs[1]):
        raise ValueError("Axes length mismatch")
    if any(a.shape[one] != b.shape[other] for one, other in zip(*pairs, strict=True)):
        raise ValueError("Axis dimension mismatch")


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
    if isinstance(a, np.generic):
        raise host_array_error(a.ravel())
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
    xp = get_namespace()
    out = x
    if not isinstance(x, DeviceArray):
        out = xp.full((), x)
    elif copy:
        out = xp.empty_like(x)
    real = np.empty((), out.dtype).real.dtype
    limits: Any = np.finfo(real) if real.kind == "f" else np.iinfo("i1")
    replacements = [
        make_array(one if real.kind == "f" else 0, real, None)
        for one in (
            nan,
            limits.max if posinf is None else posinf,
            limits.min if neginf is None else neginf,
        )
    ]
    return _NAN_TO_NUM(x, *replacements, out=out)


def _nan_to_num_loop(operands: list[Any], dtypes: Any, _: Any) -> Any:
    values, nan, posinf, neginf = operands
    if dtypes[0].kind not in "fc":
        return np.array(np.broadcast_arrays(*operands)[0], dtypes[-1], order="C")
    done = np.empty(np.broadcast(*operands).shape, dtypes[-1])
    for part, given in ((done.real, values.real), (done.imag, values.imag)):
        finite = np.where(np.isinf(given), np.where(given > 0, posinf, neginf), given)
        if part.flags.writeable:
            part[...] = np.where(np.isnan(given), nan, finite)
    return done


_NAN_TO_NUM = ufunc(
    "cupy_nan_to_num_",
    [Loop(f"{char * 4}->{char}", _nan_to_num_loop) for char in "?bBhHiIlLqQefd"]
    + [Loop(one, _nan_to_num_loop) for one in ("Ffff->F", "Dddd->D")],
)


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
            dtype = None if dtype is None else resolve_supported(dtype)
            source = getattr(np, name)
            return call(source, x, axis=axis, dtype=dtype, include_initial=include_initial)
        need_attribute("shape", out)
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
    step = dx
    if x is not None and x.ndim == 1:
        step = _diff(x)
        lengths = [1] * y.ndim
        lengths[axis] = step.shape[0]
        step = step.reshape(lengths)
    elif x is not None:
        step = _diff(x, axis=axis)
    ends = []
    for part in (slice(1, None), slice(None, -1)):
        window = [slice(None)] * y.ndim
        window[axis] = part
        ends.append(y[tuple(window)])
    return (step * (ends[0] + ends[1]) / 2.0).sum(axis)


def _outer(a: Any, b: Any, out: Any = None) -> Any:
    return UFUNCS["multiply"](a.ravel()[:, None], b.ravel()[None, :], out=out)


def _real_if_close(a: Any, tol: float = 100) -> Any:
    if a.dtype.kind != "c":
        return a
    need_dtype(a)
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
            "cumsum", _without_nan(a, 0, out), axis, dtype, out
        ),
        "nancumprod": lambda a, axis=None, dtype=None, out=None: cumulate(
            "cumprod", _without_nan(a, 1, out), axis, dtype, out
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
