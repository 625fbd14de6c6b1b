"""Checks of fill values: chunks that are missing, and chunks that need not be there."""

from __future__ import annotations

import functools
from itertools import filterfalse
from typing import Any

import numpy as np

from zarr_devbuf.checks._assertions import same_bits
from zarr_devbuf.checks._harness import host_configuration
from zarr_devbuf.checks.array.array_params import ArrayParams, numbers
from zarr_devbuf.checks.array.harness import (
    ArrayHarness,
    array_check,
    documented_read,
    documented_write,
    precedent_write,
)
from zarr_devbuf.checks.array.keys import chunk_key, document_in
from zarr_devbuf.checks.array.selection import Selection
from zarr_devbuf.store import is_metadata_key

# Chunks of these are dropped, or not, by a comparison with the fill value.
_FILLS: tuple[tuple[str, Any], ...] = (
    ("f8", 0.0),
    ("f8", 2.5),
    ("f4", float("nan")),
    ("f4", float("inf")),
    ("f4", 0.1),
    ("i4", 0),
    ("i8", -(2**62) - 1),
    ("u8", 2**64 - 1),
    ("?", False),
    ("?", True),
    ("c16", complex(1, -2)),
    ("c8", complex(float("nan"), 0.0)),
)
_COMPLEX_ZEROS = tuple(complex(real, imag) for real in (0.0, -0.0) for imag in (0.0, -0.0))


def _vectors(*fills: tuple[str, Any], **settings: Any) -> tuple[ArrayParams, ...]:
    """Make settings of small vectors, one for each dtype and fill value."""
    shape: Any = {"shape": (5,), "chunks": (3,), **settings}
    return tuple(ArrayParams(dtype=dtype, fill_value=fill, **shape) for dtype, fill in fills)


@documented_read(
    ArrayParams(fill_value=42), advice="Fill the places of missing chunks, only those."
)
def check_missing_chunks(harness: ArrayHarness) -> None:
    """Chunks that are missing read as the fill value, and those that exist as they were written.

    By slices, some of which find no chunk at all, with integers that drop an axis, and by vectors.
    """
    array = harness.empty()
    contents = np.full(array.shape, 42, array.dtype)
    contents[:3, :4] = numbers((3, 4), "i4")
    with host_configuration():
        array[:3, :4] = contents[:3, :4]
    rows = Selection("orthogonal", (np.array([0, 3, 6]), slice(None)))
    for key in (np.s_[...], np.s_[0], np.s_[3:7, 4:6], np.s_[::3, 1::2], (6, 5), rows):
        harness.assert_reads(array, contents, key, "an array with one chunk")


@documented_read(
    *_vectors(*_FILLS),
    *_vectors(*_FILLS, zarr_format=2),
    advice="Fill memory by the dtype of the array, whatever the fill value is.",
)
def check_fill_values(harness: ArrayHarness) -> None:
    """An array that was never written reads as its fill value, to the bit.

    Numbers, infinity and NaN, flags, complex numbers, the largest of the integers, in both formats
    of metadata.
    """
    _assert_reads_fill_value(harness, harness.params.fill_value)


@array_check(
    *_vectors(("i4", None), ("f8", None), zarr_format=2),
    *_vectors(("i4", None), ("f8", None), zarr_format=2, write_empty_chunks=False),
    source="precedent",
    severity="read wrong",
    advice="Take zero if the fill value is None, for reads of missing chunks.",
)
def check_fill_value_none(harness: ArrayHarness) -> None:
    """A fill value of None, as in format 2, reads as zeros, which are kept if they are written.

    Format 2 does not define what is read then; zarr takes the default of the dtype.
    """
    _assert_reads_fill_value(harness, 0)
    harness.assert_writes((..., np.zeros(5, harness.params.dtype)), empty=True, text="zeros")


