"""
A device pointer and an allocator for CuPy that record copies.

The only module of `zarr_devbuf.transfers` that needs CuPy. It is imported after CuPy is loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, final

from cupy.cuda.memory import MemoryPointer

from zarr_devbuf._transfers.declarations import unrecorded
from zarr_devbuf._transfers.recorder import announce, commit, observers

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr_devbuf._transfers.transfer import Direction

__all__ = ["RecordingAllocator", "RecordingPointer"]


@final
class RecordingPointer(MemoryPointer):  # type: ignore[misc]  # CuPy has no types
    """
    A pointer to device memory that records the copies between it and host memory.

    CuPy's arrays make all such copies through the four methods below, and their views hold
    pointers made by addition. A guard is asked before the copy. The transfer is recorded after the
    copy, so that a copy that fails is not counted.
    """

    __slots__ = ()

    @classmethod
    def at(cls, pointer: MemoryPointer) -> Self:
        """Return a pointer to the same address of the same memory, which it keeps alive."""
        memory = pointer.mem
        return cls(memory, pointer.ptr - memory.ptr)

    def __add__(self, offset: int) -> Self:
        return self.at(MemoryPointer.__add__(self, offset))

    __radd__ = __add__

    def copy_from_host(self, mem: Any, size: int) -> None:
        """Copy from host memory, and wait until the copy is complete."""
        __tracebackhide__ = True
        self._copy("h2d", size, MemoryPointer.copy_from_host, mem, size)

    def copy_from_host_async(self, mem: Any, size: int, stream: Any = None) -> None:
        """Copy from host memory, in stream order."""
        __tracebackhide__ = True
        self._copy("h2d", size, MemoryPointer.copy_from_host_async, mem, size, stream)

    def copy_to_host(self, mem: Any, size: int) -> None:
        """Copy to host memory, and wait until the copy is complete."""
        __tracebackhide__ = True
        self._copy("d2h", size, MemoryPointer.copy_to_host, mem, size)

    def copy_to_host_async(self, mem: Any, size: int, stream: Any = None) -> None:
        """Copy to host memory, in stream order."""
        __tracebackhide__ = True
        self._copy("d2h", size, MemoryPointer.copy_to_host_async, mem, size, stream)

    def _copy(
        self, direction: Direction, nbytes: int, copy: Callable[..., None], *args: Any
    ) -> None:
        __tracebackhide__ = True
        entry = None
        if observers() and not unrecorded():
            entry = announce(direction, nbytes, None)
        copy(self, *args)
        if entry is not None:
            commit(entry)


@final
class RecordingAllocator:
    """
    An allocator that returns the memory of another allocator through `RecordingPointer`.

    The pools, limits and errors of the other allocator stay as they are.
    """

    __slots__ = ("wrapped",)

    def __init__(self, wrapped: Callable[[int], MemoryPointer]) -> None:
        self.wrapped = wrapped

    def __call__(self, size: int) -> RecordingPointer:
        return RecordingPointer.at(self.wrapped(size))
