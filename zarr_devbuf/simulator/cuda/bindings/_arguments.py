"""Arguments and results of CUDA's functions."""

from __future__ import annotations

import ctypes
import functools
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.simulator._core.addresses import device_pointer, is_device_address
from zarr_devbuf.simulator._core.errors import CUDARuntimeError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Handle", "address_of", "copy", "returns_errors"]

_LEGACY = 1


class Handle:
    """A number that stands for an object of CUDA: a stream, an event, a device, an address."""

    __slots__ = ("_value",)

    def __init__(self, init_value: Any = 0) -> None:
        self._value = int(init_value)

    def __int__(self) -> int:
        return self._value

    __index__ = __int__

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and int(self) == int(other)

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {hex(self._value)}>"


def address_of(argument: Any) -> int:
    """Return the address that an argument names: a number, a handle, or host memory."""
    if argument is None:
        return 0
    try:
        return operator.index(argument)
    except TypeError:
        view = np.asarray(memoryview(argument))
        return int(view.__array_interface__["data"][0])


def returns_errors(success: Any, count: int = 1) -> Callable[..., Callable[..., Any]]:
    """Return a decorator for a function of CUDA, which returns its error instead of raising it.

    Parameters
    ----------
    success
        The error that is none, a member of the enumeration of errors.
    count
        How many results the function has besides; after an error they are None.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> tuple[Any, ...]:
            try:
                result = function(*args, **kwargs)
            except CUDARuntimeError as error:
                return type(success)(error.status), *[None] * count
            results = result if count > 1 else [result] * count
            return success, *results

        return wrapper

    return decorate


def copy(  # noqa: PLR0917 - as CUDA's functions pass them
    dst: Any,
    src: Any,
    count: int,
    to_device: bool | None,
    from_device: bool | None,
    stream: Any = None,
) -> None:
    """Copy bytes between addresses; copies between host and device are recorded as transfers.

    Parameters
    ----------
    dst, src
        Addresses, or host memory.
    count
        Bytes.
    to_device, from_device
        Whether the addresses are in device memory; ``None`` to find out.
    stream
        The stream, for an asynchronous copy.
    """
    target, source = address_of(dst), address_of(src)
    if not count:
        return
    if to_device is None:
        to_device = is_device_address(target)
    if from_device is None:
        from_device = is_device_address(source)
    if to_device and from_device:
        where = _LEGACY if stream is None else stream
        device_pointer(target).copy_from_device_async(device_pointer(source), count, where)
    elif to_device and stream is None:
        device_pointer(target).copy_from_host(source, count)
    elif to_device:
        device_pointer(target).copy_from_host_async(source, count, stream)
    elif from_device and stream is None:
        device_pointer(source).copy_to_host(target, count)
    elif from_device:
        device_pointer(source).copy_to_host_async(target, count, stream)
    else:
        np.copyto(_bytes_at(target, count), _bytes_at(source, count))


def _bytes_at(address: int, count: int) -> Any:
    return np.ctypeslib.as_array((ctypes.c_uint8 * count).from_address(address))
