"""Checks of fill values: chunks that are missing, and chunks that need not be there."""

from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.checks._harness import host_configuration
from zarr_devbuf.checks.array.array_params import ArrayParams, numbers
from zarr_devbuf.checks.array.assertions import assert_stored_as_on_host, assert_stored_same
from zarr_devbuf.checks.array.harness import ArrayHarness, array_check
from zarr_devbuf.checks.array.selections import Selection

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


@array_check(ArrayParams(fill_value=42), advice="Fill the places of missing chunks, only those.")
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


@array_check(
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
    advice="Take zero if the fill value is None, and drop no chunk for it.",
)
def check_fill_value_none(harness: ArrayHarness) -> None:
    """A fill value of None, as in format 2, reads as zeros, and does not drop chunks.

    Format 2 does not define what is read then; zarr takes the default of the dtype.
    """
    _assert_reads_fill_value(harness, 0)
    assert_stored_as_on_host(harness, np.zeros(5, harness.params.dtype), "zeros")


@array_check(
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
        assert_stored_as_on_host(harness, values, f"{value} everywhere")


@array_check(
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


@array_check(
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
    advice="Compare chunks with the fill value as `NDBuffer.all_equal` of zarr.buffer.cpu does.",
)
def check_empty_chunks_dropped(harness: ArrayHarness) -> None:
    """Without `write_empty_chunks`, the chunks that are kept are those that the host keeps.

    Chunks that equal the fill value, or all but one element of it, NaN among them; chunks that
    become equal to it by a second write, and are then deleted.
    """
    params = harness.params
    assert_stored_as_on_host(harness, _nearly_empty(harness), "few other values")
    if (params.dtype, params.fill_value) not in _FILLS[:3]:
        return
    full = np.full((2, 9), params.fill_value, params.dtype)
    array, host = harness.empty(), harness.empty()
    others = numbers(array.shape, array.dtype, 8)
    harness.fill(array, others)
    with harness.device("writing the fill value over other values"):
        array[:, 1:7] = harness.put(full[:, 1:7])
        array[:, :2] = harness.put(full[:, :2])
    harness.fill(host, np.concatenate([full[:, :7], others[:, 7:]], axis=1))
    assert_stored_same(harness, array, host, "the fill value written over other values")


@array_check(
    *_vectors(("f8", 0.0), ("f4", float("nan")), ("i4", 7), shape=(2, 9), chunks=(1, 3)),
    advice="Store every chunk if `write_empty_chunks` is true.",
)
def check_empty_chunks_kept(harness: ArrayHarness) -> None:
    """With `write_empty_chunks`, every chunk that is written is kept, as on the host."""
    assert_stored_as_on_host(harness, _nearly_empty(harness), "few other values")


def _nearly_empty(harness: ArrayHarness) -> Any:
    """Make three chunks of the fill value, and three with one other value in each."""
    values = np.full((2, 9), harness.params.fill_value, harness.params.dtype)
    values[1, [0, 4, 8]] = numbers((1,), harness.params.dtype, 8)
    return values


def _assert_reads_fill_value(harness: ArrayHarness, fill_value: Any) -> None:
    array = harness.empty()
    expected = np.full(array.shape, fill_value, array.dtype)
    harness.assert_reads(array, expected, text="an array that was never written")
