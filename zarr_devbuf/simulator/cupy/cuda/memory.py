"""``cupy.cuda.memory``: pools and allocators; the memory is host memory."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.simulator._core.async_pool import NO_LIMIT, async_pool
from zarr_devbuf.simulator._core.current_device import current_id, device_count, require_device
from zarr_devbuf.simulator._core.current_stream import current_stream
from zarr_devbuf.simulator._core.dlpack import forget_unused_capsules
from zarr_devbuf.simulator._core.errors import CUDARuntimeError, OutOfMemoryError, not_implemented
from zarr_devbuf.simulator._core.memory import (
    Block,
    ManagedMemory,
    Memory,
    MemoryAsync,
    MemoryPointer,
    PooledManagedMemory,
    PooledMemory,
    UnownedMemory,
    alloc,
    allocation,
    call_hooks,
    thread,
)
from zarr_devbuf.simulator._core.pool import (
    UNIT,
    Pool,
    limit_in_bytes,
    parse_limit,
    pool_of,
    round_size,
)
from zarr_devbuf.simulator.cupy.cuda.stream import BaseStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "BaseMemory",
    "ManagedMemory",
    "Memory",
    "MemoryAsync",
    "MemoryAsyncPool",
    "MemoryPointer",
    "MemoryPool",
    "OutOfMemoryError",
    "PooledMemory",
    "PythonFunctionAllocator",
    "PythonFunctionAllocatorMemory",
    "UnownedMemory",
    "alloc",
    "get_allocator",
    "get_default_memory_pool",
    "malloc_async",
    "malloc_managed",
    "set_allocator",
    "using_allocator",
]

BaseMemory = Block
type Allocator = Callable[[int], MemoryPointer]


def _byte_count(size: Any) -> int:
    nbytes = int(size)
    if nbytes < 0:
        raise OverflowError("can't convert negative value to size_t")
    return nbytes


_allocation_unit_size = UNIT


def _parse_limit_string(limit: str | None = None) -> dict[str, Any]:
    """Return a limit, by default that of the environment, as arguments of ``set_limit``."""
    size, fraction = parse_limit(limit)
    return {"size": size, "fraction": fraction}


def _malloc(size: Any) -> MemoryPointer:
    """Allocate bytes that belong to no pool."""
    return MemoryPointer(Memory(size), 0)


def malloc_managed(size: Any) -> MemoryPointer:
    """Allocate bytes that host code can use at the same address."""
    return MemoryPointer(ManagedMemory(size), 0)


def malloc_async(size: Any) -> MemoryPointer:
    """Allocate bytes on this thread's stream; the simulated device does so at once."""
    stream = current_stream(current_id())
    return MemoryPointer(MemoryAsync(size, BaseStream.null if stream is None else stream), 0)


class PythonFunctionAllocatorMemory(Block):
    """Memory that a function has allocated; another function frees it at the end."""

    __slots__ = ("_free_func", "_source")

    def __init__(self, size: int, malloc_func: Any, free_func: Any, device_id: int) -> None:
        self._start(device_id)
        self._free_func = free_func
        self._source: Any = None
        nbytes = _byte_count(size)
        if not nbytes:
            return
        pointer = malloc_func(nbytes, device_id)
        self._source = UnownedMemory(pointer, nbytes, None, device_id)
        self._ptr = pointer
        self._root = self._source._root
        self.size = nbytes
        self.nbytes = self._source.nbytes

    @property
    def host(self) -> int:
        """The real address of the first byte."""
        return int(self._source.host)

    def __del__(self) -> None:
        if self._ptr:
            self._free_func(self._ptr, self.device_id)


class PythonFunctionAllocator:
    """An allocator that calls a function to allocate, and another one to free.

    Parameters
    ----------
    malloc_func, free_func
        Called with the size in bytes and the number of the device, and with the address and the
        number of the device.
    """

    def __init__(self, malloc_func: Any, free_func: Any) -> None:
        self._malloc_func = malloc_func
        self._free_func = free_func

    def malloc(self, size: Any) -> MemoryPointer:
        """Allocate bytes."""
        memory = PythonFunctionAllocatorMemory(
            size, self._malloc_func, self._free_func, current_id()
        )
        return MemoryPointer(memory, 0)


