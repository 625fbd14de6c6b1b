"""Stores that lose values, or hold memory or locks, if a call fails."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from zarr.storage import MemoryStore

from tests.subjects.stores.clean import Alone, PlainStore, Wrapper


class AnyErrorIsMissing(MemoryStore):
    caught_by = {"failed_read"}

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        try:
            return await super().get(key, prototype, byte_range)
        except OSError:
            return None

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        try:
            return super().get_sync(key, prototype=prototype, byte_range=byte_range)
        except OSError:
            return None


class DeletesFirst(PlainStore):
    caught_by = {"failed_write"}

    async def set(self, key: str, value: Any) -> None:
        self._check_writable()
        self.contents.pop(key, None)
        self.contents[key] = value.to_bytes()


class NoMemoryIsMissing(PlainStore):
    caught_by_on_sim = {"out_of_memory"}

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        try:
            return await super().get(key, prototype, byte_range)
        except MemoryError:
            return None


class HoldsAfterFailure(PlainStore):
    """Reads into a staging area on the device, and gives it back only if all goes well."""

    caught_by_on_sim = {"out_of_memory"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.staging: list[Any] = []

    def find(self, key: str, prototype: Any, byte_range: Any) -> Any:
        found = super().find(key, prototype, byte_range)
        if found is not None:
            self.staging.append(found)
            found = prototype.buffer(found.as_array_like().copy())
            self.staging.pop()
        return found


class StaysLocked(Wrapper):
    """Takes a lock, and gives it back if all goes well."""

    def __init__(self, store: Any) -> None:
        super().__init__(store)
        self.lock = asyncio.Lock()

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        await self.lock.acquire()
        found = await super().get(key, prototype, byte_range)
        self.lock.release()
        return found


class StaysLockedSync(Alone):
    """The same, with a lock of threads, which what awaits does not take: it would stop the loop."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lock = threading.Lock()

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        self.lock.acquire()
        found = super().get_sync(key, prototype=prototype, byte_range=byte_range)
        self.lock.release()
        return found

    def __getstate__(self) -> Any:
        return {name: value for name, value in self.__dict__.items() if name != "lock"}

    def __setstate__(self, state: Any) -> None:
        self.__dict__ |= state
        self.lock = threading.Lock()
