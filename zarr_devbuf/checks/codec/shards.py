"""Put codecs into shards that make no implicit transfers themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zarr.abc.codec import BytesBytesCodec
from zarr.codecs import BytesCodec, ShardingCodec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarr.abc.buffer import Buffer, NDBuffer
    from zarr.abc.codec import Codec

    from zarr_devbuf._backends.zarr_internals import ArraySpec


def in_shards(codecs: Iterable[Codec], chunk_shape: tuple[int, ...]) -> ShardingCodec:
    """
    Make a codec whose shards hold chunks that these codecs encode.

    The implicit transfers of zarr's own shards are avoided: the checksum of the index, the index
    when a part of a shard is read, and the short cut that zarr takes for chunks that are not
    encoded. The codecs cause none of them.

    Parameters
    ----------
    codecs : iterable of Codec
        From an array to bytes, as of an array's metadata.
    chunk_shape : tuple of int
        Of the chunks in a shard, in elements.
    """
    return ShardingCodec(
        chunk_shape=chunk_shape, codecs=[*codecs, _Neutral()], index_codecs=[_Index()]
    )


@dataclass(frozen=True)
class _Neutral(BytesBytesCodec):
    """Returns its input."""

    is_fixed_size = True

    def to_dict(self) -> dict[str, Any]:
        return {"name": "zarr_devbuf.neutral"}

    def compute_encoded_size(self, input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        return input_byte_length

    def _encode_sync(self, chunk_data: Buffer, _chunk_spec: ArraySpec) -> Buffer:
        return chunk_data

    async def _encode_single(self, chunk_data: Buffer, _chunk_spec: ArraySpec) -> Buffer:
        return chunk_data

    _decode_sync = _encode_sync

    async def _decode_single(self, chunk_data: Buffer, _chunk_spec: ArraySpec) -> Buffer:
        return chunk_data


class _Index(BytesCodec):
    """Decodes the index of a shard in host memory, where zarr uses it, by an explicit copy."""

    def _decode_sync(self, chunk_bytes: Buffer, chunk_spec: ArraySpec) -> NDBuffer:
        dtype = chunk_spec.dtype.to_native_dtype()
        index = chunk_bytes.as_numpy_array().view(dtype).reshape(chunk_spec.shape)
        return chunk_spec.prototype.nd_buffer.from_numpy_array(index)

    async def _decode_single(self, chunk_bytes: Buffer, chunk_spec: ArraySpec) -> NDBuffer:
        return self._decode_sync(chunk_bytes, chunk_spec)
