"""``cupy.cuda.memory``: pools that report CuPy's sizes; the memory is host memory."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
# ruff: noqa: ARG002 - names and signatures are CuPy's.
from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from zarr_devbuf.simulator._core.current_device import current_id
from zarr_devbuf.simulator._core.errors import OutOfMemoryError, not_implemented
from zarr_devbuf.simulator._core.memory import Block, MemoryPointer, alloc, find_block
from zarr_devbuf.simulator._core.pool import CAPACITY, pool_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "MemoryPointer",
    "MemoryPool",
    "OutOfMemoryError",
    "UnownedMemory",
    "alloc",
    "get_allocator",
    "get_default_memory_pool",
    "set_allocator",
    "using_allocator",
]

BaseMemory = Block


class MemoryPool:
    """The pool of this thread's device; all pools of a device are the same."""

    def malloc(self, size: int) -> MemoryPointer:
        """Allocate bytes."""
        return alloc(size)

    def used_bytes(self) -> int:
        """Return the bytes in use, a multiple of 512."""
        return pool_of(current_id()).used

    def free_bytes(self) -> int:
        """Return the bytes that are held but not in use."""
        pool = pool_of(current_id())
        return pool.total - pool.used

    def total_bytes(self) -> int:
        """Return the bytes held."""
        return pool_of(current_id()).total

    def n_free_blocks(self) -> int:
        """Raise ``NotImplementedError``: the pool does not simulate its blocks."""
        raise not_implemented("cupy.cuda.MemoryPool.n_free_blocks")

    def free_all_blocks(self, stream: Any = None) -> None:
        """Free the memory that is held but not in use."""
        pool_of(current_id()).trim()

    def free_all_free(self) -> None:
        """Call ``free_all_blocks``."""
        self.free_all_blocks()

    def set_limit(self, size: int | None = None, fraction: float | None = None) -> None:
        """Limit the bytes in use on this thread's device; 0 removes the limit."""
        pool = pool_of(current_id())
        if fraction is not None:
            if size is not None:
                raise ValueError("size and fraction cannot be specified at one time")
            if not 0 <= fraction <= 1:
                raise ValueError("fraction must be in range [0, 1]")
            size = int(CAPACITY * fraction)
        if size is None:
            size = 0
        if size < 0:
            raise ValueError("limit must be greater than or equal to 0")
        pool.limit = size

    def get_limit(self) -> int:
        """Return the limit in bytes; 0 if there is none."""
        return pool_of(current_id()).limit


class UnownedMemory(Block):
    """A part of memory with another owner; the address must be in simulated memory."""

    __slots__ = ("_owner",)

    def __init__(self, ptr: int, size: int, owner: Any, device_id: int = -1) -> None:
        source = find_block(ptr)
        self.size = 0
        self.nbytes = source.nbytes
        self.root = source.root
        self._pool = source._pool
        self._ptr = ptr
        self._owner = (source, owner)

    @property
    def ptr(self) -> int:
        """The address."""
        return self._ptr


_pool = MemoryPool()
_allocator: Any = _pool.malloc


def get_default_memory_pool() -> MemoryPool:
    """Return the pool."""
    return _pool


def get_allocator() -> Any:
    """Return the current allocator."""
    return _allocator


def set_allocator(allocator: Any = None) -> None:
    """Set the allocator: that of a pool, or ``None``; others are not implemented."""
    global _allocator  # noqa: PLW0603
    if allocator is None:
        _allocator = alloc
    elif allocator is alloc or isinstance(getattr(allocator, "__self__", None), MemoryPool):
        _allocator = allocator
    else:
        raise not_implemented("cupy.cuda.set_allocator with a custom allocator")


@contextlib.contextmanager
def using_allocator(allocator: Any = None) -> Iterator[None]:
    """Use an allocator for a block."""
    previous = _allocator
    set_allocator(allocator)
    try:
        yield
    finally:
        set_allocator(previous)
