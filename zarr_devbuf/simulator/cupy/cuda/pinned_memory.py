"""Pinned host memory: plain host memory here."""

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
    """Host memory with an address; has the buffer protocol, as CuPy's has."""

    def __init__(self, size: int) -> None:
        self._memory = np.empty(size, np.uint8)

    @property
    def ptr(self) -> int:
        """The real address."""
        return int(self._memory.ctypes.data)

    def size(self) -> int:
        """Return the size in bytes."""
        return self._memory.size

    def __buffer__(self, flags: int) -> memoryview:
        return memoryview(self._memory)


class PinnedMemoryPool:
    """A pool that holds nothing back."""

    def malloc(self, size: int) -> PinnedMemoryPointer:
        """Allocate bytes on the host."""
        return PinnedMemoryPointer(size)

    def n_free_blocks(self) -> int:
        """Return 0: nothing is held back."""
        return 0

    def free_all_blocks(self) -> None:
        """Do nothing: nothing is held back."""


_pool = PinnedMemoryPool()


def get_default_pinned_memory_pool() -> PinnedMemoryPool:
    """Return the pool."""
    return _pool


def alloc_pinned_memory(size: int) -> PinnedMemoryPointer:
    """Allocate bytes on the host."""
    return PinnedMemoryPointer(size)


def set_pinned_memory_allocator(allocator: Any = None) -> None:
    """Accept an allocator; where host memory comes from makes no difference here."""
