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
    caught_by = {"with_read_only"}

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
