"""Stores that break only in the use by arrays."""

from __future__ import annotations

from typing import Any

from zarr.storage import MemoryStore


class ForgetsChunks(MemoryStore):
    """Has room for so few values that a single one, or two, never show it."""

    caught_by = {"arrays"}

    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        await super().set(key, value)
        self._forget()

    def set_sync(self, key: str, value: Any) -> None:
        super().set_sync(key, value)
        self._forget()

    def _forget(self) -> None:
        chunks = [key for key in tuple(self._store_dict) if key.endswith(("/c/0/0", "/c/3/1"))]
        if len(chunks) > 1:
            self._store_dict.pop(chunks[0])
