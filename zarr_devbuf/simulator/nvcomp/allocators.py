"""The allocators of nvCOMP, and memory from them.

Device memory comes from the allocator that is set. By default a stream allocates it, as
``cudaMallocAsync`` does: it belongs to no pool of CuPy, and counts as memory in use of the device.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.simulator._core.array import ndarray
from zarr_devbuf.simulator._core.current_device import current_id, restore, use
from zarr_devbuf.simulator._core.errors import CUDARuntimeError
from zarr_devbuf.simulator._core.memory import MemoryAsync, MemoryPointer, UnownedMemory
from zarr_devbuf.simulator.nvcomp._signatures import signature
from zarr_devbuf.simulator.nvcomp.errors import cuda_failure

if TYPE_CHECKING:
    from zarr_devbuf.simulator.nvcomp.stream import CudaStream

__all__ = [
    "device_bytes",
    "host_bytes",
    "pinned_bytes",
    "set_device_allocator",
    "set_host_allocator",
    "set_pinned_allocator",
]

_allocators: dict[str, Any] = {"device": None, "host": None, "pinned": None}


@signature("(allocator: object = None) -> None")
def set_device_allocator(allocator: Any) -> None:
    """Set what allocates device memory from now on, in all threads.

    Parameters
    ----------
    allocator
        Called with the number of bytes and a `CudaStream`; returns an object with ``ptr``, an
        address in the simulated device's memory, which is freed with the object. ``None`` for
        memory that the stream allocates.
    """
    _allocators["device"] = allocator


@signature("(allocator: object = None) -> None")
def set_host_allocator(allocator: Any) -> None:
    """Set what allocates host memory for arrays from now on, as for `set_device_allocator`."""
    _allocators["host"] = allocator


@signature("(allocator: object = None) -> None")
def set_pinned_allocator(allocator: Any) -> None:
    """Set what allocates pinned memory from now on, as for `set_device_allocator`.

    It serves for the sizes that are read back from the device, 8 bytes for each array.
    """
    _allocators["pinned"] = allocator


for _function in (set_device_allocator, set_host_allocator, set_pinned_allocator):
    _function.__module__ = "nvidia.nvcomp.nvcomp_impl"


def _allocate(nbytes: int, stream: CudaStream) -> MemoryAsync:
    try:
        return MemoryAsync(nbytes, stream)
    except CUDARuntimeError as error:
        raise cuda_failure(error) from error


def device_bytes(nbytes: int, stream: CudaStream) -> Any:
    """Return new memory on the stream's device, as a device array of uint8.

    Parameters
    ----------
    nbytes
        The number of bytes; the shape of the result is ``(nbytes,)``.
    stream
        The stream that allocates and frees.

    Raises
    ------
    RuntimeError
        If the memory of the device, or its limit, does not suffice.
    """
    here = current_id()
    use(stream.device)
    try:
        allocator = _allocators["device"]
        if allocator is None or not nbytes:
            pointer = MemoryPointer(_allocate(nbytes, stream), 0)
        else:
            memory = allocator(nbytes, stream)
            pointer = MemoryPointer(UnownedMemory(memory.ptr, nbytes, memory), 0)
        return ndarray((nbytes,), np.uint8, pointer)
    finally:
        restore(here)


def _host(kind: str, nbytes: int, stream: CudaStream) -> tuple[Any, Any]:
    allocator = _allocators[kind]
    if allocator is None or not nbytes:
        return np.empty(nbytes, np.uint8), None
    memory = allocator(nbytes, stream)
    buffer = (ctypes.c_uint8 * nbytes).from_address(int(memory.ptr))
    return np.frombuffer(buffer, np.uint8), memory


def host_bytes(nbytes: int, stream: CudaStream) -> tuple[Any, Any]:
    """Return new host memory as a NumPy array of uint8, and what must live as long."""
    return _host("host", nbytes, stream)


def pinned_bytes(nbytes: int, stream: CudaStream) -> tuple[Any, Any]:
    """Return new pinned memory as a NumPy array of uint8, and what must live as long."""
    return _host("pinned", nbytes, stream)
