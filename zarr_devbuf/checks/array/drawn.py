"""Checks of drawn arrays: selections of each kind, drawn at random, compared with NumPy."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from zarr.codecs import BytesCodec, ShardingCodec

from zarr_devbuf.checks.array import drawing
from zarr_devbuf.checks.array.array_params import ArrayParams, chunk_shape
from zarr_devbuf.checks.array.collected_failures import Failures
from zarr_devbuf.checks.array.drawing import Draws
from zarr_devbuf.checks.array.harness import ArrayHarness, documented_read, documented_write
from zarr_devbuf.checks.array.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import zarr

    from zarr_devbuf.checks.array.drawing import Generator

    type Draw = Callable[[Draws], Selection]

_READS = "Compare the parts of each chunk that the indexer names with NumPy's."
_WRITES = "Keep the elements of each chunk that are not selected."
_ARRAYS = drawing.arrays(20)
_SHARDED = drawing.sharded_arrays(30)
_LONG = ArrayParams((70, 40), (16, 9), "i4", 6)
_LONG_SHARDS = replace(
    _LONG,
    chunks=(40, 20),
    serializer=ShardingCodec(
        chunk_shape=(8, 5), codecs=[BytesCodec()], index_codecs=[BytesCodec()]
    ),
)

# How many of each are drawn.
_SLICES = (Draws.slices,) * 6
_VECTORS = (*(Draws.orthogonal,) * 3, *(Draws.masks,) * 2, *(Draws.blocks,) * 2)
_POINTS = (*(Draws.points,) * 4, Draws.outer_points)


@documented_read(*_ARRAYS, advice=_READS)
def check_drawn_slices_read(harness: ArrayHarness) -> None:
    """Slices and integers, drawn at random, read what NumPy reads, in one to five dimensions.

    Bounds that are negative, None or beyond the end, steps, an ellipsis at any place, chunks that
    are missing. Source: zarr documents the selections of NumPy.
    """
    _read(harness, _SLICES)


@documented_read(*_ARRAYS, advice=_READS)
def check_drawn_vectors_read(harness: ArrayHarness) -> None:
    """`oindex`, masks and `blocks`, drawn at random, read what NumPy reads.

    Vectors that are sorted or not, repeated, negative, of flags, mixed with slices and integers;
    no blocks at all. Source: zarr documents the selections of NumPy.
    """
    _read(harness, _VECTORS)


@documented_read(*_ARRAYS, _LONG, advice=_READS)
def check_drawn_points_read(harness: ArrayHarness) -> None:
    """`vindex`, with points that are drawn at random, reads what NumPy reads.

    Sorted within one chunk or in any order, repeated, negative, in one dimension and in more,
    broadcast; more than a thousand. Source: zarr documents the selections of NumPy.
    """
    _read(harness, _POINTS)


@documented_write(*_ARRAYS, advice=_WRITES)
def check_drawn_slices_written(harness: ArrayHarness) -> None:
    """Slices and integers, drawn at random, write what NumPy writes, one after the other."""
    _write(harness, _SLICES)


@documented_write(*_ARRAYS, advice=_WRITES)
def check_drawn_vectors_written(harness: ArrayHarness) -> None:
    """`oindex`, masks and `blocks`, drawn at random, write what NumPy writes."""
    _write(harness, _VECTORS)


@documented_write(*_ARRAYS, _LONG, advice=_WRITES)
def check_drawn_points_written(harness: ArrayHarness) -> None:
    """`vindex`, with points that are drawn at random, writes what NumPy writes."""
    _write(harness, _POINTS)


@documented_read(*_SHARDED, advice=_READS)
def check_drawn_reads_of_shards(harness: ArrayHarness) -> None:
    """Selections of each kind, drawn at random, read from shards what NumPy reads.

    In no dimension to three, with up to 125 chunks in a shard, the index at either end, filters and
    compressors within shards and after them, shards in shards.
    """
    _read(harness, (*_SLICES[:4], *_VECTORS))


@documented_write(*_SHARDED, advice=_WRITES)
def check_drawn_writes_to_shards(harness: ArrayHarness) -> None:
    """Selections of each kind, drawn at random, write to shards what NumPy writes.

    Among them the fill value: the chunks of it that a shard had must not come back.
    """
    _write(harness, (*_SLICES[:4], *_VECTORS))


@documented_write(*_SHARDED[2:], _LONG_SHARDS, advice=_WRITES)
def check_drawn_points_in_shards(harness: ArrayHarness) -> None:
    """`vindex`, with points that are drawn at random, reads and writes shards as NumPy does."""
    with Failures() as failures:
        with failures.collected():
            _read(harness, _POINTS)
        with failures.collected():
            _write(harness, _POINTS)


def _drawn(
    harness: ArrayHarness, draws: Iterable[Draw], array: zarr.Array[Any], *, unique: bool = False
) -> tuple[Generator, list[Selection]]:
    """Draw selections that depend on the array and on nothing else."""
    rng = np.random.default_rng(zlib.crc32(str(harness.params).encode()))
    if not array.ndim:
        return rng, [Selection("basic", ...), Selection("basic", ())]
    source = Draws(rng, array.shape, chunk_shape(array), unique)
    # Of so many chunks, each takes long.
    selections = [draw(source) for draw in draws][:: 1 if array.nchunks < 40 else 2]
    if harness.params.shape == _LONG.shape:
        # More points than are compared one by one anywhere, and more rows than a byte counts.
        flat = rng.choice(array.size, 1100, replace=False)
        for order in (flat, np.sort(flat)):
            key = tuple(np.asarray(each) for each in np.unravel_index(order, array.shape))
            selections.append(Selection("coordinate", key))
    return rng, selections


def _read(harness: ArrayHarness, draws: Iterable[Draw]) -> None:
    array, contents = harness.blank()
    rng, selections = _drawn(harness, draws, array)
    # One part in an array with missing chunks.
    part = tuple(slice(n // 3, None) for n in array.shape)
    contents[part] = drawing.values(rng, contents[part].shape, array.dtype)
    harness.write_on_host(array, part, contents[part])
    with Failures() as failures:
        for selection in selections:
            with failures.collected():
                harness.assert_reads(array, contents, selection)


def _write(harness: ArrayHarness, draws: Iterable[Draw]) -> None:
    array, contents = harness.blank()
    rng, selections = _drawn(harness, draws, array, unique=True)
    writes = []
    for number, selection in enumerate(selections):
        shape = np.shape(selection.take(contents, chunk_shape(array)))
        # The fill value may drop chunks that were there.
        full = np.full(shape, array.fill_value, array.dtype)
        writes.append(
            (selection, full if number % 3 == 2 else drawing.values(rng, shape, array.dtype))
        )
    harness.assert_writes_in_turn(*writes, empty=True)
