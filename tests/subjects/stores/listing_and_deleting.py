"""Stores that list, measure or delete the wrong keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unicodedata import normalize
from urllib.parse import quote

from zarr.storage import MemoryStore

from tests.subjects.stores.clean import BothWays, PlainStore

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
        self._check_writable()
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


class NamesThePrefix(MemoryStore):
    """Has another name for a parameter that zarr passes by name."""

    caught_by = {"listing"}

    async def list_prefix(self, path: str) -> AsyncIterator[str]:
        async for key in super().list_prefix(path):
            yield key


class QuotesKeys(MemoryStore):
    caught_by = {"listing", "names"}

    async def list(self) -> AsyncIterator[str]:
        async for key in super().list():
            yield quote(key)


class LosesAccents(MemoryStore):
    """Writes names as ASCII, as some archives do."""

    caught_by = {"exists", "names"}

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


class DeletesNotTheRoot(MemoryStore):
    """Looks for keys that begin with a slash."""

    caught_by = {"delete"}

    async def delete_dir(self, prefix: str) -> None:
        self._check_writable()
        for key in tuple(self._store_dict):
            if key.startswith(prefix.rstrip("/") + "/"):
                await self.delete(key)


class MeasuresNotTheRoot(MemoryStore):
    caught_by = {"sizes"}

    async def getsize_prefix(self, prefix: str) -> int:
        start = prefix.rstrip("/") + "/"
        return sum(len(value) for key, value in self._store_dict.items() if key.startswith(start))


class ForgetsByDelete(MemoryStore):
    """Remembers parts of values, until the key itself is written or deleted."""

    caught_by = {"clear", "delete", "group_members"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parts: dict[Any, Any] = {}

    @property
    def _supports_sync_io(self) -> bool:
        return False

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        known = (key, prototype, byte_range)
        if known not in self.parts:
            found = await super().get(key, prototype, byte_range)
            if found is None:
                return None
            self.parts[known] = found
        return self.parts[known]

    def _forget(self, key: str) -> None:
        for known in [known for known in self.parts if known[0] == key]:
            del self.parts[known]

    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        await super().set(key, value)
        self._forget(key)

    async def delete(self, key: str) -> None:
        await super().delete(key)
        self._forget(key)

    async def delete_dir(self, prefix: str) -> None:
        prefix = prefix and f"{prefix}/"
        for key in [key for key in self._store_dict if key.startswith(prefix)]:
            del self._store_dict[key]

    def with_read_only(self, read_only: bool = False) -> Any:
        raise NotImplementedError

    def __getstate__(self) -> Any:
        return self.__dict__ | {"parts": {}}


class ClearsAlways(PlainStore):
    caught_by = {"clear_read_only"}

    async def clear(self) -> None:
        self.contents.clear()


class FoldsCase(BothWays):
    """Has the names of some file systems."""

    caught_by = {"names"}

    def set_sync(self, key: str, value: Any) -> None:
        super().set_sync(self._name(key), value)

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        return super().get_sync(self._name(key), prototype=prototype, byte_range=byte_range)

    def _name(self, key: str) -> str:
        for each in tuple(self._store_dict):
            if each.casefold() == key.casefold():
                return each
        return key


class ShortensNames(FoldsCase):
    def _name(self, key: str) -> str:
        return key[:150] if len(key) > 170 else key

    caught_by = {"names"}


class ComposesCharacters(FoldsCase):
    caught_by = {"names"}

    def _name(self, key: str) -> str:
        return normalize("NFC", key)


class ListsOnePage(MemoryStore):
    caught_by = {"many_keys"}

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        number = 0
        async for name in super().list_dir(prefix):
            number += 1
            if number <= 1000:
                yield name


class DeletesOnePage(MemoryStore):
    caught_by = {"many_keys"}

    async def delete_dir(self, prefix: str) -> None:
        self._check_writable()
        start = prefix and f"{prefix.rstrip('/')}/"
        for key in [key for key in self._store_dict if key.startswith(start)][:1000]:
            await self.delete(key)


class FindsBelowValues(MemoryStore):
    """Answers for the longest beginning that has a value."""

    caught_by = {"below_a_value"}

    async def exists(self, key: str) -> bool:
        return await super().exists(key) or key.rpartition("/")[0] in self._store_dict
