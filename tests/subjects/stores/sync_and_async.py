"""Stores whose synchronous and asynchronous methods differ."""

from __future__ import annotations

from typing import Any

from zarr.core.buffer import default_buffer_prototype
from zarr.storage import MemoryStore

from tests.subjects.stores.clean import PlainStore


class StaleSyncCache(MemoryStore):
    caught_by = {"clear", "delete", "sync_and_async_agree", "two_handles"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cache: dict[str, Any] = {}

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        value = self._store_dict.get(key)
        if value is not None:
            self.cache[key] = value
        elif key in self.cache:
            return (prototype or default_buffer_prototype()).buffer.from_buffer(self.cache[key])
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)

    def delete_sync(self, key: str) -> None:
        self.cache.pop(key, None)
        super().delete_sync(key)


class HalfSync(PlainStore):
    caught_by = {"sync_surface"}

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        return self.find(key, prototype or default_buffer_prototype(), byte_range)


class CountsAwaited(MemoryStore):
    caught_by = {"sync_overrides"}

    count = 0

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        self.count += 1
        return await super().get(key, prototype, byte_range)


class IndexesAwaited(MemoryStore):
    """Looks keys up in an index, of which only `set` and `delete` know."""

    caught_by = {"sync_and_async_agree"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.index: dict[str, None] = dict.fromkeys(self._store_dict)

    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        await super().set(key, value)
        self.index[key] = None

    def set_sync(self, key: str, value: Any) -> None:
        super().set_sync(key, value)

    async def exists(self, key: str) -> bool:
        return key in self.index and key in self._store_dict

    def with_read_only(self, read_only: bool = False) -> Any:
        store: Any = super().with_read_only(read_only)
        store.index = self.index
        return store

    async def set_if_not_exists(self, key: str, value: Any) -> None:
        await super().set_if_not_exists(key, value)
        self.index[key] = None