@precedent_write(
    *_vectors(
        *((dtype, fill) for dtype in ("f4", "f8", "f2") for fill in (-0.0, 0.0)),
        write_empty_chunks=False,
    ),
    advice="Compare chunks with the fill value by their bits: -0.0 is not 0.0.",
)
def check_negative_zero(harness: ArrayHarness) -> None:
    """A fill value of -0.0 reads as -0.0, and a chunk of 0.0 is not one of -0.0.

    The two compare equal, and have different bits: a chunk of one must not be dropped for the
    other.
    """
    _assert_reads_fill_value(harness, harness.params.fill_value)
    for value in (-0.0, 0.0):
        values = np.full(5, value, harness.params.dtype)
        harness.assert_writes((..., values), empty=True, text=f"{value} everywhere")


@precedent_write(
    *_vectors(*(("c16", zero) for zero in _COMPLEX_ZEROS), shape=(6,), write_empty_chunks=False),
    advice="Compare the signs of both parts of complex zeros.",
)
def check_negative_zero_of_complex(harness: ArrayHarness) -> None:
    """A chunk of complex zeros is dropped for a fill value with the same signs, and for no other.

    Both parts of a complex number have a zero of either sign: all four compare equal, and have
    different bits. Branch cuts of complex functions lie there.
    """
    for value in _COMPLEX_ZEROS:
        harness.assert_writes((..., np.full(6, value)), empty=True, text=f"{value} everywhere")


@documented_write(
    *_vectors(*_FILLS, shape=(7,), chunks=(4,)),
    advice="Fill the memory of a new chunk before a part of it is written.",
)
def check_fill_value_of_partial_chunks(harness: ArrayHarness) -> None:
    """A chunk of which a part was written has the fill value in the rest, to the bit.

    The memory of the chunk is allocated and filled on the device before the part is written.
    """
    harness.assert_writes((slice(2, 5), numbers((3,), harness.params.dtype)), empty=True)


@array_check(
    *_vectors(*_FILLS, shape=(2, 9), chunks=(1, 3), write_empty_chunks=False),
    # Format 2 has code of its own for which chunks are stored.
    *_vectors(*_FILLS[:3], shape=(2, 9), chunks=(1, 3), write_empty_chunks=False, zarr_format=2),
    source="documented",
    severity="wasteful",
    advice="Compare chunks with the fill value as `NDBuffer.all_equal` of zarr.buffer.cpu does.",
)
def check_empty_chunks_dropped(harness: ArrayHarness) -> None:
    """Without `write_empty_chunks`, the chunks that are stored are those with other values.

    Chunks that equal the fill value, or all but one element of it, NaN among them; chunks that
    become equal to it by a second write, and are then deleted. Which are stored follows from the
    values alone, whatever the host does. Source: the documentation of `write_empty_chunks`.
    """
    values = _nearly_empty(harness)
    full = np.full((2, 9), harness.params.fill_value, harness.params.dtype)
    others = numbers((2, 9), harness.params.dtype, 8)
    for on_host in harness.memories():
        array = harness.empty()
        _write(harness, array, ..., values, on_host)
        _assert_chunks(harness, array, {(1, 0), (1, 1), (1, 2)}, "few other values", on_host)
        array = harness.empty()
        harness.fill(array, others)
        kept = _places_of_others(harness, others)
        _assert_chunks(harness, array, kept, "other values", on_host)
        _write(harness, array, np.s_[:, 1:7], full[:, 1:7], on_host)
        _write(harness, array, np.s_[:, :2], full[:, :2], on_host)
        text = "the fill value written over other values"
        contents = np.concatenate([full[:, :7], others[:, 7:]], axis=1)
        _assert_chunks(harness, array, _places_of_others(harness, contents), text, on_host)
        harness.assert_contents(array, contents, text)


