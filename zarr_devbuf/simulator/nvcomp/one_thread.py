"""A codec belongs to one thread at a time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["OneThread"]


@final
class OneThread:
    """A block that only one thread at a time may be in; another one gets an error, and no wait.

    Parameters
    ----------
    name
        What the error calls the object that the block uses.
    """

    __slots__ = ("_lock", "_name", "_thread")

    def __init__(self, name: str) -> None:
        self._lock = threading.RLock()
        self._name = name
        self._thread = ""

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise RuntimeError(
                f"{self._name} is used by two threads at once: {self._thread!r} and "
                f"{threading.current_thread().name!r}. nvCOMP does not support that. Make a Codec "
                "for each thread."
            )
        self._thread = threading.current_thread().name

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._lock.release()
