"""Stores that pickle, compare or protect themselves wrongly."""

from __future__ import annotations

from typing import Any

from zarr.storage import MemoryStore

from tests.subjects.stores.clean import PlainStore


class PicklesEmpty(MemoryStore):
    caught_by = {"pickling"}

    def __reduce__(self) -> Any:
        return type(self), ()


class ForgetsReadOnly(PlainStore):
    caught_by = {"read_only"}

    def __init__(self, contents: Any = None, *, read_only: bool = True) -> None:
        super().__init__(contents, read_only=read_only)

    async def set(self, key: str, value: Any) -> None:
        self.contents[key] = value.to_bytes()


class ForgetsOneWay(MemoryStore):
    caught_by = {"open", "with_read_only"}

    async def set_if_not_exists(self, key: str, value: Any) -> None:
        self._store_dict.setdefault(key, type(value).from_array_like(value.as_array_like().copy()))


class PicklesWritable(MemoryStore):
    caught_by = {"pickling"}

    def __reduce__(self) -> Any:
        return type(self), (self._store_dict,)


class EqualsAll(MemoryStore):
    caught_by = {"equality"}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self))

    __hash__ = None  # type: ignore[assignment]


class DeletesDirectoriesAlways(MemoryStore):
    caught_by = {"with_read_only"}

    async def delete_dir(self, prefix: str) -> None:
        for key in tuple(self._store_dict):
            if key.startswith(f"{prefix.rstrip('/')}/" if prefix else ""):
                del self._store_dict[key]


class SnapshotForReaders(MemoryStore):
    """Gives readers the contents as they are at the time of the call."""

    caught_by = {"with_read_only"}

    def __init__(
        self, store_dict: Any = None, *, read_only: bool = False, origin: Any = None
    ) -> None:
        super().__init__(store_dict, read_only=read_only)
        self.origin = self._store_dict if origin is None else origin

    def with_read_only(self, read_only: bool = False) -> Any:
        if read_only:
            return type(self)(dict(self._store_dict), read_only=True, origin=self.origin)
        return type(self)(self.origin)


class ReadOnlyByDefault(MemoryStore):
    caught_by = {"with_read_only"}

    def with_read_only(self, read_only: bool = True) -> Any:
        return super().with_read_only(read_only)


class RemembersWhatWasMissing(PlainStore):
    """Each handle has a cache of its own."""

    caught_by = {"two_handles"}

    def __init__(self, contents: Any = None, *, read_only: bool = False) -> None:
        super().__init__(contents, read_only=read_only)
        self.missing: set[str] = set()

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        if key in self.missing:
            return None
        found = await super().get(key, prototype, byte_range)
        if found is None:
            self.missing.add(key)
        return found

    async def set(self, key: str, value: Any) -> None:
        await super().set(key, value)
        self.missing.discard(key)


class ReplacesAlways(MemoryStore):
    """Asks whether it may write only if the key is new."""

    caught_by = {"group_members", "with_read_only"}

    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        self.set_sync(key, value)

    def set_sync(self, key: str, value: Any) -> None:
        if key in self._store_dict:
            MemoryStore(self._store_dict).set_sync(key, value)
        else:
            super().set_sync(key, value)
