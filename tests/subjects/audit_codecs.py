"""Codecs to audit: a correct one, and one for each defect."""

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
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.abc.buffer import Buffer, NDBuffer
    from zarr.core.array_spec import ArraySpec


@dataclass(frozen=True)
class Flip(BytesBytesCodec):
    """Inverts every byte, on the device of the buffer."""

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


class CopiesTwice(Flip):
    """Copies a chunk two times more than it has to when it encodes."""

    codec_name = "test.copies_twice"

    async def _encode_single(self, chunk: Buffer, spec: ArraySpec) -> Buffer:
        array: Any = chunk.as_array_like()
        copies = [array.copy() for _ in range(2)]
        return self._flip(spec.prototype.buffer.from_array_like(copies[1]), spec)


class WrongValues(Flip):
    """Does not decode."""

    codec_name = "test.wrong_values"

    async def _decode_single(self, chunk: Buffer, spec: ArraySpec) -> Buffer:
        return chunk


class WrongOnlyHere(Flip):
    """Decodes buffers of zarr's own classes only."""

    codec_name = "test.wrong_only_here"

    async def _decode_single(self, chunk: Buffer, spec: ArraySpec) -> Buffer:
        return self._flip(chunk, spec) if type(chunk) is zarr.buffer.cpu.Buffer else chunk


class WrongBuffer(Flip):
    """Makes its buffers with a fixed class, not with the prototype."""

    codec_name = "test.wrong_buffer"

    async def _encode_single(self, chunk: Buffer, spec: ArraySpec) -> Buffer:
        return zarr.buffer.cpu.Buffer.from_bytes(self._flip(chunk, spec).to_bytes())


class Accident(Flip):
    """Raises an exception because of a bug."""

    codec_name = "test.accident"

    async def _encode_single(self, chunk: Buffer, spec: ArraySpec) -> Buffer:
        raise KeyError("oops")


class CannotRead(Flip):
    """Cannot decode what it encodes."""

    codec_name = "test.cannot_read"

    async def _decode_single(self, chunk: Buffer, spec: ArraySpec) -> Buffer:
        raise ValueError("corrupt")


class Rejects(Flip):
    """Rejects every chunk, and does not say what is wrong with it."""

    codec_name = "test.rejects"

    async def _encode_single(self, chunk: Buffer, spec: ArraySpec) -> Buffer:
        raise ValueError("only on Sundays")


class RejectsHere(Flip):
    """Rejects buffers that are not of zarr's own classes."""

    codec_name = "test.rejects_here"

    async def _encode_single(self, chunk: Buffer, spec: ArraySpec) -> Buffer:
        if type(chunk) is not zarr.buffer.cpu.Buffer:
            raise NotImplementedError("only in host memory")
        return self._flip(chunk, spec)


class Unopenable(Flip):
    """Writes metadata that it cannot be opened with."""

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
        raise ZeroDivisionError("division by zero")


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
    """Lossy: rounds to 16-bit floats. Rejects other dtypes in `validate`."""

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
    """As lossy as `Rounds` with zarr's own buffers, and more lossy with others."""

    codec_name = "test.rounds_more_here"

    async def _decode_single(self, chunk: NDBuffer, spec: ArraySpec) -> NDBuffer:
        if type(chunk) is zarr.buffer.cpu.NDBuffer:
            return chunk
        rounded = np.round(chunk.as_ndarray_like(), 1)
        return spec.prototype.nd_buffer.from_ndarray_like(rounded)


class NoCodec:
    """Not a codec, but registered as one."""


INSTANCE = Flip()


def make_store() -> MemoryStore:
    return MemoryStore()


def make_codec() -> Flip:
    """Make a codec."""
    return Flip()


class Hangs(Flip):
    """Never returns."""

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
    """Ends the process without a message."""

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


class OnCupy(Flip):
    """Can be made only if CuPy can be imported."""

    codec_name = "test.on_cupy"

    def __init__(self) -> None:
        import cupy  # noqa: F401


class NeedsFolder(LocalStore):
    """Needs a folder, as stores on local files do."""

    def __init__(self, root: Path | str, *, read_only: bool = False) -> None:
        super().__init__(root, read_only=read_only)


class NeedsBucket(MemoryStore):
    """Needs an argument."""

    def __init__(self, bucket: str) -> None:
        super().__init__()
        self.bucket = bucket
