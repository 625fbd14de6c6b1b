"""Stores that share memory with their callers, or keep it."""

from __future__ import annotations

import threading
from typing import Any

from zarr.storage import MemoryStore

from tests.subjects.stores.clean import BothWays


class KeepsBuffers(MemoryStore):
    caught_by = {"keeps_no_memory_of_callers"}

    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        self._check_writable()
        self._store_dict[key] = type(value).from_array_like(value.as_array_like())

    def set_sync(self, key: str, value: Any) -> None:
        self._check_writable()
        self._store_dict[key] = type(value).from_array_like(value.as_array_like())


class UpdatesInPlace(MemoryStore):
    caught_by = {"results_are_independent"}

    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        if not self._update(key, value):
            await super().set(key, value)

    def set_sync(self, key: str, value: Any) -> None:
        if not self._update(key, value):
            super().set_sync(key, value)

    def _update(self, key: str, value: Any) -> bool:
        old: Any = self._store_dict.get(key)
        if type(old) is not type(value) or len(old) != len(value):
            return False
        old.as_array_like()[...] = value.as_array_like()
        return True


class KeepsLargeValues(BothWays):
    """Copies what is small, and keeps what would take time to copy."""

    caught_by = {"keeps_no_memory_of_callers"}

    def taken(self, key: str, value: Any) -> None:
        if len(value) > 1024:
            self._store_dict[key] = type(value).from_array_like(value.as_array_like())


class KeepsPartsOfBlocks(BothWays):
    """Assumes that a part of a larger block is never written to."""

    caught_by = {"keeps_no_memory_of_callers"}

    def taken(self, key: str, value: Any) -> None:
        array = value.as_array_like()
        if getattr(array, "base", None) is not None and len(value) == 64:
            self._store_dict[key] = type(value).from_array_like(array)


class StagesParts(BothWays):
    """Reads parts of values into one place."""

    caught_by = {"byte_ranges_of_many_keys", "frees_memory", "results_are_independent", "tasks"}
    caught_by_on_cpu = {"arrays"}
    needs_ranges_for = {"tasks"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stages: dict[Any, Any] = {}

    def given(self, key: str, found: Any, prototype: Any, byte_range: Any) -> Any:
        if byte_range is None or threading.current_thread().name.startswith("zarr_devbuf check"):
            return found
        stage = self.stages.setdefault((prototype, len(found)), found[:].combine([]))
        stage.as_array_like()[...] = found.as_array_like()
        return stage

    def __getstate__(self) -> Any:
        return self.__dict__ | {"stages": {}}


class KeepsAllItReads(BothWays):
    """Remembers every buffer that it has given, for statistics."""

    caught_by = {"frees_memory"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.history: list[Any] = []

    def given(self, key: str, found: Any, prototype: Any, byte_range: Any) -> Any:
        self.history.append(found)
        return found

    def __getstate__(self) -> Any:
        return self.__dict__ | {"history": []}
