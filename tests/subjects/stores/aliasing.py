"""Stores that share memory with their callers, or keep it."""

from __future__ import annotations

import threading
from typing import Any

from zarr.storage import MemoryStore

from tests.subjects.stores.clean import BothWays, LimitedCache


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
        self._check_writable()
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


class KeepsMebibytes(KeepsLargeValues):
    caught_by = {"keeps_no_memory_of_callers"}

    def taken(self, key: str, value: Any) -> None:
        if len(value) > 1 << 20:
            super().taken(key, value)


class KeepsPartsOfBlocks(BothWays):
    """Assumes that a part of a larger block is never written to."""

    caught_by = {"keeps_no_memory_of_callers"}

    def taken(self, key: str, value: Any) -> None:
        array = value.as_array_like()
        if getattr(array, "base", None) is not None and len(value) == 64:
            self._store_dict[key] = type(value).from_array_like(array)


class StagesParts(BothWays):
    """Reads parts of values into one place."""

    caught_by = {
        "byte_ranges_of_many_keys",
        "frees_memory",
        "many_ranges",
        "results_are_independent",
        "tasks",
    }
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


class StagesLargeValues(BothWays):
    """Has one place for values of up to 1 MiB, and one for larger ones."""

    caught_by = {"results_are_independent"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stages: dict[Any, Any] = {}

    def given(self, key: str, found: Any, prototype: Any, byte_range: Any) -> Any:
        if byte_range is not None or len(found) <= 1 << 16:
            return found
        kind = prototype, len(found) > 1 << 20
        stage = self.stages.get(kind)
        if stage is None or len(stage) < len(found):
            stage = self.stages[kind] = found[:].combine([])
        stage.as_array_like()[: len(found)] = found.as_array_like()
        return stage[: len(found)]

    async def clear(self) -> None:
        self.stages.clear()
        await super().clear()


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


class CachesWithoutLimit(LimitedCache):
    caught_by = {"cache_limit"}

    async def make_room(self, length: int) -> bool:
        return True


class CachesWhatIsTooLarge(LimitedCache):
    """Makes room, even for what does not fit."""

    caught_by = {"cache_limit"}

    async def make_room(self, length: int) -> bool:
        await super().make_room(length)
        return True
