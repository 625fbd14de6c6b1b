"""Convolution and correlation of sequences."""

from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.numpy_fallback import host_array_error
from zarr_devbuf.simulator._core.storage import DeviceArray, kernel_operand, wrap
from zarr_devbuf.simulator._functions.naming import named

__all__ = ["FUNCTIONS"]

_MODES = ("full", "same", "valid")


def _convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    if a.size == 0:
        raise ValueError("a cannot be empty")
    if v.size == 0:
        raise ValueError("v cannot be empty")
    if v.ndim > 1:
        raise ValueError("v cannot be multidimensional array")
    return _computed("convolve", a.ravel(), v.ravel(), mode)


def _correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    if a.size == 0 or v.size == 0:
        raise ValueError("Array arguments cannot be empty")
    if a.ndim != 1 or v.ndim != 1:
        raise ValueError("object too deep for desired array")
    return _computed("correlate", a, v, mode)


def _computed(name: str, a: Any, v: Any, mode: Any) -> Any:
    _check_arrays(name, a, v, mode)
    if mode not in _MODES:
        # CuPy's own error for integers; for other numbers it depends on their count.
        if not {a.dtype.kind, v.dtype.kind} & set("bui"):
            raise not_implemented(f"cupy.{name} with the mode {mode!r}")
        raise UnboundLocalError(
            "cannot access local variable 'out_size' where it is not associated with a value"
        )
    dtype = np.result_type(a.dtype, v.dtype)
    # Half precision is computed with single precision.
    inner = np.dtype(np.float32) if dtype.kind == "f" and dtype.itemsize == 2 else dtype
    left, right = kernel_operand(a).astype(inner), kernel_operand(v).astype(inner)
    function = np.convolve if name == "convolve" else np.correlate
    with np.errstate(all="ignore"):
        return wrap(np.ascontiguousarray(function(left, right, mode)).astype(dtype, copy=False))


def _check_arrays(name: str, a: Any, v: Any, mode: Any) -> None:
    longer, shorter = (a, v) if a.size >= v.size else (v, a)
    if isinstance(longer, DeviceArray) and isinstance(shorter, DeviceArray):
        return
    if not {longer.dtype.kind, shorter.dtype.kind} & set("bui"):
        raise not_implemented(f"cupy.{name} of host arrays")
    if isinstance(longer, DeviceArray):
        raise host_array_error(shorter)
    if mode == "valid":
        raise TypeError("Cannot convert memoryview to cupy.cuda.memory.MemoryPointer")
    raise ValueError("non-scalar numpy.ndarray cannot be used for fill")


FUNCTIONS: dict[str, Any] = named({"convolve": _convolve, "correlate": _correlate})
"""The functions by name."""
