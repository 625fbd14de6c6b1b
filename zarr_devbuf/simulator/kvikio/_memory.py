"""The memory that an argument of kvikio names: device or host memory, as an address and a size."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np

from zarr_devbuf.simulator._core.addresses import (
    device_pointer,
    host_of,
    is_device_address,
    record_io,
)
from zarr_devbuf.simulator._core.errors import CUDARuntimeError

__all__ = ["Memory", "invalid_value", "size_t"]


def size_t(value: Any) -> int:
    """Return a number of bytes as an int; fractions are cut off, as kvikio does."""
    if not isinstance(value, int | float | np.number):
        raise TypeError("an integer is required")
    number = int(value)
    if number < 0:
        raise OverflowError("can't convert negative value to size_t")
    return number


def invalid_value() -> RuntimeError:
    """Return the error for memory that is not as large as it is said to be."""
    return RuntimeError("CUDA error: CUDA_ERROR_INVALID_VALUE(invalid argument)")


@final
@dataclass(frozen=True, slots=True)
class Memory:
    """A range of device or host memory.

    Attributes
    ----------
    address : int
        Address of the first byte: fictitious, if the memory is the device's.
    nbytes : int
        Bytes to be moved.
    is_device : bool
        Whether the memory is the device's.
    owner : object
        What keeps the memory alive.
    """

    address: int
    nbytes: int
    is_device: bool
    owner: Any

    @classmethod
    def of(cls, buf: Any, size: Any, *, accepts_host: bool) -> Self:
        """Return the memory of an argument.

        Parameters
        ----------
        buf
            An object with the CUDA array interface or the buffer protocol.
        size
            Bytes, from the start of the memory; ``None`` for all of it.
        accepts_host
            Whether it may be host memory.

        Raises
        ------
        ValueError
            If the memory is not contiguous, is smaller than `size`, or is the host's.
        """
        interface = getattr(buf, "__cuda_array_interface__", None)
        is_device = interface is not None
        if interface is not None:
            address, nbytes, contiguous, owner = _device_range(interface, buf)
        else:
            address, nbytes, contiguous, owner = _host_range(buf)
        if not contiguous:
            raise ValueError("Array must be contiguous")
        if not accepts_host and not is_device:
            raise ValueError("Non-CUDA buffers not supported")
        if size is not None:
            if size > nbytes:
                raise ValueError("Size is greater than the size of the buffer")
            nbytes = size_t(size)
        return cls(address, nbytes, is_device, owner)

    def host_address(self, offset: int, nbytes: int, *, writes: bool, stream: Any = None) -> int:
        """Return the real address of a part of the memory, which is accessed now.

        Parameters
        ----------
        offset, nbytes
            The part, in bytes.
        writes
            Whether it is written; otherwise it is read.
        stream
            The address of the stream that does it. By default a stream of kvikio's own, which the
            host waits for; it is ordered with the default stream alone.

        Raises
        ------
        RuntimeError
            If the part is not in device memory that is allocated.
        """
        if not self.is_device:
            return self.address + offset
        try:
            pointer = device_pointer(self.address + offset)
            address = host_of(self.address + offset, nbytes)
        except CUDARuntimeError as error:
            if is_device_address(self.address):
                raise invalid_value() from error
            raise RuntimeError("KvikIO failure: POSIX error on pread: Bad address") from error
        record_io(pointer, nbytes, writes=writes, stream=stream)
        return address


def _device_range(interface: dict[str, Any], owner: Any) -> tuple[int, int, bool, Any]:
    if interface.get("mask") is not None:
        raise NotImplementedError("mask attribute not supported")
    address, _ = interface["data"]
    itemsize = np.dtype(interface["typestr"]).itemsize
    shape, strides = interface["shape"], interface.get("strides")
    if strides is not None and len(strides) != len(shape):
        raise ValueError("The length of shape and strides must be equal")
    contiguous = strides is None or any(
        list(strides) == _strides(itemsize, list(shape), order) for order in "CF"
    )
    return address, itemsize * math.prod(shape), contiguous, owner


def _strides(itemsize: int, shape: list[int], order: str) -> list[int]:
    steps, step = [], itemsize
    for length in reversed(shape) if order == "C" else shape:
        steps.append(step)
        step *= length
    return steps[::-1] if order == "C" else steps


def _host_range(buf: Any) -> tuple[int, int, bool, Any]:
    try:
        view = memoryview(buf)
    except TypeError:
        raise TypeError(f"a bytes-like object is required, not '{type(buf).__name__}'") from None
    raw = np.asarray(view)
    return int(raw.__array_interface__["data"][0]), view.nbytes, view.contiguous, view
