"""``cupy.cuda.memory_hook``: functions that are called at each allocation of a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from zarr_devbuf.simulator._core.memory import allocation, thread

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["MemoryHook", "get_memory_hooks"]


def get_memory_hooks() -> dict[str, Any]:
    """Return the hooks of this thread by name."""
    return thread.hooks


class MemoryHook:
    """Base class of hooks; as a context manager, it is called for a block."""

    name = "MemoryHook"

    def __enter__(self) -> Self:
        if self.name in thread.hooks:
            raise KeyError(f"memory hook {self.name} already exists")
        thread.hooks[self.name] = self
        allocation.change(hooks=1)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        del thread.hooks[self.name]
        allocation.change(hooks=-1)

    def alloc_preprocess(self, **kwargs: Any) -> None:
        """Be called before a pool takes memory from the device."""

    def alloc_postprocess(self, **kwargs: Any) -> None:
        """Be called after a pool has taken memory from the device."""

    def malloc_preprocess(self, **kwargs: Any) -> None:
        """Be called before memory is taken from a pool."""

    def malloc_postprocess(self, **kwargs: Any) -> None:
        """Be called after memory was taken from a pool."""

    def free_preprocess(self, **kwargs: Any) -> None:
        """Be called before memory returns to a pool."""

    def free_postprocess(self, **kwargs: Any) -> None:
        """Be called after memory has returned to a pool."""
