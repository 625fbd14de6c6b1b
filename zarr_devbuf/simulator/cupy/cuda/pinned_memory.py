"""``cupy.cuda.pinned_memory``: pinned memory is ordinary host memory, from CuPy's pools."""

# ruff: noqa: SLF001 - the state of memory is private to this module.
from __future__ import annotations

import operator
import threading
import weakref
from typing import Any

import numpy as np

from zarr_devbuf.simulator._ordering.host_memory import register_pinned

__all__ = [
    "PinnedMemory",
    "PinnedMemoryPointer",
    "PinnedMemoryPool",
    "PooledPinnedMemory",
    "alloc_pinned_memory",
    "get_default_pinned_memory_pool",
    "set_pinned_memory_allocator",
]

_UNIT = 512


class PinnedMemory:
    """Host memory of a number of bytes.

    Parameters
    ----------
    size
        Bytes.
    flags
        CUDA's flags, kept as ``flags``; they have no effect on ordinary memory.
    """

    def __init__(self, size: int, flags: int = 0) -> None:
        self.size = size
        self.flags = flags
        self._memory: Any = np.empty(size, np.uint8)
        self.ptr = int(self._memory.ctypes.data) if size else 0
        register_pinned(self._memory)

    def __int__(self) -> int:
        return self.ptr


class PooledPinnedMemory(PinnedMemory):
    """Memory that a pool has given; it returns to the pool at the end."""

    def __init__(self, mem: PinnedMemory, pool: Any) -> None:
        self.ptr, self.size = mem.ptr, mem.size
        self.mem, self.pool = mem, pool
        self._memory = getattr(mem, "_memory", None)

    def free(self) -> None:
        """Return the memory to the pool."""
        pool = self.pool()
        if pool is not None and self.ptr:
            pool._give(self.mem, self.size)
        self.ptr = self.size = 0

    __del__ = free


class PinnedMemoryPointer:
    """An address in pinned memory; it supports the buffer protocol."""

    def __init__(self, mem: Any, offset: int) -> None:
        self.mem = mem
        self.ptr = mem.ptr + offset

    def __int__(self) -> int:
        return int(self.ptr)

    def __add__(self, offset: int) -> PinnedMemoryPointer:
        return PinnedMemoryPointer(self.mem, self.ptr - self.mem.ptr + offset)

    __radd__ = __add__

    def __iadd__(self, offset: int) -> PinnedMemoryPointer:  # noqa: PYI034 - as in CuPy
        self.ptr += offset
        return self

    def __sub__(self, offset: int) -> PinnedMemoryPointer:
        return self + -offset

    def __isub__(self, offset: int) -> PinnedMemoryPointer:  # noqa: PYI034 - as in CuPy
        self.ptr -= offset
        return self

    def size(self) -> int:
        """Return the bytes from the address to the end of the memory."""
        return int(self.mem.size - (self.ptr - self.mem.ptr))

    def __buffer__(self, flags: int) -> memoryview:
        start = self.ptr - self.mem.ptr
        part = self.mem._memory[start : start + self.size()]
        return memoryview(part.view(np.int8))


def _malloc(size: int) -> PinnedMemoryPointer:
    return PinnedMemoryPointer(PinnedMemory(size), 0)


class PinnedMemoryPool:
    """Pinned memory that is kept for reuse, in powers of two of at least 512 bytes.

    Parameters
    ----------
    allocator
        Where the pool takes memory from.
    """

    def __init__(self, allocator: Any = _malloc) -> None:
        self._allocator = allocator
        self._free: dict[int, list[Any]] = {}
        self._lock = threading.Lock()

    def malloc(self, size: int) -> PinnedMemoryPointer:
        """Allocate bytes on the host."""
        size = operator.index(size)
        if size < 0:
            raise OverflowError("can't convert negative value to size_t")
        if not size:
            return _malloc(0)
        size = max(_UNIT, 1 << (size - 1).bit_length())
        with self._lock:
            free = self._free.get(size)
            mem = free.pop() if free else None
        if mem is None:
            mem = self._allocator(size).mem
        return PinnedMemoryPointer(PooledPinnedMemory(mem, weakref.ref(self)), 0)

    def _give(self, mem: Any, size: int) -> None:
        # Without the lock, which the garbage collector could ask for while this thread holds it.
        self._free.setdefault(size, []).append(mem)

    def free_all_blocks(self) -> None:
        """Free the blocks that are not in use."""
        self._free.clear()

    def n_free_blocks(self) -> int:
        """Return the number of blocks that are held but not in use."""
        return sum(len(free) for free in list(self._free.values()))


_pool = PinnedMemoryPool()
_allocator: Any = _pool.malloc


def get_default_pinned_memory_pool() -> PinnedMemoryPool:
    """Return the pool that is used unless there is another allocator."""
    return _pool


def alloc_pinned_memory(size: int) -> Any:
    """Allocate bytes on the host with the current allocator."""
    return _allocator(size)


def set_pinned_memory_allocator(allocator: Any = None) -> None:
    """Set the allocator of pinned memory; ``None`` for memory that belongs to no pool."""
    global _allocator  # noqa: PLW0603
    _allocator = _malloc if allocator is None else allocator
