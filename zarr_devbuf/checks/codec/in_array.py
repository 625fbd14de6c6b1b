"""Write and read an array through a codec, and the same array without it, to compare."""

from __future__ import annotations

import copy
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr
from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec
from zarr.codecs import BytesCodec, ShardingCodec
from zarr.storage import MemoryStore

from zarr_devbuf.checks.codec.trial import Refused, describe, host_configuration, is_refusal
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt
    from zarr.abc.buffer import Buffer
    from zarr.abc.store import Store
    from zarr.core.array_spec import ArraySpec

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.codec.chunks import Chunk
    from zarr_devbuf.checks.codec.trial import Codec

__all__ = ["Plan", "pipeline", "pipelines"]

_PIPELINES = ("BatchedCodecPipeline", "FusedCodecPipeline")


def pipelines() -> tuple[str, ...]:
    """Name the codec pipelines of the installed zarr, and the one that the user has configured."""
    module = zarr.core.codec_pipeline
    own = [f"{module.__name__}.{name}" for name in _PIPELINES if hasattr(module, name)]
    return tuple(dict.fromkeys((zarr.config.get("codec_pipeline.path"), *own)))


@contextmanager
def pipeline(path: str) -> Iterator[None]:
    """Let zarr use one codec pipeline for a block."""
    with zarr.config.set({"codec_pipeline.path": path}):
        yield


@dataclass(frozen=True)
class _Neutral(BytesBytesCodec):
    """Gives back the buffer that it is given."""

    is_fixed_size = True

    def to_dict(self) -> dict[str, Any]:
        return {"name": "zarr_devbuf.neutral"}

    def compute_encoded_size(self, input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        return input_byte_length

    def _encode_sync(self, chunk_data: Buffer, _chunk_spec: ArraySpec) -> Buffer:
        return chunk_data

    _decode_sync = _encode_sync

    async def _encode_single(self, chunk_data: Buffer, _chunk_spec: ArraySpec) -> Buffer:
        return chunk_data

    async def _decode_single(self, chunk_data: Buffer, _chunk_spec: ArraySpec) -> Buffer:
        return chunk_data


@dataclass(frozen=True, slots=True)
class Plan:
    """
    An array of several chunks, those at the far edges partly filled.

    Attributes
    ----------
    chunk : Chunk
        Its dtype, and the shape of its chunks.
    codec : Codec or None
        What encodes it; None for zarr's own serializer alone, which shows whether zarr itself can
        do what is asked.
    sharded : bool
        Whether the chunks lie in shards of two along each axis.
    """

    chunk: Chunk
    codec: Codec | None
    sharded: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array: three chunks along the first axis, the last short; or two shards.

        Shards are read whole: for a part of one, zarr itself moves data implicitly.
        """
        first, *rest = self.chunk.shape
        return (4 * first if self.sharded else 3 * first - first // 2, *rest)

    def values(self) -> npt.NDArray[Any]:
        """Make the values of the array, on the host."""
        return type(self.chunk)(self.chunk.dtype, self.shape).values()

    @property
    def part(self) -> tuple[slice, ...]:
        """A region that covers one chunk in part, and crosses into the next."""
        first, *rest = self.chunk.shape
        return (slice(first // 2, first + first // 4 + 1), *(slice(0, n) for n in rest))

    @property
    def readable(self) -> tuple[slice, ...]:
        """A region to read: `part`, or one shard."""
        first, *rest = self.chunk.shape
        return (slice(0, 2 * first), *(slice(0, n) for n in rest)) if self.sharded else self.part

    def patch(self) -> npt.NDArray[Any]:
        """Make values for `part`: those of the array in reverse order."""
        return np.ascontiguousarray(self.values()[::-1][self.part])

    def create(self, store: Store) -> zarr.Array[Any]:
        """
        Create the array.

        Raises
        ------
        Refused
            Where the codec declines.
        """
        try:
            return zarr.create_array(
                store,
                shape=self.shape,
                chunks=self._outer_shape,
                dtype=self.chunk.dtype,
                # Comparing chunks with the fill value is zarr's doing, not the codec's.
                config={"write_empty_chunks": True},
                **self._place(),
            )
        except Exception as error:
            if is_refusal(error):
                raise Refused(describe(error)) from error
            raise

    @property
    def _outer_shape(self) -> tuple[int, ...]:
        first, *rest = self.chunk.shape
        return (2 * first, *rest) if self.sharded else self.chunk.shape

    def _place(self) -> dict[str, Any]:
        codec = self.codec
        with suppress(Exception):  # see `prepared`
            codec = copy.deepcopy(codec)
        filters = [codec] if isinstance(codec, ArrayArrayCodec) else []
        serializer: Any = codec if isinstance(codec, ArrayBytesCodec) else BytesCodec()
        compressors = [codec] if isinstance(codec, BytesBytesCodec) else []
        if not self.sharded:
            # Text has a serializer of its own.
            serializer = "auto" if codec is None else serializer
            return {"filters": filters, "serializer": serializer, "compressors": compressors}
        # zarr's own checksum of the index moves data, and so does its short cut for chunks that are
        # not encoded: nothing to blame on the codec.
        shards = ShardingCodec(
            chunk_shape=self.chunk.shape,
            codecs=[*filters, serializer, *compressors, _Neutral()],
            index_codecs=[BytesCodec()],
        )
        return {"filters": None, "serializer": shards, "compressors": None}

    def on_host(self) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """
        Return what was sent and what came back, on plain host memory, in zarr's default pipeline.

        Raises
        ------
        Refused
            Where the codec declines, or zarr cannot do this with it on the host.
        """
        sent = self.values()
        sent[self.part] = self.patch()
        with host_configuration(), pipeline(pipelines()[0]):
            array = self.create(MemoryStore())
            try:
                array[...] = self.values()
                array[self.part] = self.patch()
                return sent, np.asarray(array[...])
            except Exception as error:
                raise Refused(f"on plain host memory: {describe(error)}") from error

    def write(self, array: zarr.Array[Any], backend: Backend) -> None:
        """Write the whole, then a part."""
        with unrecorded_transfers():
            whole, part = backend.from_host(self.values()), backend.from_host(self.patch())
        array[...] = whole
        array[self.part] = part
