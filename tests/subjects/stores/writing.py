"""Stores that write too much, too little, or what is no value."""

from __future__ import annotations

from typing import Any

from zarr.core.buffer import default_buffer_prototype
from zarr.storage import MemoryStore

from tests.subjects.stores.clean import HOST, Alone


class WritesWholeBlock(MemoryStore):
    caught_by = {"keeps_no_memory_of_callers", "set", "set_sync"}

    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        await super().set(key, self._block(value))

    def set_sync(self, key: str, value: Any) -> None:
        super().set_sync(key, self._block(value))

    @staticmethod
    def _block(value: Any) -> Any:
        array: Any = value.as_array_like()
        base: Any = getattr(array, "base", None)
        if getattr(base, "size", 0) > array.size:
            return type(value)(base.view(type=type(array)) if base.ndim == 1 else array)
        return value


class LosesEmptySync(MemoryStore):
    caught_by = {"overwriting", "set_sync", "sync_and_async_agree"}

    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        await super().set(key, value)

    def set_sync(self, key: str, value: Any) -> None:
        if not hasattr(value, "as_array_like") or len(value):
            super().set_sync(key, value)


class OverwritesExisting(MemoryStore):
    caught_by = {"set_if_not_exists"}

    async def set_if_not_exists(self, key: str, value: Any) -> None:
        await self.set(key, value)


class LeavesTail(MemoryStore):
    caught_by = {"cancelled_read", "overwriting", "sizes", "two_handles"}
    caught_by_on_sim = {"out_of_memory"}

    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        old = self._store_dict.get(key)
        await super().set(key, value)
        self._restore_tail(key, old)

    def set_sync(self, key: str, value: Any) -> None:
        old = self._store_dict.get(key)
        super().set_sync(key, value)
        self._restore_tail(key, old)

    def _restore_tail(self, key: str, old: Any) -> None:
        new = self._store_dict[key]
        if old is not None and 0 < len(new) < len(old):
            self._store_dict[key] = new + old[len(new) :]


class TakesBytes(MemoryStore):
    caught_by = {"bad_values"}

    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        await super().set(key, self._wrap(value))

    def set_sync(self, key: str, value: Any) -> None:
        super().set_sync(key, self._wrap(value))

    @staticmethod
    def _wrap(value: Any) -> Any:
        return HOST.buffer.from_bytes(value) if isinstance(value, bytes) else value


class RemembersSyncReads(MemoryStore):
    """A cache that only `set_sync` updates."""

    caught_by = {"overwriting"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cache: dict[str, Any] = {}

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        prototype = prototype or default_buffer_prototype()
        if key not in self._store_dict or byte_range is not None:
            return super().get_sync(key, prototype=prototype, byte_range=byte_range)
        value = self.cache.setdefault(key, self._store_dict[key])
        return prototype.buffer.from_buffer(value)

    def set_sync(self, key: str, value: Any) -> None:
        self.cache.pop(key, None)
        super().set_sync(key, value)

    def with_read_only(self, read_only: bool = False) -> Any:
        raise NotImplementedError

    async def clear(self) -> None:
        self.cache.clear()
        await super().clear()


class WritesSmallBlocksWhole(Alone):
    caught_by = {"set"}

    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        await super().set(key, self._block(value))

    def set_sync(self, key: str, value: Any) -> None:
        super().set_sync(key, value)

    @staticmethod
    def _block(value: Any) -> Any:
        array: Any = value.as_array_like() if hasattr(value, "as_array_like") else None
        base: Any = getattr(array, "base", None)
        if base is None or not len(value) < getattr(base, "size", 0) < 4096:
            return value
        return type(value)(base.view(type=type(array)))


class WritesSmallBlocksWholeSync(WritesSmallBlocksWhole):
    caught_by = {"set_sync"}

    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        await Alone.set(self, key, value)

    def set_sync(self, key: str, value: Any) -> None:
        super().set_sync(key, self._block(value))


class TakesEmptyForMissing(MemoryStore):
    caught_by = {"set_if_not_exists"}

    async def set_if_not_exists(self, key: str, value: Any) -> None:
        if not self._store_dict.get(key):
            await self.set(key, value)


class WritesOnce(MemoryStore):
    """Remembers what it has written, also when it is gone."""

    caught_by = {"failed_write", "set_if_not_exists"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.written: set[str] = set()

    async def set_if_not_exists(self, key: str, value: Any) -> None:
        if key not in self.written:
            self.written.add(key)
            await super().set_if_not_exists(key, value)
