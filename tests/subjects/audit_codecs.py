"""Codecs to audit: one clean, the others each wrong in a way of its own."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import zarr.buffer.cpu
from zarr.abc.codec import ArrayArrayCodec, BytesBytesCodec
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer, NDBuffer
    from zarr.core.array_spec import ArraySpec


@dataclass(frozen=True)
class Flip(BytesBytesCodec):
    """Inverts every byte, in the memory it is given."""

    is_fixed_size = True
    codec_name: ClassVar[str] = "test.flip"

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return cls(**data.get("configuration", {}))

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name}

    def compute_encoded_size(self, input_byte_length: int, _spec: ArraySpec) -> int:
        return input_byte_length

    def _flip(self, chunk: Buffer, spec: ArraySpec) -> Buffer:
        return spec.prototype.buffer.from_array_like(~chunk.as_array_like())  # type: ignore[operator]

    async def _encode_single(self, chunk: Buffer, spec: ArraySpec) -> Buffer:
        return self._flip(chunk, spec)

    async def _decode_single(self, chunk: Buffer, spec: ArraySpec) -> Buffer:
        return self._flip(chunk, spec)


class WrongValues(Flip):
    """Returns what it never was given."""

    codec_name = "test.wrong_values"

    async def _decode_single(self, chunk: Buffer, spec: ArraySpec) -> Buffer:
        return chunk


class WrongOnlyHere(Flip):
    """Right in zarr's own buffers, wrong in those of another prototype."""

    codec_name = "test.wrong_only_here"

    async def _decode_single(self, chunk: Buffer, spec: ArraySpec) -> Buffer:
        return self._flip(chunk, spec) if type(chunk) is zarr.buffer.cpu.Buffer else chunk


class WrongBuffer(Flip):
    """Makes its buffers with a class of its own choice."""

    codec_name = "test.wrong_buffer"

    async def _encode_single(self, chunk: Buffer, spec: ArraySpec) -> Buffer:
        return zarr.buffer.cpu.Buffer.from_bytes(self._flip(chunk, spec).to_bytes())


class Accident(Flip):
    """Stumbles over a bug of its own."""

    codec_name = "test.accident"

    async def _encode_single(self, chunk: Buffer, spec: ArraySpec) -> Buffer:
        raise KeyError("oops")


class CannotRead(Flip):
    """Writes what it cannot read back."""

    codec_name = "test.cannot_read"

    async def _decode_single(self, chunk: Buffer, spec: ArraySpec) -> Buffer:
        raise ValueError("corrupt")


class Refuses(Flip):
    """Declines, clearly, when it is given a chunk."""

    codec_name = "test.refuses"

    async def _encode_single(self, chunk: Buffer, spec: ArraySpec) -> Buffer:
        raise ValueError("only on Sundays")


class RefusesHere(Flip):
    """Declines buffers that are not zarr's own."""

    codec_name = "test.refuses_here"

    async def _encode_single(self, chunk: Buffer, spec: ArraySpec) -> Buffer:
        if type(chunk) is not zarr.buffer.cpu.Buffer:
            raise NotImplementedError("only in host memory")
        return self._flip(chunk, spec)


class Unopenable(Flip):
    """Calls itself, in the metadata it writes, by a name that has another meaning."""

    codec_name = "test.unopenable"

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        raise ValueError("cannot be made from what to_dict() gives")


@dataclass(frozen=True)
class NeedsArguments(Flip):
    codec_name = "test.needs_arguments"
    width: int
    depth: int = 1

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name, "configuration": {"width": self.width}}


class FailsToConstruct(Flip):
    codec_name = "test.fails_to_construct"

    def __init__(self) -> None:
        raise LookupError("no such thing")


class Quits(Flip):
    codec_name = "test.quits"

    def __init__(self) -> None:
        raise SystemExit(7)


class MissingLibrary(Flip):
    codec_name = "test.missing_library"

    def __init__(self) -> None:
        raise ImportError("needs libfoo: pip install foo")


@dataclass(frozen=True)
class Rounds(ArrayArrayCodec):
    """Lossy: drops what a 16-bit float does not hold. Takes floats, and says so early."""

    is_fixed_size = True
    codec_name: ClassVar[str] = "test.rounds"

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return cls()

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name}

    def compute_encoded_size(self, input_byte_length: int, _spec: ArraySpec) -> int:
        return input_byte_length

    def validate(self, *, dtype: Any, **_: Any) -> None:
        if dtype.to_native_dtype().kind != "f":
            raise TypeError(f"takes floats, not {dtype.to_native_dtype()}")

    async def _encode_single(self, chunk: NDBuffer, spec: ArraySpec) -> NDBuffer:
        array = chunk.as_ndarray_like()
        rounded = array.astype(np.float16).astype(array.dtype)
        return spec.prototype.nd_buffer.from_ndarray_like(rounded)

    async def _decode_single(self, chunk: NDBuffer, spec: ArraySpec) -> NDBuffer:
        return chunk


class RoundsMoreHere(Rounds):
    """As lossy as `Rounds` in zarr's own buffers, much more so in others."""

    codec_name = "test.rounds_more_here"

    async def _decode_single(self, chunk: NDBuffer, spec: ArraySpec) -> NDBuffer:
        if type(chunk) is zarr.buffer.cpu.NDBuffer:
            return chunk
        rounded = np.round(chunk.as_ndarray_like(), 1)
        return spec.prototype.nd_buffer.from_ndarray_like(rounded)


class NoCodec:
    """Registered as a codec all the same."""


INSTANCE = Flip()


def make_store() -> MemoryStore:
    return MemoryStore()


def make_codec() -> Flip:
    """Make a codec."""
    return Flip()


class Hangs(Flip):
    """Never comes to an end."""

    codec_name = "test.hangs"

    async def _encode_single(self, chunk: Buffer, spec: ArraySpec) -> Buffer:
        while True:
            time.sleep(0.05)


class Crashes(Flip):
    """Reads memory that it does not own."""

    codec_name = "test.crashes"

    async def _decode_single(self, chunk: Buffer, spec: ArraySpec) -> Buffer:
        ctypes.string_at(0)
        return chunk


class Exits(Flip):
    """Ends the process, without a word."""

    codec_name = "test.exits"

    async def _decode_single(self, chunk: Buffer, spec: ArraySpec) -> Buffer:
        os._exit(3)


class Prints(Flip):
    """Writes to standard output, and waits for standard input."""

    codec_name = "test.prints"

    async def _encode_single(self, chunk: Buffer, spec: ArraySpec) -> Buffer:
        print("hello", sys.stdin.read(), flush=True)
        os.write(1, b"world")
        return self._flip(chunk, spec)


class NeedsBucket(MemoryStore):
    """Cannot be made without being told where."""

    def __init__(self, bucket: str) -> None:
        super().__init__()
        self.bucket = bucket
