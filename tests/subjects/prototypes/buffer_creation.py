"""Broken buffers that the checks in `zarr_devbuf.checks.prototype.buffer_creation` catch."""

from __future__ import annotations

import time
from abc import abstractmethod
from typing import Any, ClassVar

import zarr.buffer.cpu

from tests.subjects.prototypes.derive import Mixin, is_device

# Mixins call methods of the class that they are mixed with, which mypy cannot know.
# mypy: disable-error-code="misc, no-any-return, type-arg"


class NDLeavesAMethodAbstract(Mixin):
    caught_by: ClassVar = {"prototype_classes"}

    @abstractmethod
    def as_numpy_array(self) -> Any:
        return super().as_numpy_array()


class HasOneByteWhenEmpty(Mixin):
    caught_by: ClassVar = {"zero_length"}

    @classmethod
    def create_zero_length(cls) -> Any:
        return cls(cls.backend.xp.zeros(1, dtype="B"))


class TakesBytesForText(Mixin):
    caught_by: ClassVar = {"from_bytes", "host_copies"}

    @classmethod
    def from_bytes(cls, bytes_like: Any) -> Any:
        return super().from_bytes(bytes(byte & 0x7F for byte in bytes(bytes_like)))


class StagesInTheClass(Mixin):
    caught_by: ClassVar = {"from_bytes", "frees_memory", "threads"}
    stages: ClassVar[dict[Any, Any]] = {}

    @classmethod
    def from_bytes(cls, bytes_like: Any) -> Any:
        made = super().from_bytes(bytearray(bytes_like))
        stage = cls.stages.setdefault((cls, len(made)), made)
        stage[:] = made.as_array_like()
        time.sleep(0.005)  # lets the other threads run
        return stage


class StagesSixtyFourKibibytes(Mixin):
    caught_by: ClassVar = {"from_bytes", "host_copies", "threads"}

    @classmethod
    def from_bytes(cls, bytes_like: Any) -> Any:
        data = bytearray(bytes_like)
        data[1 << 16 :] = bytes(len(data[1 << 16 :]))
        return super().from_bytes(data)


class KeepsWhatItHasMade(Mixin):
    caught_by: ClassVar = {"frees_memory", "from_bytes", "one_transfer"}
    made: ClassVar[dict[Any, Any]] = {}

    @classmethod
    def from_bytes(cls, bytes_like: Any) -> Any:
        data = bytes(bytes_like)
        if (cls, data) not in cls.made:
            cls.made[cls, data] = super().from_bytes(bytearray(data))
        return cls.made[cls, data]


class CopiesTheArray(Mixin):
    caught_by: ClassVar = {"from_array_like"}

    @classmethod
    def from_array_like(cls, array_like: Any) -> Any:
        return cls(array_like.copy())


class CopiesTheBuffer(Mixin):
    caught_by: ClassVar = {"from_buffer_shares"}

    @classmethod
    def from_buffer(cls, buffer: Any) -> Any:
        return cls(super().from_buffer(buffer).as_array_like().copy())


class RemembersTheHost(Mixin):
    """Is right until it is called with a host buffer."""

    caught_by: ClassVar = {"from_buffer_shares", "stays_on_device"}
    seen = False

    @classmethod
    def from_buffer(cls, buffer: Any) -> Any:
        if not is_device(buffer.as_array_like()):
            cls.seen = True
        return cls.from_bytes(buffer.to_bytes()) if cls.seen else super().from_buffer(buffer)


class TrustsItsOwnClassOnly(Mixin):
    caught_by: ClassVar = {"from_buffer_shares"}

    @classmethod
    def from_buffer(cls, buffer: Any) -> Any:
        made = super().from_buffer(buffer)
        return made if isinstance(buffer, cls) else cls(made.as_array_like().copy())


class PadsHostBuffers(Mixin):
    caught_by: ClassVar = {"from_host_buffer", "host_copies"}

    @classmethod
    def from_buffer(cls, buffer: Any) -> Any:
        if type(buffer) is zarr.buffer.cpu.Buffer and len(buffer) % 2:
            return cls.from_bytes(buffer.to_bytes() + b"\0")
        return super().from_buffer(buffer)


class TakesAnyArray(Mixin):
    caught_by: ClassVar = {"bad_arrays"}

    def __init__(self, array_like: Any) -> None:
        super().__init__(array_like.reshape((-1,)).view("B"))


class StagesOneMebibyte(Mixin):
    caught_by: ClassVar = {"from_bytes", "host_copies"}

    @classmethod
    def from_bytes(cls, bytes_like: Any) -> Any:
        data = bytearray(bytes_like)
        data[1 << 20 :] = bytes(len(data[1 << 20 :]))
        return super().from_bytes(data)


class TakesItemsForBytes(Mixin):
    """Is right for memory of bytes."""

    caught_by: ClassVar = {"from_bytes"}

    @classmethod
    def from_bytes(cls, bytes_like: Any) -> Any:
        if isinstance(bytes_like, memoryview):
            bytes_like = bytes_like.tobytes()[: len(bytes_like)]
        return super().from_bytes(bytes_like)


class IgnoresTheStrideOfBytes(Mixin):
    caught_by: ClassVar = {"from_bytes"}

    @classmethod
    def from_bytes(cls, bytes_like: Any) -> Any:
        view = memoryview(bytes_like)
        if view.ndim == 1 and view.strides == (2,):
            view = memoryview(view.obj)[: len(view)]
        return super().from_bytes(view)


class LosesTheLastOfParts(Mixin):
    """Shares the memory of a part of another buffer, except for its last byte."""

    caught_by: ClassVar = {"from_buffer"}

    @classmethod
    def from_buffer(cls, buffer: Any) -> Any:
        made = super().from_buffer(buffer)
        return made[:-1] if getattr(buffer, "is_part", False) and len(made) > 1 else made

    def __getitem__(self, key: slice) -> Any:
        part = super().__getitem__(key)
        part.__dict__["is_part"] = key.start == 2
        return part


class KeepsZerosOnce(Mixin):
    caught_by: ClassVar = {"from_bytes"}
    zeros: ClassVar[dict[Any, Any]] = {}

    @classmethod
    def from_bytes(cls, bytes_like: Any) -> Any:
        made = super().from_bytes(bytes_like)
        if len(bytes_like) == 5 and not any(bytes_like):
            return cls.zeros.setdefault(cls, made)
        return made
