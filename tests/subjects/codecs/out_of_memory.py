"""Codecs that do not recover from an allocation failure."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from tests.subjects.codecs.base import Stateful
from tests.subjects.codecs.clean import Xor

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer
    from zarr.core.array_spec import ArraySpec


class GoesOn(Xor):
    """Returns its input if it runs out of memory."""

    codec_name = "test.goes_on"
    caught_by = {"out_of_memory"}

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        try:
            return Xor.encoded(self, data, spec)
        except MemoryError:
            return data


class StaysLocked(Stateful):
    """Does not release its lock if it fails."""

    codec_name = "test.stays_locked"
    caught_by = {"out_of_memory", "history", "memory_is_released"}

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        lock = self.__dict__.setdefault("_lock", _Lock())
        if not lock.acquire(timeout=0.5):
            raise TimeoutError("busy")
        done = Xor.encoded(self, data, spec)
        lock.release()
        return done


class _Lock:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.acquire, self.release = self._lock.acquire, self._lock.release

    def __deepcopy__(self, _memo: Any) -> Any:
        return _Lock()
