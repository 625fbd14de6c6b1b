"""Stores that are opened wrongly, or have to be opened first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

from zarr.storage import MemoryStore

from tests.subjects.stores.clean import PlainStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class OpensWritable(PlainStore):
    caught_by = {"open"}

    @classmethod
    async def open(cls, *args: Any, read_only: bool = False, **kwargs: Any) -> Any:
        return await super().open(*args, **kwargs)


class OpensNothing(PlainStore):
    """Forgets what it is to be opened with."""

    caught_by = {"open"}

    @classmethod
    async def open(cls, *args: Any, read_only: bool = False, **kwargs: Any) -> Any:
        return await super().open(read_only=read_only)


class Located(PlainStore):
    """A clean store that is found again by its URL."""

    places: ClassVar[dict[str, Any]] = {}

    def __str__(self) -> str:
        url = f"plain://{id(self.contents)}"
        self.places[url] = self.contents
        return url

    @classmethod
    def from_url(cls, url: str, *, read_only: bool = False) -> Any:
        return cls(cls.places[url], read_only=read_only)


class LocatedWritable(Located):
    caught_by = {"open"}

    @classmethod
    def from_url(cls, url: str, *, read_only: bool = False) -> Any:
        return cls(cls.places[url])


class LocatedElsewhere(Located):
    caught_by = {"open"}

    @classmethod
    def from_url(cls, url: str, *, read_only: bool = False) -> Any:
        return cls(dict(cls.places[url]), read_only=read_only)


class MeasuresIfOpen(MemoryStore):
    caught_by = {"opens_itself"}

    async def getsize(self, key: str) -> int:
        if not self._is_open:
            raise RuntimeError("the store is not open")
        return await super().getsize(key)


class OpensTwice(MemoryStore):
    """Waits while it opens, and opens again what another task has opened meanwhile."""

    caught_by = {"opened_by_tasks"}

    async def _open(self) -> None:
        await asyncio.sleep(0)
        await super()._open()


class ReadsIfOpen(PlainStore):
    """Is opened by what writes or lists, and by nothing else."""

    caught_by = {
        "clear",
        "opened_by_tasks",
        "opens_itself",
        "pickling",
        "two_handles",
        "with_read_only",
    }

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        if not self._is_open:
            raise RuntimeError("the store is not open")
        return await super().get(key, prototype, byte_range)


class AtPath(PlainStore):
    """A clean store whose keys begin with a path."""

    def __init__(self, contents: Any = None, *, path: str = "", read_only: bool = False) -> None:
        super().__init__(contents, read_only=read_only)
        self.path = path.strip("/")

    def within(self, key: str) -> str:
        return f"{self.path}/{key}" if self.path else key

    def with_read_only(self, read_only: bool = False) -> Any:
        return type(self)(self.contents, path=self.path, read_only=read_only)

    def find(self, key: str, prototype: Any, byte_range: Any) -> Any:
        return super().find(self.within(key), prototype, byte_range)

    async def set(self, key: str, value: Any) -> None:
        await super().set(self.within(key), value)

    async def delete(self, key: str) -> None:
        await super().delete(self.within(key))

    async def exists(self, key: str) -> bool:
        return await super().exists(self.within(key))

    async def list(self) -> AsyncIterator[str]:
        async for key in self.list_prefix(""):
            yield key

    async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        async for key in super().list_prefix(self.within(prefix)):
            yield key.removeprefix(self.within(""))

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        async for name in super().list_dir(self.within(prefix)):
            yield name


class ListsWithPath(AtPath):
    caught_by = {"path"}

    async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        async for key in PlainStore.list_prefix(self, self.within(prefix)):
            yield key


class ClearsBesidePath(AtPath):
    """As `zarr.storage.ManagedMemoryStore`."""

    caught_by = {"path"}

    async def clear(self) -> None:
        self._check_writable()
        self.contents.clear()
