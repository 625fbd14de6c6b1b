"""Broken subjects of `zarr_devbuf.checks.array.stored_by_hand`."""

from __future__ import annotations

from typing import Any

import numpy as np
from zarr.codecs import BloscCodec, GzipCodec, ShardingCodec

from tests.subjects.arrays.conditions import codecs, reads_wrong
from tests.subjects.arrays.wrapping import broken


def _without_filters(settings: dict[str, Any]) -> dict[str, Any]:
    """Ignore filters, when writing and when reading: each round trip holds."""
    return {**settings, "filters": None}


def _shuffled_by_bytes(settings: dict[str, Any]) -> dict[str, Any]:
    """Take bitshuffle for shuffle."""
    compressors = settings["compressors"] or ()
    if isinstance(compressors, tuple):
        settings["compressors"] = tuple(
            BloscCodec(cname=each.cname, shuffle="shuffle", typesize=4)
            if isinstance(each, BloscCodec)
            else each
            for each in compressors
        )
    return settings


def _of_other_name(settings: dict[str, Any]) -> dict[str, Any]:
    """Compress by lz4 for any other name of blosc's."""
    compressors = settings["compressors"]
    if isinstance(compressors, tuple) and any(isinstance(x, BloscCodec) for x in compressors):
        settings["compressors"] = tuple(
            BloscCodec(cname="lz4", shuffle=each.shuffle, typesize=4) for each in compressors
        )
    return settings


def _of_level_5(settings: dict[str, Any]) -> dict[str, Any]:
    """Take and ignore the level of gzip."""
    compressors = settings["compressors"]
    if isinstance(compressors, tuple):
        settings["compressors"] = tuple(
            GzipCodec(level=5) if isinstance(each, GzipCodec) else each for each in compressors
        )
    return settings


def _little(settings: dict[str, Any]) -> dict[str, Any]:
    """Store little-endian, whatever the serializer is."""
    serializer = settings.get("serializer")
    if serializer is not None and "big" in str(serializer.to_dict()):
        del settings["serializer"]
    return settings


def _in_c_order(settings: dict[str, Any]) -> dict[str, Any]:
    settings.pop("order", None)
    return settings


def _with_other_index(settings: dict[str, Any]) -> dict[str, Any]:
    """Put the index of shards at the other end."""
    codec = settings.get("serializer")
    if isinstance(codec, ShardingCodec):
        settings["serializer"] = ShardingCodec(
            chunk_shape=codec.chunk_shape,
            codecs=codec.codecs,
            index_codecs=codec.index_codecs,
            index_location="start" if str(codec.index_location).endswith("end") else "end",
        )
    return settings


def _always_format_3(settings: dict[str, Any]) -> dict[str, Any]:
    return {**settings, "zarr_format": 3}


def _upper_case(self: Any, kind: str, selection: Any, value: Any) -> Any:
    return np.char.upper(value) if self.dtype.kind == "T" else value


broken(
    caught_by={"codecs_are_called", "stored_codecs", "stored_filters", "stored_format_2"},
    changes=_without_filters,
    name="filters_ignored_both_ways",
)
broken(caught_by={"stored_codecs"}, changes=_shuffled_by_bytes, name="bitshuffle_ignored")
broken(caught_by={"stored_codecs"}, changes=_of_other_name, name="blosc_cname_ignored")
broken(caught_by={"stored_codecs"}, changes=_of_level_5, name="gzip_level_ignored")
broken(caught_by={"stored_big_endian", "stored_shards"}, changes=_little)
broken(caught_by={"stored_fortran_order"}, changes=_in_c_order)
broken(
    caught_by={
        "codecs_within_shards_are_called",
        "corrupt_chunks",
        "shards_stored",
        "stored_shards",
        "stored_shard_checksums",
    },
    changes=_with_other_index,
    name="index_at_the_other_end",
)
broken(
    caught_by={"stored_fortran_order", "stored_keys"}, name="stored_keys", changes=_always_format_3
)
broken(caught_by={"stored_text"}, members={"give": _upper_case})
reads_wrong(
    caught_by={"stored_fortran_order"},
    when=lambda a, k, s: a.metadata.zarr_format == 2 and a.order == "F",
    name="format_2_order",
)
reads_wrong(
    caught_by={"combinations", "stored_format_2", "stored_fortran_order"},
    when=lambda a, k, s: a.metadata.zarr_format == 2 and a.metadata.compressor is not None,
    name="format_2_compressors",
)
reads_wrong(
    caught_by={"combinations", "stored_codecs", "stored_filters"},
    when=lambda a, k, s: "zstd" in codecs(a) and "sharding" not in codecs(a),
    name="default_compressors",
)
reads_wrong(
    caught_by={"stored_codecs"},
    when=lambda a, k, s: "crc32c" in codecs(a) and "sharding" not in codecs(a),
    name="checksums",
)
reads_wrong(
    caught_by={
        "drawn_points_in_shards",
        "drawn_reads_of_shards",
        "drawn_writes_to_shards",
        "stored_codecs",
    },
    when=lambda a, k, s: "transpose" in codecs(a),
    name="transposed",
)
reads_wrong(
    caught_by={"stored_big_endian"},
    when=lambda a, k, s: "big" in codecs(a) and a.dtype == "f4",
    name="big_endian_storage",
)


def _without_astype(settings: dict[str, Any]) -> dict[str, Any]:
    """Ignore a filter that changes the dtype, when writing and when reading."""
    names = [getattr(each, "codec_id", "") for each in settings["filters"] or ()]
    return {**settings, "filters": None} if names == ["astype"] else settings


broken(caught_by={"stored_format_2"}, changes=_without_astype, name="filter_of_another_dtype")
