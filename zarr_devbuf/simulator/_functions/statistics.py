"""Order statistics, averages and histograms."""

# ruff: noqa: ARG001, ARG005, PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf import transfers
from zarr_devbuf.simulator._core.delegation import call
from zarr_devbuf.simulator._core.errors import not_modelled
from zarr_devbuf.simulator._core.reductions import REDUCTIONS
from zarr_devbuf.simulator._core.storage import DeviceArray, kernel_operand, wrap
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
    ) -> Any:
        if not isinstance(a, DeviceArray) or a.dtype.kind not in "iuf" or not a.size:
            raise not_modelled(f"cupy.{name} of anything but real numbers on the device")
        return call(getattr(np, name), a, q, axis, None, False, method, keepdims)

    return compute


def _median(
    a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False
) -> Any:
    if isinstance(a, DeviceArray) and not a.size:
        raise ValueError("kth(=-1) out of bounds 0")
    return call(np.median, a, axis, None, False, keepdims)


def _nanmean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False
) -> Any:
    if isinstance(a, DeviceArray) and not a.size and a.dtype.kind in "fc":
        raise ValueError(
            "zero-size array to reduction operation cupy_nanmean which has no identity"
        )
    return call(np.nanmean, a, axis, dtype, keepdims=keepdims)


def _filled(a: Any, name: str) -> Any:
    if isinstance(a, DeviceArray) and not a.size:
        raise not_modelled(f"cupy.{name} over nothing")
    return a


def _bincount(x: Any, weights: Any = None, minlength: Any = None) -> Any:
    raw = kernel_operand(x)
    if raw.ndim > 1:
        raise ValueError("object too deep for desired array")
    if raw.ndim < 1:
        raise ValueError("object of too small depth for desired array")
    if raw.dtype.kind == "f":
        raise TypeError("x must be int array")
    if raw.dtype.kind == "c":
        raise not_modelled("cupy.bincount of complex numbers")
    transfers.record("d2h", 1, explicit=False)
    if (raw < 0).any():
        raise ValueError("The first argument of bincount must be non-negative")
    if weights is not None and raw.shape != weights.shape:
        raise ValueError("The weights and list don't have the same length.")
    if minlength is not None and int(minlength) < 0:
        raise ValueError("minlength must be non-negative")
    if raw.size:
        transfers.record("d2h", raw.itemsize, explicit=False)
    least = 0 if minlength is None else int(minlength)
    given = None if weights is None else kernel_operand(weights)
    return wrap(np.bincount(raw.astype(np.intp), given, least))


def _count_nonzero(a: Any, axis: Any = None) -> Any:
    if not isinstance(a, DeviceArray):
        raise TypeError(f"Argument 'a' has incorrect type (expected device array, got {type(a)}).")
    raw = kernel_operand(a)
    return wrap(np.asarray(np.count_nonzero(raw, axis=axis), np.int64))


def _nan_arg(name: str) -> Any:
    def compute(
        a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False
    ) -> Any:
        return call(getattr(np, name), a, axis=axis, keepdims=keepdims)

    return compute


def _nan_reduction(name: str) -> Any:
    def compute(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        if not isinstance(a, DeviceArray):
            raise TypeError(f"Unsupported type {type(a)}")
        result = REDUCTIONS[name](a, axis, None, out, keepdims)
        # Whether a slice was all NaN is asked on the host.
        transfers.record("d2h", 1, explicit=False)
        return result

    return compute


FUNCTIONS: dict[str, Any] = named(
    {
        "median": _median,
        "nanmedian": lambda a, axis=None, out=None, overwrite_input=False, keepdims=False: call(
            np.nanmedian, a, axis, None, False, keepdims
        ),
        "average": lambda a, axis=None, weights=None, returned=False, *, keepdims=False: call(
            np.average, a, axis, weights, returned, keepdims=keepdims
        ),
        "nanmean": _nanmean,
        "nanvar": lambda a, axis=None, dtype=None, out=None, ddof=0, keepdims=False: call(
            np.nanvar, _filled(a, "nanvar"), axis, dtype, None, ddof, keepdims
        ),
        "nanstd": lambda a, axis=None, dtype=None, out=None, ddof=0, keepdims=False: call(
            np.nanstd, _filled(a, "nanstd"), axis, dtype, None, ddof, keepdims
        ),
        "percentile": _quantile("percentile"),
        "quantile": _quantile("quantile"),
        "nanmax": _nan_reduction("nanmax"),
        "nanmin": _nan_reduction("nanmin"),
        "nanargmax": _nan_arg("nanargmax"),
        "nanargmin": _nan_arg("nanargmin"),
        "count_nonzero": _count_nonzero,
        "bincount": _bincount,
        "digitize": lambda x, bins, right=False: call(np.digitize, x, bins, right),
    }
)
"""The functions by name."""
