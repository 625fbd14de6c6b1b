"""Broken subjects of `zarr_devbuf.checks.array.codec_chains`."""

from __future__ import annotations

from typing import Any

from zarr.codecs import ShardingCodec

from tests.subjects.arrays.wrapping import Wrapped, broken, make


def _without_filters(**settings: Any) -> Any:
    return make(Wrapped, **{**settings, "filters": None})


def _without_last(**settings: Any) -> Any:
    """Leave out the last codec within shards."""
    serializer = settings.get("serializer")
    if isinstance(serializer, ShardingCodec):
        settings["serializer"] = ShardingCodec(
            chunk_shape=serializer.chunk_shape,
            codecs=serializer.codecs[:-1],
            index_codecs=serializer.index_codecs,
        )
    return make(Wrapped, **settings)


broken(caught_by={"codecs_are_called"}, members={}, made=_without_filters)
broken(caught_by={"codecs_within_shards_are_called"}, members={}, made=_without_last)
