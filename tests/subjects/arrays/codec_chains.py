"""Broken subjects of `zarr_devbuf.checks.array.codec_chains`."""

from __future__ import annotations

from typing import Any

from zarr.abc.codec import BytesBytesCodec
from zarr.codecs import ShardingCodec

from tests.subjects.arrays.conditions import codecs, reads_wrong
from tests.subjects.arrays.wrapping import broken


def _without_last(settings: dict[str, Any]) -> dict[str, Any]:
    """Leave out the last compressor within shards."""
    serializer = settings.get("serializer")
    if isinstance(serializer, ShardingCodec) and isinstance(serializer.codecs[-1], BytesBytesCodec):
        settings["serializer"] = ShardingCodec(
            chunk_shape=serializer.chunk_shape,
            codecs=serializer.codecs[:-1],
            index_codecs=serializer.index_codecs,
        )
    return settings


broken(
    caught_by={"codecs_within_shards_are_called", "stored_shard_checksums", "stored_shards"},
    name="codecs_within_shards_are_called",
    changes=_without_last,
)
reads_wrong(
    caught_by={"chunks_decoded_on_host"},
    when=lambda a, k, s: "on the host" in codecs(a) and s is not ...,
    backend="sim",
)
