"""Sums, products, polynomials, interpolation and histograms."""

# ruff: noqa: ARG005 - names and signatures are CuPy's.
from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.creation import array, make_array
from zarr_devbuf.simulator._core.delegation import call
from zarr_devbuf.simulator._core.errors import not_modelled
from zarr_devbuf.simulator._core.manipulation import normalize_axis
from zarr_devbuf.simulator._core.reductions import REDUCTIONS
from zarr_devbuf.simulator._core.statistics import cumulate
from zarr_devbuf.simulator._core.storage import DeviceArray
from zarr_devbuf.simulator._functions.naming import named

__all__ = ["FUNCTIONS"]


def _device(a: Any, what: str = "a") -> Any:
    if not isinstance(a, DeviceArray):
        raise TypeError(
            f"Argument '{what}' has incorrect type (expected cupy._core.core._ndarray_base, got "
            f"{type(a).__module__}.{type(a).__name__})"
        )
    return a


def _present(**kwargs: Any) -> dict[str, Any]:
    """Keep the arguments that are given: NumPy's own defaults stand for the rest."""
    return {name: value for name, value in kwargs.items() if value is not None}


def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    if n == 0:
        return a
    source = make_array(a, copy=None, explicit=False)
    axis = normalize_axis(axis, source.ndim)
    return call(np.diff, source, n, axis, **_present(prepend=prepend, append=append))


def _inner(a: Any, b: Any) -> Any:
    if isinstance(a, DeviceArray) and a.ndim and not a.shape[-1]:
        if a.ndim > 1:
            raise not_modelled("cupy.inner over nothing")
        raise ZeroDivisionError("integer division or modulo by zero")
    return call(np.inner, a, b)


def _angle(z: Any, deg: bool = False) -> Any:
    return call(np.angle, array(z, copy=None), deg)


FUNCTIONS: dict[str, Any] = named(
    {
        "cumsum": lambda a, axis=None, dtype=None, out=None: cumulate(
            "cumsum", _device(a), axis, dtype, out
        ),
        "cumprod": lambda a, axis=None, dtype=None, out=None: cumulate(
            "cumprod", _device(a), axis, dtype, out
        ),
        "nancumsum": lambda a, axis=None, dtype=None, out=None: call(np.nancumsum, a, axis, dtype),
        "nancumprod": lambda a, axis=None, dtype=None, out=None: call(
            np.nancumprod, a, axis, dtype
        ),
        "cumulative_sum": lambda x, /, *, axis=None, dtype=None, out=None, include_initial=False: (
            call(np.cumulative_sum, x, axis=axis, dtype=dtype, include_initial=include_initial)
        ),
        "cumulative_prod": lambda x, /, *, axis=None, dtype=None, out=None, include_initial=False: (
            call(np.cumulative_prod, x, axis=axis, dtype=dtype, include_initial=include_initial)
        ),
        "nansum": lambda a, axis=None, dtype=None, out=None, keepdims=False: REDUCTIONS["nansum"](
            _device(a), axis, dtype, out, keepdims
        ),
        "nanprod": lambda a, axis=None, dtype=None, out=None, keepdims=False: REDUCTIONS["nanprod"](
            _device(a), axis, dtype, out, keepdims
        ),
        "diff": _diff,
        "ediff1d": lambda arr, to_end=None, to_begin=None: call(
            np.ediff1d, _device(arr), to_end, to_begin
        ),
        "trapezoid": lambda y, x=None, dx=1.0, axis=-1: call(np.trapezoid, _device(y), x, dx, axis),
        "angle": _angle,
        "around": lambda a, decimals=0, out=None: array(a, copy=None).round(decimals, out=out),
        "round": lambda a, decimals=0, out=None: array(a, copy=None).round(decimals, out=out),
        "nan_to_num": lambda x, copy=True, nan=0.0, posinf=None, neginf=None: call(
            np.nan_to_num, _device(x, "x"), copy, nan, posinf, neginf, keep_order=True
        ),
        "real_if_close": lambda a, tol=100: call(np.real_if_close, _device(a), tol),
        "matmul": lambda a, b, **kwargs: call(np.matmul, a, b, **kwargs),
        "inner": _inner,
        "outer": lambda a, b, out=None: call(np.outer, a, b),
        "vdot": lambda a, b: call(np.vdot, a, b),
        "kron": lambda a, b: call(np.kron, a, b),
        "tensordot": lambda a, b, axes=2: call(np.tensordot, a, b, axes),
        "einsum": lambda *operands, **kwargs: call(np.einsum, *operands, **kwargs),
        "packbits": lambda a, axis=None, bitorder="big": call(np.packbits, a, axis, bitorder),
        "unpackbits": lambda a, axis=None, bitorder="big": call(
            np.unpackbits, a, axis, bitorder=bitorder
        ),
    }
)
"""The functions by name."""
