"""Broken subjects of `zarr_devbuf.checks.array.stored_by_hand`."""

from __future__ import annotations

from typing import Any

import numpy as np
import zarr
from zarr.codecs import BloscCodec
from zarr.storage import MemoryStore

from tests.subjects.arrays.wrapping import Wrapped, broken, make


def _without_filters(**settings: Any) -> Any:
    """Ignore filters, when writing and when reading: each round trip holds."""
    return make(Wrapped, **{**settings, "filters": None})


def _shuffled_by_bytes(**settings: Any) -> Any:
    """Take bitshuffle for shuffle."""
    compressors = settings["compressors"] or ()
    if isinstance(compressors, tuple):
        settings["compressors"] = tuple(
            BloscCodec(cname=each.cname, shuffle="shuffle", typesize=4)
            if isinstance(each, BloscCodec)
            else each
            for each in compressors
        )
    return make(Wrapped, **settings)


def _little(**settings: Any) -> Any:
    """Store little-endian, whatever the serializer is."""
    serializer = settings.get("serializer")
    if serializer is not None and "big" in str(serializer.to_dict()):
        del settings["serializer"]
    return make(Wrapped, **settings)


def _in_c_order(**settings: Any) -> Any:
    settings.pop("order", None)
    return make(Wrapped, **settings)


def _with_other_index(**settings: Any) -> Any:
    """Put the index of shards at the other end."""
    serializer = settings.get("serializer")
    if serializer is not None and hasattr(serializer, "index_location"):
        document = serializer.to_dict()
        at_end = document["configuration"]["index_location"] == "end"
        document["configuration"]["index_location"] = "start" if at_end else "end"
        settings["serializer"] = type(serializer).from_dict(document)
    return make(Wrapped, **settings)


def _always_format_3(**settings: Any) -> Any:
    return zarr.create_array(MemoryStore(), **{**settings, "zarr_format": 3})


def _upper_case(self: Any, kind: str, selection: Any, value: Any) -> Any:
    return np.char.upper(value) if self.dtype.kind == "T" else value


broken(
    caught_by={"stored_codecs"}, members={}, made=_without_filters, name="filters_ignored_both_ways"
)
broken(caught_by={"stored_filters"}, members={}, made=_without_filters)
broken(caught_by={"stored_codecs"}, members={}, made=_shuffled_by_bytes, name="bitshuffle_ignored")
broken(caught_by={"stored_big_endian"}, members={}, made=_little)
broken(caught_by={"stored_format_2"}, members={}, made=_without_filters)
broken(caught_by={"stored_fortran_order"}, members={}, made=_in_c_order)
broken(caught_by={"stored_shards", "stored_shard_checksums"}, members={}, made=_with_other_index)
broken(
    caught_by={"stored_shard_checksums"}, members={}, made=_with_other_index, name="checked_shards"
)
broken(caught_by={"stored_keys"}, members={}, made=_always_format_3)
broken(caught_by={"stored_text"}, members={"give": _upper_case})
