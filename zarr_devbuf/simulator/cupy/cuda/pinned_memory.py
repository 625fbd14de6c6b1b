"""``cupy.cuda.pinned_memory``: pinned memory is ordinary host memory here."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "PinnedMemoryPointer",
    "PinnedMemoryPool",
    "alloc_pinned_memory",
    "get_default_pinned_memory_pool",
    "set_pinned_memory_allocator",
]


class PinnedMemoryPointer:
    """Host memory with an address; it supports the buffer protocol, as in CuPy."""

    def __init__(self, size: int) -> None:
        self._memory = np.empty(size, np.uint8)

    @property
    def ptr(self) -> int:
        """The address."""
        return int(self._memory.ctypes.data)

    def size(self) -> int:
        """Return the size in bytes."""
        return self._memory.size

    def __buffer__(self, flags: int) -> memoryview:
        return memoryview(self._memory)


class PinnedMemoryPool:
    """A pool that holds no memory for reuse."""

    def malloc(self, size: int) -> PinnedMemoryPointer:
        """Allocate bytes on the host."""
        return PinnedMemoryPointer(size)

    def n_free_blocks(self) -> int:
        """Return 0: no memory is held."""
        return 0

    def free_all_blocks(self) -> None:
        """Do nothing: no memory is held."""


_pool = PinnedMemoryPool()


def get_default_pinned_memory_pool() -> PinnedMemoryPool:
    """Return the pool."""
    return _pool


def alloc_pinned_memory(size: int) -> PinnedMemoryPointer:
    """Allocate bytes on the host."""
    return PinnedMemoryPointer(size)


def set_pinned_memory_allocator(allocator: Any = None) -> None:
    """Do nothing: the allocator of host memory makes no difference."""
