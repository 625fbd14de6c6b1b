"""Broken subjects of `zarr_devbuf.checks.array.shards`."""

from __future__ import annotations

from typing import Any

import numpy as np
import zarr

from tests.subjects.arrays.conditions import (
    append_backwards,
    appends,
    codecs,
    drops,
    element,
    filled_with,
    is_one_of,
    parts,
    reads_wrong,
    spoil_stored,
)
from tests.subjects.arrays.wrapping import Wrapped, broken, twin


def _sharded(array: Any, *, checksum: bool = False, fill: int = 0) -> bool:
    text = codecs(array)
    return array.dtype == "i4" and (
        text.count("sharding") == 1
        and ("crc32c" in text) == checksum
        and "zstd" not in text
        and array.fill_value == fill
    )


def _nested(array: Any) -> bool:
    # Others are read and written as zarr does.
    return codecs(array).count("sharding") == 2 and array.shape == (8, 6)


reads_wrong(
    caught_by={"shards_read"}, when=lambda a, k, s: _sharded(a) and is_one_of(s, slice(0, 4))
)

reads_wrong(
    caught_by={"drawn_reads_of_shards", "shards_read_in_part"},
    name="shards_read_in_part",
    when=lambda a, k, s: _sharded(a) and element(s),
)

drops(
    caught_by={"shards_written"}, when=lambda a, k, s, v: _sharded(a) and is_one_of(s, slice(0, 4))
)

drops(
    caught_by={"shards_written_in_part"},
    when=lambda a, k, s, v: _sharded(a) and is_one_of(s, 1) and not a.nchunks_initialized,
)

drops(
    caught_by={"shards_rewritten_in_part"},
    when=lambda a, k, s, v: _sharded(a) and is_one_of(s, 1) and a.nchunks_initialized,
)

reads_wrong(
    caught_by={"shard_vectors"},
    when=lambda a, k, s: (
        _sharded(a) and k == "orthogonal" and any(isinstance(part, np.ndarray) for part in parts(s))
    ),
)

reads_wrong(caught_by={"shards_missing"}, when=lambda a, k, s: _sharded(a, fill=9) and element(s))

broken(
    caught_by={"shards_stored"},
    members={"done": spoil_stored(9)},
    backend="sim",
    when=filled_with(9),
)

drops(
    caught_by={"shards_completed"},
    when=lambda a, k, s, v: _sharded(a, fill=8) and is_one_of(s, (slice(0, 2), slice(3, 6))),
)

drops(
    caught_by={"shards_of_any_layout"},
    when=lambda a, k, s, v: (
        _sharded(a) and np.shape(v) == (8, 6) and not v.flags.c_contiguous and s is ...
    ),
)

broken(caught_by={"shards_resized"}, members={"append": append_backwards(True)}, when=appends(True))

reads_wrong(
    caught_by={"shard_checksums"}, when=lambda a, k, s: _sharded(a, checksum=True) and element(s)
)

reads_wrong(
    caught_by={"drawn_reads_of_shards", "shards_of_compressed_chunks"},
    name="shards_of_compressed_chunks",
    when=lambda a, k, s: "sharding" in codecs(a) and "zstd" in codecs(a) and element(s),
)

reads_wrong(
    caught_by={"shards_in_shards"}, when=lambda a, k, s: _nested(a) and is_one_of(s, slice(0, 4))
)


def _nested_part(shift: int) -> Any:
    def get(self: Any, selection: Any = ..., **kwargs: Any) -> Any:
        if not _nested(self) or selection is ...:
            return zarr.Array.get_orthogonal_selection(self, selection, **kwargs)
        whole: Any = Wrapped.get_basic_selection(self, ..., **kwargs)
        return whole[selection] + (shift if isinstance(selection, int) else 0)

    return get


def _set_nested(self: Any, selection: Any, value: Any, **kwargs: Any) -> None:
    if _nested(self) and selection is not ...:
        whole: Any = Wrapped.get_basic_selection(self, ..., **kwargs)
        whole[selection] = value
        selection, value = ..., whole
    zarr.Array.set_orthogonal_selection(self, selection, value, **kwargs)


def _with_nested_parts(shift: int) -> dict[str, Any]:
    # A lone integer is an orthogonal selection to zarr.
    return {
        "get_basic_selection": _nested_part(shift),
        "get_orthogonal_selection": _nested_part(shift),
        "set_basic_selection": _set_nested,
        "set_orthogonal_selection": _set_nested,
    }


WITH_NESTED_PARTS = _with_nested_parts(0)

broken(
    caught_by={"shards_in_shards_in_part"},
    members=_with_nested_parts(1),
    when=lambda call: _nested(call.array) and call.selection is not ...,
    twin=twin("WithNestedParts", WITH_NESTED_PARTS),
)