class MemoryPool:
    """Memory that is kept for reuse, for each device.

    Parameters
    ----------
    allocator
        Where the pool takes memory from: ``None`` for device memory.
    """

    def __init__(self, allocator: Any = None) -> None:
        self._allocator = allocator
        self._devices: dict[int, Pool] = {}
        self._lock = threading.Lock()

    def _pool(self) -> Pool:
        device_id = current_id()
        pool = self._devices.get(device_id)
        if pool is None:
            require_device(device_id)
            with self._lock:
                pool = self._devices.setdefault(device_id, Pool(device_id))
        return pool

    def malloc(self, size: Any) -> MemoryPointer:
        """Allocate bytes."""
        nbytes = _byte_count(size)
        pool = self._pool()
        if not allocation.hooks or not thread.hooks:
            return self._take(pool, nbytes)
        device_id, rounded = pool.device_id, round_size(nbytes)
        call_hooks("malloc_preprocess", device_id=device_id, size=nbytes, mem_size=rounded)
        pointer = None
        taken = nbytes and not pool.finds_free(nbytes)
        if taken:
            call_hooks("alloc_preprocess", device_id=device_id, mem_size=rounded)
        try:
            pointer = self._take(pool, nbytes)
        finally:
            address = 0 if pointer is None else pointer.ptr
            if taken:
                call_hooks(
                    "alloc_postprocess", device_id=device_id, mem_size=rounded, mem_ptr=address
                )
            call_hooks(
                "malloc_postprocess",
                device_id=device_id,
                size=nbytes,
                mem_size=rounded,
                mem_ptr=address,
                pmem_id=0 if pointer is None else id(pointer.mem),
            )
        return pointer

    def _take(self, pool: Pool, nbytes: int) -> MemoryPointer:
        if not nbytes:
            return _malloc(0)
        allocator = self._allocator
        if allocator is malloc_managed:
            return MemoryPointer(PooledManagedMemory(nbytes, None, pool), 0)
        block: Any = PooledMemory(nbytes, None, pool)
        if allocator is None or allocator in (_malloc, malloc_async):
            block.nbytes = block.size
            return MemoryPointer(block, 0)
        return self._take_from(allocator, block)

    @staticmethod
    def _take_from(allocator: Any, block: Any) -> MemoryPointer:
        """Give a block the memory of an allocator of one's own; the block keeps it."""
        source = allocator(block.size)
        block._ptr = source.ptr
        block._root = _Kept(source).root
        block.nbytes = block.size
        return MemoryPointer(block, 0)

    def _figures(self) -> Pool:
        forget_unused_capsules()
        return self._pool()

    def used_bytes(self) -> int:
        """Return the bytes in use, a multiple of 512."""
        return self._figures().used

    def free_bytes(self) -> int:
        """Return the bytes that are held but not in use."""
        pool = self._figures()
        return pool.total - pool.used

    def total_bytes(self) -> int:
        """Return the bytes held."""
        return self._figures().total

    def n_free_blocks(self) -> int:
        """Return the number of blocks that are held but not in use."""
        return self._figures().free_blocks

    def free_all_blocks(self, stream: Any = None) -> None:
        """Free the blocks that are not in use and not split, of all streams or of one."""
        self._pool().trim(None if stream is None else stream.ptr)

    def free_all_free(self) -> None:
        """Call ``free_all_blocks``; deprecated."""
        warnings.warn(
            "free_all_free is deprecated. Use free_all_blocks instead.",
            DeprecationWarning,
            stacklevel=2,
        )
        self.free_all_blocks()

    def set_limit(self, size: int | None = None, fraction: float | None = None) -> None:
        """Limit the bytes held on this thread's device; 0 removes the limit."""
        self._pool().limit = limit_in_bytes(size, fraction)

    def get_limit(self) -> int:
        """Return the limit in bytes; 0 if there is none."""
        return self._pool().limit


class _Kept:
    """The memory of a pointer as an array that keeps the pointer."""

    def __init__(self, pointer: MemoryPointer) -> None:
        self.pointer = pointer
        size = pointer.mem.size - pointer.offset
        self.__array_interface__ = {
            "shape": (size,),
            "typestr": "|u1",
            "data": (pointer._host(size), False),
            "version": 3,
        }
        self.root = np.asarray(self)