@documented_write(
    *_vectors(("f8", 0.0), ("f4", float("nan")), ("i4", 7), shape=(2, 9), chunks=(1, 3)),
    *_vectors(("f8", 0.0), shape=(2, 9), chunks=(1, 3), zarr_format=2),
    advice="Store every chunk if `write_empty_chunks` is true.",
)
def check_empty_chunks_kept(harness: ArrayHarness) -> None:
    """With `write_empty_chunks`, every chunk that is written is stored.

    Source: the documentation of `write_empty_chunks`.
    """
    every = set(np.ndindex(2, 3))
    for on_host in harness.memories():
        array = harness.empty()
        _write(harness, array, ..., _nearly_empty(harness), on_host)
        _assert_chunks(harness, array, every, "few other values", on_host)


@documented_read(
    ArrayParams(fill_value=4, more_config=(("read_missing_chunks", False),)),
    ArrayParams(fill_value=4, zarr_format=2, more_config=(("read_missing_chunks", False),)),
    advice="Raise `ChunkNotFoundError` for a chunk that is missing.",
)
def check_missing_chunks_rejected(harness: ArrayHarness) -> None:
    """With ``read_missing_chunks=False``, a read of a missing chunk raises, and any other does not.

    Source: the documentation of `read_missing_chunks`.
    """
    array = harness.empty()
    values = numbers((3, 4), "i4")
    harness.write(array, np.s_[:3, :4], values, "writing one chunk")
    there: tuple[Any, ...] = (np.s_[:3, :4], np.s_[1:3, 2])
    for part in there:
        doing = f"reading {Selection('basic', part)}, which is there"
        with harness.device(doing):
            found = array[part]
        harness.assert_result(found, values[part], doing)
    keys: tuple[Any, ...] = (np.s_[...], np.s_[3:5], np.s_[2:4, ::2], np.s_[6, 5])
    for key in keys:
        doing = f"reading {Selection('basic', key)}, with chunks that are missing"
        read = functools.partial(array.__getitem__, key)
        rejection, _ = harness.attempt(doing, read, Exception)
        if not rejection:
            raise harness.failed(doing, expected="an error", actual="no exception")


def _nearly_empty(harness: ArrayHarness) -> Any:
    """Make three chunks of the fill value, and three with one other value in each."""
    values = np.full((2, 9), harness.params.fill_value, harness.params.dtype)
    other = numbers((1,), harness.params.dtype, 8)
    # Of two flags, `numbers` gives the one that is the fill value.
    values[1, [0, 4, 8]] = ~values[1, 0] if harness.params.dtype == "?" else other
    return values


def _write(harness: ArrayHarness, array: Any, key: Any, values: Any, on_host: bool) -> None:
    if on_host:
        harness.write_on_host(array, key, values)
    else:
        harness.write(array, key, values, f"writing {Selection('basic', key)}")


def _places_of_others(harness: ArrayHarness, contents: Any) -> set[tuple[int, ...]]:
    """Return which chunks have other values than the fill value."""
    fill = np.full((1, 3), harness.params.fill_value, harness.params.dtype)
    chunks = (
        (place, contents[place[0], 3 * place[1] : 3 * place[1] + 3]) for place in np.ndindex(2, 3)
    )
    return {place for place, chunk in chunks if not same_bits(chunk[None], fill)}


def _assert_chunks(
    harness: ArrayHarness, array: Any, places: set[Any], text: str, on_host: bool
) -> None:
    found = harness.stored(array, metadata=True)
    document, stored = document_in(harness, found), set(filterfalse(is_metadata_key, found))
    expected = {chunk_key(document, place) for place in places}
    if stored != expected:
        raise harness.failed(
            f"{text}, written {'in plain host memory' if on_host else 'from the backend'}",
            expected=f"the chunks {', '.join(sorted(expected)) or 'none'} in the store",
            actual=", ".join(sorted(stored)) or "none",
        )


def _assert_reads_fill_value(harness: ArrayHarness, fill_value: Any) -> None:
    array = harness.empty()
    expected = np.full(array.shape, fill_value, array.dtype)
    harness.assert_reads(array, expected, text="an array that was never written")
