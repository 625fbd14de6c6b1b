"""Record CuPy's transfers while a session or guard is open."""

from __future__ import annotations

import sys
import threading
from importlib.machinery import EXTENSION_SUFFIXES
from typing import TYPE_CHECKING, Any

from zarr_devbuf._transfers.recorder import lock, observers

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["attach_cupy", "detach_cupy"]


def attach_cupy() -> None:
    """
    Make CuPy allocate through recording pointers, if CuPy is loaded and a session or guard is open.

    Call it when a session or guard opens, and from code that may be the first to import CuPy. It
    changes the process-wide allocator (`cupy.cuda.set_allocator`), not those that threads have
    set with `cupy.cuda.using_allocator`.
    """
    memory = _real_memory_module()
    if memory is None or not observers():
        return
    from zarr_devbuf._transfers.cupy_allocator import RecordingAllocator  # noqa: PLC0415 - needs CuPy

    def attach() -> None:
        allocator = memory.get_allocator()
        if not isinstance(allocator, RecordingAllocator):
            memory.set_allocator(RecordingAllocator(allocator))

    with lock:
        _on_new_thread(attach)


def detach_cupy() -> None:
    """Restore CuPy's allocator, unless another one has been set in the meantime."""
    memory = _real_memory_module()
    if memory is None or "zarr_devbuf._transfers.cupy_allocator" not in sys.modules:
        return
    from zarr_devbuf._transfers.cupy_allocator import RecordingAllocator  # noqa: PLC0415 - needs CuPy

    def detach() -> None:
        allocator = memory.get_allocator()
        if isinstance(allocator, RecordingAllocator):
            memory.set_allocator(allocator.wrapped)

    with lock:
        _on_new_thread(detach)


def _real_memory_module() -> Any:
    """Return ``cupy.cuda.memory`` if the real CuPy is loaded, else None."""
    memory = sys.modules.get("cupy.cuda.memory")
    file = getattr(memory, "__file__", None) or ""
    # A simulator that is imported under CuPy's name is written in Python, and records by itself.
    compiled = file.endswith(tuple(EXTENSION_SUFFIXES))
    return memory if compiled and hasattr(memory, "set_allocator") else None


def _on_new_thread(change: Callable[[], None]) -> None:
    """
    Run a change of the process-wide allocator on a thread that has no allocator of its own.

    In a block of `using_allocator`, `get_allocator` returns the allocator of the block, and
    `set_allocator` raises an error.
    """
    thread = threading.Thread(target=change, name="zarr_devbuf allocator")
    thread.start()
    thread.join()
