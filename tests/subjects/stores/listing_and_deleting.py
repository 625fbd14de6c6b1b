"""Stores that list, measure or delete the wrong keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from zarr.storage import MemoryStore

from tests.subjects.stores.clean import PlainStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class ListsTwice(MemoryStore):
    caught_by = {"listing"}

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        for key in tuple(self._store_dict):
            if key.startswith(f"{prefix}/"):
                yield key.removeprefix(f"{prefix}/").partition("/")[0]


class ListsNothing(PlainStore):
    caught_by = {"listing"}

    supports_listing = False

    async def list(self) -> AsyncIterator[str]:
        nothing: tuple[str, ...] = ()
        for key in nothing:
            yield key


class PrefixesExist(MemoryStore):
    caught_by = {"exists"}

    async def exists(self, key: str) -> bool:
        return any(each.startswith(key) for each in self._store_dict)


class SizeOfNothing(MemoryStore):
    caught_by = {"sizes"}

    async def getsize(self, key: str) -> int:
        return len(self._store_dict.get(key, b""))


class DeletesNeighbours(MemoryStore):
    caught_by = {"delete"}

    async def delete_dir(self, prefix: str) -> None:
        for key in tuple(self._store_dict):
            if key.startswith(prefix):
                await self.delete(key)


class DeletesSilently(PlainStore):
    caught_by = {"delete"}

    supports_deletes = False

    async def clear(self) -> None:
        self.contents.clear()


class KeepsMetadata(MemoryStore):
    caught_by = {"clear"}

    async def clear(self) -> None:
        for key in tuple(self._store_dict):
            if not key.endswith("zarr.json"):
                await self.delete(key)


class ListsNothingAtTheRoot(MemoryStore):
    caught_by = {"listing"}

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        if prefix:
            async for name in super().list_dir(prefix):
                yield name


class ListsPaths(MemoryStore):
    """Knows directories one level deep."""

    caught_by = {"listing"}

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        start = f"{prefix.rstrip('/')}/" if prefix else ""
        depth = 1 if prefix.count("/") < 2 else 2
        inside = [key.removeprefix(start) for key in self._store_dict if key.startswith(start)]
        for name in {"/".join(key.split("/")[:depth]) for key in inside}:
            yield name


class QuotesKeys(MemoryStore):
    caught_by = {"listing"}

    async def list(self) -> AsyncIterator[str]:
        async for key in super().list():
            yield quote(key)


class LosesAccents(MemoryStore):
    """Writes names as ASCII, as some archives do."""

    caught_by = {"exists"}

    async def exists(self, key: str) -> bool:
        return key.isascii() and await super().exists(key)


class FindsEmptyByLetters(MemoryStore):
    caught_by = {"listing"}

    async def is_empty(self, prefix: str) -> bool:
        return not any(key.startswith(prefix) for key in self._store_dict)


class RemembersSizes(MemoryStore):
    caught_by = {"sizes"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sizes: dict[str, int] = {}

    async def getsize(self, key: str) -> int:
        if key not in self._store_dict:
            raise FileNotFoundError(key)
        return self.sizes.setdefault(key, len(self._store_dict[key]))

    async def clear(self) -> None:
        self.sizes.clear()
        await super().clear()
