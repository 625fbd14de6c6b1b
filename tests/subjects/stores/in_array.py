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


class RemembersDocuments(MemoryStore):
    """Parses each document once, and does not notice that a directory was deleted."""

    caught_by = {"group_members"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.documents: dict[str, Any] = {}

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        found = await super().get(key, prototype, byte_range)
        if not key.endswith("zarr.json") or byte_range is not None:
            return found
        if found is not None and found.to_bytes().startswith(b"{\n"):
            self.documents[key] = self._store_dict[key]
        elif found is None and key in self.documents:
            return prototype.buffer.from_buffer(self.documents[key])
        return found

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)

    async def delete(self, key: str) -> None:
        self.documents.pop(key, None)
        await super().delete(key)

    def delete_sync(self, key: str) -> None:
        self.documents.pop(key, None)
        super().delete_sync(key)

    async def delete_dir(self, prefix: str) -> None:
        self._check_writable()
        prefix = prefix and f"{prefix}/"
        for key in [key for key in self._store_dict if key.startswith(prefix)]:
            del self._store_dict[key]
