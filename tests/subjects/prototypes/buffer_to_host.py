"""Broken buffers that the checks in `zarr_devbuf.checks.prototype.buffer_to_host` catch."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.subjects.prototypes.derive import Mixin

# Mixins call methods of the class that they are mixed with, which mypy cannot know.
# mypy: disable-error-code="misc, no-any-return, type-arg"


class CutsAtTheLastZero(Mixin):
    caught_by: ClassVar = {"to_host"}

    def to_bytes(self) -> bytes:
        return super().to_bytes().rstrip(b"\0")


class GivesItsBytesBackwards(Mixin):
    caught_by: ClassVar = {"to_host", "host_copies"}

    def as_buffer_like(self) -> Any:
        return bytearray(self.as_numpy_array()[::-1])


class ReadsOnce(Mixin):
    caught_by: ClassVar = {"to_host", "one_transfer"}

    def as_numpy_array(self) -> Any:
        if "read" not in self.__dict__:
            self.__dict__["read"] = super().as_numpy_array().copy()
        return self.__dict__["read"]


class ReadsIntoOnePlace(Mixin):
    """Reads into one array for each length, as into pinned memory."""

    caught_by: ClassVar = {"to_host", "threads"}
    places: ClassVar[dict[int, Any]] = {}

    def as_numpy_array(self) -> Any:
        read = super().as_numpy_array()
        place = self.places.setdefault(len(read), read.copy())
        place[...] = read
        return place


class CountsWords(Mixin):
    caught_by: ClassVar = {"length"}

    def __len__(self) -> int:
        return -(-super().__len__() // 4) * 4


class CountsOnce(Mixin):
    """Has the length of the whole buffer, even if it is a part."""

    caught_by: ClassVar = {"length"}

    def __init__(self, array_like: Any) -> None:
        super().__init__(array_like)
        self.__dict__["count"] = len(array_like)

    def __getitem__(self, key: slice) -> Any:
        part = super().__getitem__(key)
        part.__dict__["count"] = self.__dict__["count"]
        return part

    def __len__(self) -> int:
        return self.__dict__["count"]


class ReadsOneMebibyte(Mixin):
    caught_by: ClassVar = {"to_host"}

    def to_bytes(self) -> bytes:
        data = super().to_bytes()
        return data[: 1 << 20] + bytes(max(len(data) - (1 << 20), 0))
