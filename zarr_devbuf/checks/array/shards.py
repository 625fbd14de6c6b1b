"""Checks of shards: chunks within a stored value, read and written whole and in part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from zarr.codecs import BytesCodec, ShardingCodec, ZstdCodec

from zarr_devbuf.checks._harness import host_configuration
from zarr_devbuf.checks.array.array_params import numbers, sharded
from zarr_devbuf.checks.array.codecs_by_hand import Shards
from zarr_devbuf.checks.array.harness import (
    ArrayHarness,
    LaidOut,
    documented_read,
    documented_write,
)
from zarr_devbuf.checks.array.selection import Selection

if TYPE_CHECKING:
    from zarr_devbuf.checks._harness import Layout

_SHAPE = (8, 6)
_WHOLE = (np.s_[...], np.s_[0:4], np.s_[4:8, 0:6])
# Not all the chunks of any shard: those are read at once, as whole shards are.
_PARTS = (np.s_[1], np.s_[2:4, 0:3], np.s_[4:6, 2:5], np.s_[1::4, 1::2], np.s_[7, 5])
_ROWS = np.array([0, 5])
_MASK = np.isin(np.arange(8), _ROWS)[:, None] & (np.arange(6) % 2 == 1)
_LAYOUTS: tuple[Layout, ...] = ("F", "strided", "reversed")


_INNER = ShardingCodec(chunk_shape=(1, 3), codecs=[BytesCodec()], index_codecs=[BytesCodec()])
_NESTED = sharded(inner=[_INNER])


@documented_read(sharded(), advice="Decode all chunks of a shard from the one value that was read.")
def check_shards_read(harness: ArrayHarness) -> None:
    """Whole shards are read: one, and all of them."""
    harness.assert_reads_each(*_WHOLE)


@documented_read(sharded(), advice="Read the chunks of a shard by byte ranges from its index.")
def check_shards_read_in_part(harness: ArrayHarness) -> None:
    """Parts of shards are read: one chunk, several, parts of chunks, strides, one element.

    Zarr reads the index of a shard on the host, and then the bytes of the chunks that it needs,
    with the prototype.
    """
    harness.assert_reads_each(*_PARTS)


@documented_write(
    sharded(), advice="Encode every chunk of a shard, then the index, into one value."
)
def check_shards_written(harness: ArrayHarness) -> None:
    """Whole shards are written from the device: one, all of them, new ones and existing ones."""
    harness.assert_writes_each(*_WHOLE)
    harness.assert_writes_each(*_WHOLE, empty=True)


@documented_write(sharded(), advice="Treat a missing shard as one whose chunks are all missing.")
def check_shards_written_in_part(harness: ArrayHarness) -> None:
    """Parts of missing shards are written from the device."""
    harness.assert_writes_each(*_PARTS, empty=True)


@documented_write(sharded(), advice="Read the shard that exists before a part of it is written.")
def check_shards_rewritten_in_part(harness: ArrayHarness) -> None:
    """Parts of shards are written from the device, and the rest of the shard stays unchanged.

    The rest has to be read: from a shard that was written on the host, and from one that was
    written on the device.
    """
    harness.assert_writes_each(*_PARTS, np.s_[1:7, 2:5])
    array = harness.empty()
    values = numbers(_SHAPE, "i4", 70)
    with harness.device("writing a shard, and a part of it again"):
        array[...] = harness.put(values)
        array[1] = harness.put(values[2])
    values[1] = values[2]
    harness.assert_contents(array, values, "a part of a shard that was written on the device")


@documented_read(sharded(), advice="Select within each chunk of a shard by the vectors' own parts.")
def check_shard_vectors(harness: ArrayHarness) -> None:
    """Parts of shards are read by vectors (`oindex`) and by a boolean array."""
    rows, mask = Selection("orthogonal", (_ROWS, slice(None))), Selection("mask", _MASK)
    harness.assert_reads_each(rows, mask)


@documented_read(
    sharded(fill_value=9, write_empty_chunks=False),
    advice="Fill the places of chunks that the index does not list.",
)
def check_shards_missing(harness: ArrayHarness) -> None:
    """Chunks that a shard does not contain, and missing shards, read as the fill value."""
    array = harness.empty()
    contents = np.full(_SHAPE, 9, "i4")
    harness.assert_reads(array, contents, text="no shard at all")
    contents[0:2, 0:3] = numbers((2, 3), "i4")
    with host_configuration():
        array[0:2, 0:3] = contents[0:2, 0:3]
    for key in _PARTS:
        harness.assert_reads(array, contents, key, "one chunk of one shard")


@documented_write(
    sharded(fill_value=8, write_empty_chunks=False),
    advice="Keep the chunks that a shard has when another one is added.",
)
def check_shards_completed(harness: ArrayHarness) -> None:
    """A shard is written chunk by chunk, and each joins those that exist already.

    The shard is read for it, and has no bytes for the chunks that are missing.
    """
    array = harness.empty()
    contents = np.full(_SHAPE, 8, "i4")
    values = numbers(_SHAPE, "i4", 40)
    for key in (np.s_[0:2, 3:6], np.s_[2:4, 0:3], np.s_[0:2, 0:3], np.s_[6:8, 3:6]):
        with harness.device(f"writing one chunk of a shard, {key}"):
            array[key] = harness.put(values[key])
        contents[key] = values[key]
        harness.assert_contents(array, contents, f"one more chunk of a shard, {key}")


@documented_write(
    sharded(), advice="Copy each chunk to C order before it is encoded into the shard."
)
def check_shards_of_any_layout(harness: ArrayHarness) -> None:
    """Whole shards are written alike, whatever the layout of their values on the device."""
    values = numbers(_SHAPE, "i4", 200)
    for layout in _LAYOUTS:
        harness.assert_writes(
            (..., LaidOut(values, layout)), empty=True, text=f"values of layout {layout}"
        )


@documented_write(sharded(fill_value=7), advice="Refill shards outside of the new shape.")
def check_shards_resized(harness: ArrayHarness) -> None:
    """Sharded arrays are resized and appended to, by whole shards and by parts of new ones."""
    array, contents = harness.filled()
    for rows in (4, 12):
        with harness.device(f"resizing a sharded array to {rows} rows"):
            array.resize((rows, 6))
        resized = np.full((rows, 6), 7, "i4")
        resized[: len(contents)] = contents[:rows]
        contents = resized
        harness.assert_contents(array, contents, f"shards resized to {rows} rows")
    for rows in (4, 3):
        values = numbers((rows, 6), "i4", 300)
        with harness.device(f"appending {rows} rows to a sharded array"):
            array.append(harness.put(values))
        contents = np.concatenate([contents, values])
        harness.assert_contents(array, contents, f"{rows} rows appended to shards")


@documented_write(
    sharded(fill_value=9),
    sharded(fill_value=9, write_empty_chunks=False),
    advice="Leave out of a shard the chunks that equal the fill value.",
)
def check_shards_stored(harness: ArrayHarness) -> None:
    """Shards contain the bytes of their chunks, without those that equal the fill value."""
    full = np.full(_SHAPE, 9, "i4")
    some = full.copy()
    some[0:2, 0:3] = some[3, 5] = 1
    for name, values in (("no", full), ("some", some), ("all", numbers(_SHAPE, "i4"))):
        doing = f"writing {name} other values than the fill value"
        array = harness.empty()
        harness.write(array, ..., values, doing)
        stored = harness.stored(array)
        for row, key in ((0, "c/0/0"), (4, "c/1/0")):
            parts = {
                (i, j): values[row + 2 * i : row + 2 * i + 2, 3 * j : 3 * j + 3]
                for i, j in np.ndindex(2, 2)
            }
            expected = {
                place: part.astype("<i4").tobytes()
                for place, part in parts.items()
                if harness.params.write_empty_chunks or (part != 9).any()
            }
            found = Shards((2, 3)).chunks(stored[key], (4, 6)) if key in stored else {}
            if found != expected:
                raise harness.failed(
                    f"{doing}: {key!r} in the store",
                    expected=f"the chunks {sorted(expected)} of it, little-endian",
                    actual=f"the chunks {sorted(found)}, perhaps of other bytes",
                )


@documented_write(sharded(checksum=True), advice="Compute the index checksum on the host.")
def check_shard_checksums(harness: ArrayHarness) -> None:
    """Shards whose index has a checksum, as zarr makes them by default, are read and written."""
    harness.assert_reads_each(*_PARTS)
    harness.assert_writes_each(*_WHOLE, empty=True)


@documented_write(
    sharded(inner=[BytesCodec(), ZstdCodec()]), advice="Pass the prototype on to inner codecs."
)
def check_shards_of_compressed_chunks(harness: ArrayHarness) -> None:
    """Shards whose chunks are compressed by zarr's zstd are read in part and written."""
    harness.assert_reads_each(*_PARTS)
    harness.assert_writes_each(*_WHOLE, empty=True)


@documented_write(_NESTED, advice="Decode inner shards from bytes of the outer one, on its device.")
def check_shards_in_shards(harness: ArrayHarness) -> None:
    """Whole shards within shards are read and written."""
    harness.assert_reads_each(*_WHOLE)
    harness.assert_writes_each(*_WHOLE, empty=True)


@documented_write(_NESTED, advice="Pass selections and the prototype on to inner shards.")
def check_shards_in_shards_in_part(harness: ArrayHarness) -> None:
    """Parts of shards within shards are read and written.

    The check does not apply if zarr reports that it does not support the prototype within shards.
    """
    harness.assert_reads_each(*_PARTS)
    harness.assert_writes_each(*_PARTS, empty=True)
