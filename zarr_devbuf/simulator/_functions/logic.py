"""Comparison of arrays, and tests of their elements."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.construction import array
from zarr_devbuf.simulator._core.host_copy import record_download
from zarr_devbuf.simulator._core.indexing import record_count
from zarr_devbuf.simulator._core.numpy_fallback import call
from zarr_devbuf.simulator._core.reductions import REDUCTIONS
from zarr_devbuf.simulator._core.storage import DeviceArray, kernel_operand, wrap
from zarr_devbuf.simulator._core.ufunc_table import UFUNCS
from zarr_devbuf.simulator._core.ufuncs import Loop, ufunc
from zarr_devbuf.simulator._functions.manipulation import broadcast
from zarr_devbuf.simulator._functions.naming import named

__all__ = ["FUNCTIONS"]


def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> Any:
    """Return whether two arrays have the same shape and elements, as a 0-d device array."""
    if a1.shape != a2.shape:
        return array(False)
    if not equal_nan:
        return (a1 == a2).all()
    for one in (a1, a2):
        if isinstance(one, np.generic):
            raise IndexError("invalid index to scalar variable.")
    left, right = kernel_operand(a1), kernel_operand(a2)
    record_download(1)
    if not np.array_equal(np.isnan(left), np.isnan(right)):
        return array(False)
    for one in (left, right):
        if one.size:
            record_count()
    return wrap(np.bool_(np.array_equal(left, right, equal_nan=True)))


def array_equiv(a1: Any, a2: Any) -> Any:
    """Return whether two arrays can be broadcast and are then equal, as a 0-d device array."""
    try:
        broadcast(a1, a2)
    except ValueError:
        return array(False)
    return (a1 == a2).all()


def isclose(
    a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: Any = False
) -> Any:
    """Return where two arrays are close to each other."""
    first, second = array(a, copy=None), array(b, copy=None)
    compare = _is_close_complex if "c" in (first.dtype.kind, second.dtype.kind) else _is_close
    return compare(first, second, rtol, atol, equal_nan)


def _is_close_loop(operands: list[Any], dtypes: Any, _: Any) -> Any:
    cast = [one.astype(kind, copy=False) for one, kind in zip(operands, dtypes, strict=False)]
    # Half precision is computed in single precision.
    work = [one.astype(np.float32) if one.dtype.char == "e" else one for one in cast]
    left, right, rtol, atol, equal_nan = work
    near = np.abs(left - right) <= atol + rtol * np.abs(right)
    same = (left == right) | (equal_nan & np.isnan(left) & np.isnan(right))
    finite = np.isfinite(left) & np.isfinite(right)
    return np.asarray(np.where(finite, near, same), order="C")


_is_close = ufunc("cupy_is_close", [Loop(f"{char * 4}?->?", _is_close_loop) for char in "efd"])
_is_close_complex = ufunc(
    "cupy_is_close_complex", [Loop(one, _is_close_loop) for one in ("FFff?->?", "DDdd?->?")]
)


def allclose(
    a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> Any:
    """Return whether two arrays are close to each other, as a 0-d device array."""
    return isclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan).all()


def _check(a: Any, name: str = "a") -> Any:
    if not isinstance(a, DeviceArray):
        raise TypeError(f"'{name}' must be a cupy.ndarray object, not {type(a)}.")
    return a


def _by_part(name: str, x: Any) -> Any:
    """Ask NumPy about host data, and upload the answer."""
    if isinstance(x, DeviceArray):
        return call(getattr(np, name), x)
    answer = getattr(np, name)(x)
    return answer if np.isscalar(x) else array(answer)


def _memory(value: Any) -> Any:
    return value._raw if isinstance(value, DeviceArray) else value


def _part(name: str, value: Any) -> Any:
    if isinstance(value, DeviceArray):
        return getattr(value, name)
    # Host data is uploaded: one explicit transfer.
    return getattr(array(value), name)


def _into(result: Any, out: Any) -> Any:
    """Write a result into an output array, if there is one."""
    return result if out is None else UFUNCS["logical_and"](result, result, out=out)


def isscalar(element: Any) -> bool:
    """Return whether an object is a scalar; 0-d arrays are none."""
    return np.isscalar(element)


# Its signature is that of NumPy's.
functools.update_wrapper(isscalar, np.isscalar, assigned=())


def _for_kernel(x: Any) -> Any:
    if isinstance(x, (list, tuple, str)) or x is None:
        raise TypeError(f"Unsupported type {type(x)}")
    return x


FUNCTIONS: dict[str, Any] = {
    "isscalar": isscalar,
    "array_equal": array_equal,
    "array_equiv": array_equiv,
    "isclose": isclose,
    "allclose": allclose,
} | named(
    {
        "all": lambda a, axis=None, out=None, keepdims=False: REDUCTIONS["all"](
            _check(a), axis, None, out, keepdims
        ),
        "any": lambda a, axis=None, out=None, keepdims=False: REDUCTIONS["any"](
            _check(a), axis, None, out, keepdims
        ),
        "isneginf": lambda x, out=None: _into(call(np.isneginf, _for_kernel(x)), out),
        "isposinf": lambda x, out=None: _into(call(np.isposinf, _for_kernel(x)), out),
        "iscomplex": lambda x: _by_part("iscomplex", x),
        "isreal": lambda x: _by_part("isreal", x),
        "iscomplexobj": lambda x: bool(np.iscomplexobj(_memory(x))),
        "isrealobj": lambda x: bool(np.isrealobj(_memory(x))),
        "isfortran": lambda a: a.flags.fnc,
        "real": lambda val: _part("real", val),
        "imag": lambda val: _part("imag", val),
    }
)
"""The functions by name."""
