"""Functions that NumPy computes as CuPy does, called on the memory of device arrays.

Arrays in the arguments must be on the device, and the results are on the device. If the result of
NumPy shares memory with an argument, so does the result here. Every other result is a new array in
C order.
"""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
from __future__ import annotations

import functools
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.simulator._core.accesses import read
from zarr_devbuf.simulator._core.dtypes import check_supported
from zarr_devbuf.simulator._core.interop import from_device_like
from zarr_devbuf.simulator._core.storage import (
    DeviceArray,
    kernel_memory,
    kernel_operand,
    view,
    wrap,
)
from zarr_devbuf.simulator._ordering.tracker import tracker

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["call", "delegate", "host_array_error", "unwrap", "wrap_result"]


def host_array_error(value: Any) -> TypeError:
    """Return the error for a host array that CuPy does not accept."""
    return TypeError(f"Unsupported type {type(value)}")


def unwrap(value: Any, arrays: list[Any], memory_of: Callable[[Any], Any] = kernel_operand) -> Any:
    """Replace device arrays by their memory, also in sequences; append them to `arrays`."""
    if isinstance(value, DeviceArray):
        arrays.append(value)
        return memory_of(value)
    if isinstance(value, (list, tuple)):
        parts = [unwrap(part, arrays, memory_of) for part in value]
        return tuple(parts) if isinstance(value, tuple) else parts
    if isinstance(value, np.ndarray):
        raise host_array_error(value)
    array = from_device_like(value) if hasattr(value, "__cuda_array_interface__") else None
    return value if array is None else unwrap(array, arrays, memory_of)


def wrap_result(result: Any, arrays: list[Any], *, keep_order: bool = False) -> Any:
    """Turn a result of NumPy into device arrays; it shares memory if NumPy's result does."""
    if isinstance(result, np.ndarray):
        if result.base is not None:
            for array in arrays:
                if np.may_share_memory(result, array._raw) or (
                    not result.size and result.base is array._raw
                ):
                    return view(result, array)
        check_supported(result.dtype)
        if not keep_order and not result.flags.c_contiguous:
            result = result.copy("C")
        elif result.base is not None:
            result = result.copy("K")
        return wrap(result)
    if isinstance(result, np.generic):
        return wrap(result)
    if isinstance(result, tuple) and hasattr(result, "_make"):
        return result._make(wrap_result(part, arrays) for part in result)
    if isinstance(result, (list, tuple)):
        return type(result)(wrap_result(part, arrays, keep_order=keep_order) for part in result)
    return result


def call(function: Callable[..., Any], *args: Any, keep_order: bool = False, **kwargs: Any) -> Any:
    """Call a NumPy function on device arrays."""
    arrays: list[Any] = []
    plain = [unwrap(arg, arrays, kernel_memory) for arg in args]
    named = {name: unwrap(arg, arrays, kernel_memory) for name, arg in kwargs.items()}
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        result = function(*plain, **named)
    wrapped = wrap_result(result, arrays, keep_order=keep_order)
    if tracker.active and not _is_view(wrapped):
        for array in arrays:
            read(array)
    return wrapped


def _is_view(result: Any) -> bool:
    """Return whether a result shares memory with an argument, and was not computed."""
    if isinstance(result, (list, tuple)):
        return any(_is_view(part) for part in result)
    return isinstance(result, DeviceArray) and result._base is not None


@functools.cache
def delegate(name: str) -> Callable[..., Any]:
    """Return a function that calls NumPy's function of that name on device arrays."""
    function: Any = functools.reduce(getattr, name.split("."), np)

    @functools.wraps(function)
    def on_device(*args: Any, **kwargs: Any) -> Any:
        return call(function, *args, **kwargs)

    on_device.__doc__ = f"Same as ``numpy.{name}``, on the device."
    on_device.__module__ = "cupy"
    return on_device