class _DefaultMemoryPool(MemoryPool):
    """The pool that arrays use; its figures are those of `pool_of`."""

    def _pool(self) -> Pool:
        return pool_of(current_id())


_DefaultMemoryPool.__name__ = "MemoryPool"


class MemoryAsyncPool:
    """The pool of each device that the driver keeps for asynchronous allocations.

    Parameters
    ----------
    pool_handles
        ``"current"`` or ``"default"``, or a list of these for each device; handles of other pools
        raise ``NotImplementedError``.
    """

    memoryAsyncHasStat = True  # noqa: N815 - CuPy's name.

    def __init__(self, pool_handles: Any = "current") -> None:
        single = isinstance(pool_handles, str) or not isinstance(pool_handles, Sequence)
        for number in range(device_count()):
            handle = pool_handles if single else pool_handles[number]
            if isinstance(handle, int):
                raise not_implemented("cupy.cuda.MemoryAsyncPool with the handle of a pool")
            if handle == "create":
                raise NotImplementedError("cudaMemPoolCreate is not yet supported")
            if handle not in ("current", "default"):
                raise ValueError(
                    "handle must be 'default' (for the device's default pool), 'current' (for the "
                    "device's current pool), or int (a pointer to cudaMemPool_t)"
                )
            self._limit(number, *parse_limit())

    @staticmethod
    def _limit(number: int, size: int | None, fraction: float | None) -> None:
        async_pool(number).limit = limit_in_bytes(size, fraction) or NO_LIMIT

    def malloc(self, size: Any) -> MemoryPointer:
        """Allocate bytes on this thread's stream."""
        nbytes = _byte_count(size)
        rounded = round_size(nbytes)
        pool = async_pool(current_id())
        total = pool.total
        if total - pool.used < rounded and max(pool.limit, total) < total + rounded:
            raise OutOfMemoryError(nbytes, total, pool.limit)
        try:
            return malloc_async(rounded)
        except CUDARuntimeError:
            raise OutOfMemoryError(nbytes, total, pool.limit) from None

    def free_all_blocks(self, stream: Any = None) -> None:
        """Wait for a stream, and return the memory that is not in use."""
        (
            current_stream(current_id()) or BaseStream.null if stream is None else stream
        ).synchronize()
        async_pool(current_id()).trim()

    def n_free_blocks(self) -> int:
        """Raise ``NotImplementedError``, as in CuPy."""
        raise NotImplementedError("This function is not supported in MemoryAsyncPool")

    def used_bytes(self) -> int:
        """Return the bytes in use on this thread's device."""
        return async_pool(current_id()).used

    def free_bytes(self) -> int:
        """Return the bytes that are held but not in use."""
        pool = async_pool(current_id())
        return pool.total - pool.used

    def total_bytes(self) -> int:
        """Return the bytes held."""
        return async_pool(current_id()).total

    def set_limit(self, size: int | None = None, fraction: float | None = None) -> None:
        """Limit the bytes held on this thread's device; 0 removes the limit."""
        self._limit(current_id(), size, fraction)

    def get_limit(self) -> int:
        """Return the limit in bytes; ``2**64 - 1`` if there is none."""
        return async_pool(current_id()).limit


_pool = _DefaultMemoryPool()
allocation.default = allocation.process = _pool.malloc


def get_default_memory_pool() -> MemoryPool:
    """Return the pool that arrays use unless there is another allocator."""
    return _pool


def get_allocator() -> Any:
    """Return the allocator of this thread."""
    return thread.allocator or allocation.process


def set_allocator(allocator: Allocator | None = None) -> None:
    """Set the allocator of the process; ``None`` for memory that belongs to no pool."""
    if thread.allocator is not None:
        raise ValueError(
            "Can't change the global allocator inside `using_allocator` context manager"
        )
    allocation.process = _malloc if allocator is None else allocator
    allocation.change()


@contextlib.contextmanager
def using_allocator(allocator: Allocator | None = None) -> Iterator[None]:
    """Use an allocator for a block, in this thread."""
    previous = thread.allocator
    thread.allocator = _malloc if allocator is None else allocator
    allocation.change(blocks=1)
    try:
        yield
    finally:
        thread.allocator = previous
        allocation.change(blocks=-1)
