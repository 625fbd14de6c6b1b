"""
CuPy's device pointer and allocator, with an account of what is copied.

The one module of the ledger that needs CuPy. It is imported when CuPy is loaded already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, final

from cupy.cuda.memory import MemoryPointer

from zarr_devbuf._transfers.declarations import unrecorded
from zarr_devbuf._transfers.recorder import admit, enter, watchers

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr_devbuf._transfers.transfer import Direction

__all__ = ["CountingAllocator", "CountingPointer"]


@final
class CountingPointer(MemoryPointer):  # type: ignore[misc]  # CuPy has no types
    """
    A pointer to device memory that records the copies between it and host memory.

    CuPy's arrays make all such copies through the four methods below, and their views hold
    pointers made by addition. A guard's refusal comes before the copy, the record after it, so
    that a copy that fails is not counted.
    """

    __slots__ = ()

    @classmethod
    def at(cls, pointer: MemoryPointer) -> Self:
        """Point at the same place of the same memory, which stays alive as long."""
        memory = pointer.mem
        return cls(memory, pointer.ptr - memory.ptr)

    def __add__(self, offset: int) -> Self:
        return self.at(MemoryPointer.__add__(self, offset))

    __radd__ = __add__

    def copy_from_host(self, mem: Any, size: int) -> None:
        """Copy from host memory, waiting for the end of it."""
        __tracebackhide__ = True
        self._copy("h2d", size, MemoryPointer.copy_from_host, mem, size)

    def copy_from_host_async(self, mem: Any, size: int, stream: Any = None) -> None:
        """Copy from host memory, in the order of a stream."""
        __tracebackhide__ = True
        self._copy("h2d", size, MemoryPointer.copy_from_host_async, mem, size, stream)

    def copy_to_host(self, mem: Any, size: int) -> None:
        """Copy to host memory, waiting for the end of it."""
        __tracebackhide__ = True
        self._copy("d2h", size, MemoryPointer.copy_to_host, mem, size)

    def copy_to_host_async(self, mem: Any, size: int, stream: Any = None) -> None:
        """Copy to host memory, in the order of a stream."""
        __tracebackhide__ = True
        self._copy("d2h", size, MemoryPointer.copy_to_host_async, mem, size, stream)

    def _copy(
        self, direction: Direction, nbytes: int, copy: Callable[..., None], *args: Any
    ) -> None:
        __tracebackhide__ = True
        entry = None
        if watchers() and not unrecorded():
            entry = admit(direction, nbytes, None)
        copy(self, *args)
        if entry is not None:
            enter(entry)


@final
class CountingAllocator:
    """
    An allocator that hands out another one's memory behind counting pointers.

    The other's pools, limits and errors stay as they are.
    """

    __slots__ = ("wrapped",)

    def __init__(self, wrapped: Callable[[int], MemoryPointer]) -> None:
        self.wrapped = wrapped

    def __call__(self, size: int) -> CountingPointer:
        return CountingPointer.at(self.wrapped(size))
