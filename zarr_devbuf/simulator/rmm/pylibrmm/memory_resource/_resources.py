"""Memory resources that allocate memory of the device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr_devbuf.simulator._core.errors import CUDARuntimeError, not_implemented
from zarr_devbuf.simulator._core.held_memory import free, hold
from zarr_devbuf.simulator._core.memory import ManagedMemory, Memory, MemoryAsync
from zarr_devbuf.simulator.rmm.pylibrmm._byte_sizes import parse_bytes
from zarr_devbuf.simulator.rmm.pylibrmm.memory_resource._base import DeviceMemoryResource

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr_devbuf.simulator._core.memory import Block
    from zarr_devbuf.simulator.rmm.pylibrmm.stream import Stream

__all__ = [
    "CallbackMemoryResource",
    "CudaAsyncMemoryResource",
    "CudaMemoryResource",
    "ManagedMemoryResource",
]


def _hold(make: Callable[[], Block], nbytes: int) -> int:
    try:
        return hold(make, nbytes)
    except CUDARuntimeError as error:
        raise MemoryError(
            f"std::bad_alloc: out_of_memory: CUDA error (failed to allocate {nbytes} bytes): "
            "cudaErrorMemoryAllocation out of memory"
        ) from error


def _release(ptr: int) -> None:
    try:
        free(ptr)
    except CUDARuntimeError as error:
        raise RuntimeError(
            f"rmm: the memory at 0x{ptr:x} is not allocated, or freed already"
        ) from error


class CudaMemoryResource(DeviceMemoryResource):
    """Allocates memory that belongs to no pool, as ``cudaMalloc`` does."""

    def _allocate(self, nbytes: int, stream: Stream) -> int:  # noqa: ARG002
        return _hold(lambda: Memory(nbytes), nbytes)

    def _deallocate(self, ptr: int, nbytes: int, stream: Stream) -> None:  # noqa: ARG002
        _release(ptr)


class ManagedMemoryResource(CudaMemoryResource):
    """Allocates managed memory, which host code can use at the same address."""

    def _allocate(self, nbytes: int, stream: Stream) -> int:  # noqa: ARG002
        return _hold(lambda: ManagedMemory(nbytes), nbytes)


class CudaAsyncMemoryResource(CudaMemoryResource):
    """Allocates memory on a stream, as ``cudaMallocAsync`` does.

    Parameters
    ----------
    initial_pool_size, release_threshold
        Bytes that the driver keeps for reuse; without effect.
    enable_ipc, enable_fabric
        Whether other processes can use the memory: not implemented.
    """

    def __init__(
        self,
        initial_pool_size: int | str | None = None,
        release_threshold: int | None = None,  # noqa: ARG002
        enable_ipc: bool = False,
        enable_fabric: bool = False,
    ) -> None:
        if initial_pool_size is not None:
            parse_bytes(initial_pool_size)
        if enable_ipc or enable_fabric:
            raise not_implemented("rmm.mr.CudaAsyncMemoryResource for other processes")

    def _allocate(self, nbytes: int, stream: Stream) -> int:
        return _hold(lambda: MemoryAsync(nbytes, stream), nbytes)


class CallbackMemoryResource(DeviceMemoryResource):
    """Calls functions to allocate and to free memory.

    Parameters
    ----------
    allocate_func
        Called with the number of bytes and the stream; returns an address.
    deallocate_func
        Called with the address, the number of bytes and the stream.
    """

    def __init__(
        self,
        allocate_func: Callable[[int, Any], int],
        deallocate_func: Callable[[int, int, Any], None],
    ) -> None:
        self._allocate_func = allocate_func
        self._deallocate_func = deallocate_func

    def _allocate(self, nbytes: int, stream: Stream) -> int:
        try:
            return self._allocate_func(nbytes, stream)
        except (MemoryError, RuntimeError):
            raise
        # It passes through C++, which has no other errors.
        except BaseException as error:
            raise RuntimeError(str(error)) from error

    def _deallocate(self, ptr: int, nbytes: int, stream: Stream) -> None:
        self._deallocate_func(ptr, nbytes, stream)
