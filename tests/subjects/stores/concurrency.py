"""Stores that mix up concurrent calls."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Any

from zarr.storage import MemoryStore


class PrototypeOfLastTask(MemoryStore):
    caught_by = {"tasks"}

    current: Any = None

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        self.current = prototype
        await asyncio.sleep(0)
        return await super().get(key, self.current, byte_range)

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)


class PrototypeOfLastThread(MemoryStore):
    caught_by = {"threads"}

    current: Any = None

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        return await super().get(key, prototype, byte_range)

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        self.current = prototype
        time.sleep(0.0002)
        return super().get_sync(key, prototype=self.current, byte_range=byte_range)


class MixesRangesOfTasks(MemoryStore):
    caught_by = {"tasks"}
    caught_by_on_cpu = {"arrays"}
    needs_ranges = True

    key: str = ""

    async def get_ranges(self, key: str, byte_ranges: Any, *, prototype: Any, **kwargs: Any) -> Any:
        self.key = key
        await asyncio.sleep(0)
        async for group in super().get_ranges(self.key, byte_ranges, prototype=prototype, **kwargs):
            yield group


class LoopOfTheFirstCall(MemoryStore):
    """Keeps the event loop on which it was used first in a process."""

    caught_by = {"event_loops"}

    loop: Any = None

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        running = os.getpid(), asyncio.get_running_loop()
        if self.loop is None or self.loop[0] != running[0]:
            self.loop = running
        if self.loop[1] is not running[1]:
            raise RuntimeError("is bound to a different event loop")
        return await super().get(key, prototype, byte_range)

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)

    def __getstate__(self) -> Any:
        return self.__dict__ | {"loop": None}


class ReadsTogether(MemoryStore):
    """Reads a key once for all that ask at a time; if the first gives up, all do."""

    caught_by = {"cancelled_read"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.under_way: dict[Any, Any] = {}

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        request = (key, prototype, byte_range)
        if request in self.under_way:
            return await self.under_way[request]
        self.under_way[request] = asyncio.ensure_future(self._read(*request))
        try:
            return await self.under_way[request]
        finally:
            self.under_way.pop(request, None)

    async def _read(self, key: str, prototype: Any, byte_range: Any) -> Any:
        await asyncio.sleep(0)
        return await super().get(key, prototype, byte_range)

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)


class CancelledIsMissing(MemoryStore):
    caught_by = {"cancelled_read"}

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            return None
        return await super().get(key, prototype, byte_range)

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)


class HoldsWhatWasCancelled(MemoryStore):
    caught_by_on_sim = {"cancelled_read"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.under_way: list[Any] = []

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        found = await super().get(key, prototype, byte_range)
        self.under_way.append(found and found[:].combine([]))
        await asyncio.sleep(0)
        self.under_way.pop()
        return found

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)


class BelongsToItsProcess(MemoryStore):
    """Keeps a connection that a child process must not use."""

    caught_by = {"fork"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._process = os.getpid()

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        if os.getpid() != self._process:
            raise ConnectionError("the connection belongs to another process")
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        return self.get_sync(key, prototype=prototype, byte_range=byte_range)
