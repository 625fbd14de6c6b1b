"""Broken subjects of `zarr_devbuf.checks.array.codec_chains`."""

from __future__ import annotations

from typing import Any

from zarr.codecs import ShardingCodec

from tests.subjects.arrays.conditions import codecs, reads_wrong
from tests.subjects.arrays.stored_by_hand import without_filters
from tests.subjects.arrays.wrapping import broken


def _without_last(settings: dict[str, Any]) -> dict[str, Any]:
    """Leave out the last codec within shards."""
    serializer = settings.get("serializer")
    if isinstance(serializer, ShardingCodec):
        settings["serializer"] = ShardingCodec(
            chunk_shape=serializer.chunk_shape,
            codecs=serializer.codecs[:-1],
            index_codecs=serializer.index_codecs,
        )
    return settings


broken(caught_by={"codecs_are_called"}, changes=without_filters)
broken(caught_by={"codecs_within_shards_are_called"}, changes=_without_last)
reads_wrong(
    caught_by={"chunks_decoded_on_host"},
    when=lambda a, k, s: "on the host" in codecs(a) and s is not ...,
    backend="sim",
)
