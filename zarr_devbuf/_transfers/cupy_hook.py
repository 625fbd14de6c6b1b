"""Have CuPy's transfers recorded while somebody watches."""

from __future__ import annotations

import sys
import threading
from importlib.machinery import EXTENSION_SUFFIXES
from typing import TYPE_CHECKING, Any

from zarr_devbuf._transfers.account import accounted_transfer
from zarr_devbuf._transfers.recorder import lock, watchers

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["accounted_transfer", "attach_cupy", "detach_cupy"]


def attach_cupy() -> None:
    """
    Let CuPy allocate through pointers that record, if CuPy is loaded and somebody watches.

    To be called when a session or guard opens, and by whatever may be the first to import CuPy.
    Changes the process-wide allocator (`cupy.cuda.set_allocator`), not those that threads have
    chosen with `cupy.cuda.using_allocator`.
    """
    memory = _real_memory_module()
    if memory is None or not watchers():
        return
    from zarr_devbuf._transfers.cupy_allocator import CountingAllocator  # noqa: PLC0415 - needs CuPy

    def attach() -> None:
        allocator = memory.get_allocator()
        if not isinstance(allocator, CountingAllocator):
            memory.set_allocator(CountingAllocator(allocator))

    with lock:
        _on_a_fresh_thread(attach)


def detach_cupy() -> None:
    """Give CuPy its allocator back, unless somebody has set another one meanwhile."""
    memory = _real_memory_module()
    if memory is None or "zarr_devbuf._transfers.cupy_allocator" not in sys.modules:
        return
    from zarr_devbuf._transfers.cupy_allocator import CountingAllocator  # noqa: PLC0415 - needs CuPy

    def detach() -> None:
        allocator = memory.get_allocator()
        if isinstance(allocator, CountingAllocator):
            memory.set_allocator(allocator.wrapped)

    with lock:
        _on_a_fresh_thread(detach)


def _real_memory_module() -> Any:
    """Return ``cupy.cuda.memory`` where the real CuPy is loaded, else None."""
    memory = sys.modules.get("cupy.cuda.memory")
    file = getattr(memory, "__file__", None) or ""
    # What else goes by CuPy's name (a simulator) is written in Python, and records by itself.
    compiled = file.endswith(tuple(EXTENSION_SUFFIXES))
    return memory if compiled and hasattr(memory, "set_allocator") else None


def _on_a_fresh_thread(change: Callable[[], None]) -> None:
    """
    Run a change of the process-wide allocator where no thread-local one hides or forbids it.

    In a block of `using_allocator`, `get_allocator` answers with that block's allocator and
    `set_allocator` refuses.
    """
    thread = threading.Thread(target=change, name="zarr_devbuf allocator")
    thread.start()
    thread.join()
