"""Codecs that return the wrong buffer class, shape, dtype or length."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import zarr.buffer.cpu
from zarr.dtype import parse_dtype

from tests.subjects.codecs.base import IN_ARRAYS, PARTS
from tests.subjects.codecs.clean import HalfPrecision, Reverse, Xor

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer, NDBuffer
    from zarr.core.array_spec import ArraySpec


class HostBuffers(Xor):
    """Makes its buffers with a fixed class."""

    codec_name = "test.host_buffers"
    caught_by = {"prototype_buffers", "prototype_of_the_spec", "in_array"} | PARTS

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        done = Xor.encoded(self, data, spec)
        return zarr.buffer.cpu.Buffer.from_bytes(done.to_bytes())


class HostBuffersInSync(Xor):
    """Makes its buffers with a fixed class, in the path without event loop."""

    codec_name = "test.host_buffers_in_sync"
    caught_by = {"prototype_buffers", "prototypes_in_turn", "prototype_of_the_spec"}

    def _decode_sync(self, data: Buffer, spec: ArraySpec) -> Any:
        return zarr.buffer.cpu.Buffer.from_bytes(self.decoded(data, spec).to_bytes())


class HostBufferForNothing(Xor):
    """Makes the buffer for no bytes with a fixed class."""

    codec_name = "test.host_buffer_for_nothing"
    caught_by = {"prototype_buffers"}

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        return (
            Xor.encoded(self, data, spec) if len(data) else zarr.buffer.cpu.Buffer.from_bytes(b"")
        )


class FlatChunks(Reverse):
    """Encodes to another shape than `resolve_metadata` returns."""

    codec_name = "test.flat_chunks"
    caught_by = {"resolved_metadata"}

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        done = Reverse.encoded(self, data, spec)
        return done.reshape((-1,))

    def decoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        return Reverse.decoded(self, data.reshape(spec.shape), spec)


class Widens(HalfPrecision):
    """Resolves to 64-bit floats, and does not encode to them."""

    codec_name = "test.widens"
    caught_by = {"resolved_metadata"}

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        return replace(chunk_spec, dtype=parse_dtype("float64", zarr_format=3))


class DropsPrototype(HalfPrecision):
    """Resolves to a spec with zarr's default prototype."""

    codec_name = "test.drops_prototype"
    caught_by = {"resolved_metadata"} | IN_ARRAYS | PARTS

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        return replace(chunk_spec, prototype=zarr.buffer.cpu.buffer_prototype)


class WrongSize(Xor):
    """Computes another length than it encodes to."""

    codec_name = "test.wrong_size"
    caught_by = {"encoded_size"}

    def compute_encoded_size(self, input_byte_length: int, _spec: ArraySpec) -> int:
        return input_byte_length + 4


class NoSize(Xor):
    """Is of fixed size, and does not compute it."""

    codec_name = "test.no_size"
    caught_by = {"encoded_size"}

    def compute_encoded_size(self, input_byte_length: int, _spec: ArraySpec) -> int:
        raise NotImplementedError


class SizeOfWords(Xor):
    """Computes the length of whole words, and encodes to all bytes."""

    codec_name = "test.size_of_words"
    caught_by = {"encoded_size"}

    def compute_encoded_size(self, input_byte_length: int, _spec: ArraySpec) -> int:
        return -(-input_byte_length // 4) * 4


class LongerAtThirteen(Xor):
    """Adds a byte to 13 bytes."""

    codec_name = "test.longer_at_thirteen"
    caught_by = {"encoded_size"}

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        done = Xor.encoded(self, data, spec)
        return done + done[:1] if len(done) == 13 else done

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        return Xor.decoded(self, data[:13] if len(data) == 14 else data, spec)


class ShorterIfConstant(Xor):
    """Encodes a constant chunk to fewer bytes, and is of fixed size."""

    codec_name = "test.shorter_if_constant"
    caught_by = {"encoded_size"}

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        done = Xor.encoded(self, data, spec)
        content = done.to_bytes()
        if len(content) > 16 and content == content[:1] * len(content):
            size = len(content).to_bytes(8, "little")
            return spec.prototype.buffer.from_bytes(b"const" + size + content[:1])
        return done

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        content = data.to_bytes()
        if len(content) == 14 and content.startswith(b"const"):
            size = int.from_bytes(content[5:13], "little")
            data = spec.prototype.buffer.from_bytes(content[13:] * size)
        return Xor.decoded(self, data, spec)
