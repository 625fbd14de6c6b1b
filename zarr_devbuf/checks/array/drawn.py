"""Checks of drawn arrays: selections of each kind, drawn at random, compared with NumPy."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from zarr.codecs import BytesCodec, ShardingCodec

from zarr_devbuf.checks.array import drawing
from zarr_devbuf.checks.array.array_params import ArrayParams, chunk_shape
from zarr_devbuf.checks.array.failures import Failures
from zarr_devbuf.checks.array.harness import ArrayHarness, array_check
from zarr_devbuf.checks.array.selections import Selection
from zarr_devbuf.store import BufferMismatchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy.typing as npt
    import zarr

    from zarr_devbuf.checks.array.array_params import Shape
    from zarr_devbuf.checks.array.drawing import Generator

    type Draw = Callable[[Generator, Shape, Shape], Selection]

_READS = "Compare the parts of each chunk that the indexer names with NumPy's."
_WRITES = "Keep the elements of each chunk that are not selected."
_ARRAYS = drawing.arrays(20)
_SHARDED = drawing.sharded_arrays(30)
_LONG = ArrayParams((70, 40), (16, 9), "i4", 6)
_LONG_SHARDS = replace(
    _LONG,
    chunks=(32, 20),
    serializer=ShardingCodec(
        chunk_shape=(4, 5), codecs=[BytesCodec()], index_codecs=[BytesCodec()]
    ),
)

_SLICES: tuple[Draw, ...] = (lambda rng, shape, _: drawing.slices(rng, shape),) * 6
_VECTORS: tuple[Draw, ...] = (
    *(lambda rng, shape, _: drawing.orthogonal(rng, shape),) * 3,
    *(lambda rng, shape, _: drawing.masks(rng, shape),) * 2,
    *(drawing.blocks,) * 2,
)
_POINTS: tuple[Draw, ...] = (
    *(lambda rng, shape, _: drawing.points(rng, shape),) * 4,
    lambda rng, shape, _: drawing.outer_points(rng, shape),
)
_UNIQUE_VECTORS: tuple[Draw, ...] = (
    *(lambda rng, shape, _: drawing.orthogonal(rng, shape, unique=True),) * 3,
    *(lambda rng, shape, _: drawing.masks(rng, shape),) * 2,
    *(drawing.blocks,) * 2,
)
_UNIQUE_POINTS: tuple[Draw, ...] = (
    *(lambda rng, shape, _: drawing.points(rng, shape, unique=True),) * 4,
    lambda rng, shape, _: drawing.outer_points(rng, shape, unique=True),
)


@array_check(*_ARRAYS, source="documented", severity="read wrong", advice=_READS)
def check_drawn_slices_read(harness: ArrayHarness) -> None:
    """Slices and integers, drawn at random, read what NumPy reads, in one to five dimensions.

    Bounds that are negative, None or beyond the end, steps, an ellipsis at any place, chunks that
    are missing. Source: zarr documents the selections of NumPy.
    """
    _read(harness, _SLICES)


@array_check(*_ARRAYS, source="documented", severity="read wrong", advice=_READS)
def check_drawn_vectors_read(harness: ArrayHarness) -> None:
    """`oindex`, masks and `blocks`, drawn at random, read what NumPy reads.

    Vectors that are sorted or not, repeated, negative, of flags, mixed with slices and integers;
    no blocks at all. Source: zarr documents the selections of NumPy.
    """
    _read(harness, _VECTORS)


@array_check(*_ARRAYS, _LONG, source="documented", severity="read wrong", advice=_READS)
def check_drawn_points_read(harness: ArrayHarness) -> None:
    """`vindex`, with points that are drawn at random, reads what NumPy reads.

    Sorted within one chunk or in any order, repeated, negative, in one dimension and in more,
    broadcast; more than a thousand. Source: zarr documents the selections of NumPy.
    """
    _read(harness, _POINTS)


@array_check(*_ARRAYS, source="documented", severity="stored wrong", advice=_WRITES)
def check_drawn_slices_written(harness: ArrayHarness) -> None:
    """Slices and integers, drawn at random, write what NumPy writes, one after the other."""
    _write(harness, _SLICES)


@array_check(*_ARRAYS, source="documented", severity="stored wrong", advice=_WRITES)
def check_drawn_vectors_written(harness: ArrayHarness) -> None:
    """`oindex`, masks and `blocks`, drawn at random, write what NumPy writes."""
    _write(harness, _UNIQUE_VECTORS)


@array_check(*_ARRAYS, _LONG, source="documented", severity="stored wrong", advice=_WRITES)
def check_drawn_points_written(harness: ArrayHarness) -> None:
    """`vindex`, with points that are drawn at random, writes what NumPy writes."""
    _write(harness, _UNIQUE_POINTS)


@array_check(*_SHARDED, source="documented", severity="read wrong", advice=_READS)
def check_drawn_reads_of_shards(harness: ArrayHarness) -> None:
    """Selections of each kind, drawn at random, read from shards what NumPy reads.

    In no dimension to three, with up to 125 chunks in a shard, the index at either end, filters and
    compressors within shards and after them, shards in shards.
    """
    _read(harness, (*_SLICES[:4], *_VECTORS))


@array_check(*_SHARDED, source="documented", severity="stored wrong", advice=_WRITES)
def check_drawn_writes_to_shards(harness: ArrayHarness) -> None:
    """Selections of each kind, drawn at random, write to shards what NumPy writes.

    Among them the fill value: the chunks of it that a shard had must not come back.
    """
    _write(harness, (*_SLICES[:4], *_UNIQUE_VECTORS))


@array_check(
    *_SHARDED[2:], _LONG_SHARDS, source="documented", severity="stored wrong", advice=_WRITES
)
def check_drawn_points_in_shards(harness: ArrayHarness) -> None:
    """`vindex`, with points that are drawn at random, reads and writes shards as NumPy does."""
    failures = Failures()
    with failures.collected():
        _read(harness, _POINTS)
    with failures.collected():
        _write(harness, _UNIQUE_POINTS)
    failures.raise_first()


def _drawn(
    harness: ArrayHarness, draws: Iterable[Draw], shape: Shape, chunks: Shape
) -> tuple[Generator, list[Selection]]:
    """Draw selections that depend on the array and on nothing else."""
    rng = np.random.default_rng(zlib.crc32(str(harness.params).encode()))
    if not shape:
        return rng, [Selection("basic", ...), Selection("basic", ())]
    selections = [draw(rng, shape, chunks) for draw in draws]
    if harness.params.shape == _LONG.shape:
        # More points than are compared one by one anywhere, and more rows than a byte counts.
        flat = rng.choice(int(np.prod(shape)), 1100, replace=False)
        for order in (flat, np.sort(flat)):
            key = tuple(np.asarray(each) for each in np.unravel_index(order, shape))
            selections.append(Selection("coordinate", key))
    return rng, selections


def _read(harness: ArrayHarness, draws: Iterable[Draw]) -> None:
    array = harness.empty()
    rng, selections = _drawn(harness, draws, array.shape, chunk_shape(array))
    contents = np.full(array.shape, array.fill_value, array.dtype)
    # One part in an array with missing chunks.
    part = tuple(slice(n // 3, None) for n in array.shape)
    contents[part] = drawing.values(rng, contents[part].shape, array.dtype)
    with harness.host("filling a part"):
        array[part if array.shape else ...] = contents[part]
    failures = Failures()
    for selection in selections:
        with failures.collected():
            harness.assert_reads(array, contents, selection)
    failures.raise_first()


def _write(harness: ArrayHarness, draws: Iterable[Draw]) -> None:
    failures = Failures()
    # The plain classes of the host do what those of a backend in its memory do.
    for on_host in (False,) if harness.backend.is_host else (True, False):
        array = harness.empty()
        contents = np.full(array.shape, array.fill_value, array.dtype)
        rng, selections = _drawn(harness, draws, array.shape, chunk_shape(array))
        for number, selection in enumerate(selections):
            shape = np.shape(selection.take(contents, chunk_shape(array)))
            values = drawing.values(rng, shape, array.dtype)
            if number % 3 == 2:
                values = np.full(shape, array.fill_value, array.dtype)
            with failures.collected():
                try:
                    _write_one(harness, array, contents, selection, values, on_host=on_host)
                except BufferMismatchError:
                    if not on_host:
                        raise
                    break  # the store does not serve the host
    failures.raise_first()


def _write_one(
    harness: ArrayHarness,
    array: zarr.Array[Any],
    contents: npt.NDArray[Any],
    selection: Selection,
    values: npt.NDArray[Any],
    *,
    on_host: bool,
) -> None:
    """Write to an array and to what it has to contain; both are equal again after a failure."""
    doing = f"writing {selection}{' in plain host memory' if on_host else ''}"
    try:
        if on_host:
            with harness.host(doing):
                selection.write(array, values)
        else:
            given = harness.put(values)
            with harness.device(doing):
                selection.write(array, given)
    except BufferMismatchError:
        raise
    except Exception:
        # How much of it was written is not known.
        harness.fill(array, contents)
        raise
    selection.assign(contents, values, chunk_shape(array))
    try:
        harness.assert_contents(array, contents, doing)
    except Exception:
        harness.fill(array, contents)
        raise
