"""Stores that mix up concurrent calls."""

from __future__ import annotations

import asyncio
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
