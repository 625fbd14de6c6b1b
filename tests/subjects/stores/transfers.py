"""Stores that transfer twice, or implicitly."""

from __future__ import annotations

from typing import Any

import numpy as np
from zarr.core.buffer import default_buffer_prototype
from zarr.storage import MemoryStore

from tests.subjects.stores.clean import HOST, PlainStore


class Detours(MemoryStore):
    caught_by_on_sim = {"transfers"}

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        return self._round_trip(await super().get(key, prototype, byte_range), prototype)

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        found = super().get_sync(key, prototype=prototype, byte_range=byte_range)
        return self._round_trip(found, prototype or default_buffer_prototype())

    @staticmethod
    def _round_trip(found: Any, prototype: Any) -> Any:
        return found if found is None else prototype.buffer.from_bytes(found.to_bytes())


class DetoursIfLarge(Detours):
    caught_by_on_sim = {"transfers"}

    @staticmethod
    def _round_trip(found: Any, prototype: Any) -> Any:
        small = found is None or len(found) < 1 << 20
        return found if small else prototype.buffer.from_bytes(found.to_bytes())


class HandsHostMemory(PlainStore):
    caught_by_on_sim = {"implicit_transfers"}

    def find(self, key: str, prototype: Any, byte_range: Any) -> Any:
        found = super().find(key, HOST, byte_range)
        if found is None or issubclass(HOST.buffer, prototype.buffer):
            return found
        return prototype.buffer(np.frombuffer(found.to_bytes(), "B"))


class HandsLargeHostMemory(HandsHostMemory):
    caught_by_on_sim = {"implicit_transfers"}

    def find(self, key: str, prototype: Any, byte_range: Any) -> Any:
        if len(self.contents.get(key, b"")) > 1 << 16:
            return super().find(key, prototype, byte_range)
        return PlainStore.find(self, key, prototype, byte_range)
