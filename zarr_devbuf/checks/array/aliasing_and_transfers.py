"""Checks of aliasing and transfers: nothing is shared, and nothing is moved unasked."""

from __future__ import annotations

import functools
from contextlib import suppress
from typing import Any

import numpy as np
import zarr

from zarr_devbuf._backends.zarr_internals import array_on_store
from zarr_devbuf.checks.array.array_params import ArrayParams, numbers, reopened
from zarr_devbuf.checks.array.assertions import assert_no_transfers
from zarr_devbuf.checks.array.harness import (
    ArrayHarness,
    array_check,
    documented_write,
    precedent_write,
)
from zarr_devbuf.checks.array.selection import Selection
from zarr_devbuf.store import BufferMismatchError
from zarr_devbuf.transfers import record_transfers


@array_check(
    source="precedent",
    severity="read wrong",
    advice="Return a new array at each read, and keep none that was returned.",
)
def check_results_are_independent(harness: ArrayHarness) -> None:
    """A result is the caller's: writing to it changes neither the array nor another result."""
    array = harness.empty()
    values = numbers(array.shape, array.dtype, 31)
    with harness.device("reading twice"):
        array[...] = harness.put(values)
        first: Any = array[...]
        second: Any = array[...]
        if hasattr(first, "fill") and values.ndim:
            first[...] = first[...] * 0 if values.dtype.kind in "iufc" else second[...]
        third: Any = array[...]
    harness.assert_result(second, values, "another result")
    harness.assert_result(third, values, "read again")


@array_check(
    source="ours",
    severity="stored wrong",
    advice="Copy the values before they are changed, as by a codec in place.",
)
def check_input_unchanged(harness: ArrayHarness) -> None:
    """Writing leaves the caller's values unchanged, for whole chunks and parts of them."""
    array, values = harness.filled()
    part = tuple(slice(n // 3, None) for n in values.shape)
    given = harness.put(values)
    with harness.device("writing"):
        array[...] = given
        array[part] = given[part]
        array[...] = array[...]
    harness.assert_values(given, values, "the values that were written")


_SIZES = (
    ArrayParams((8, 6), (4, 6)),
    # Chunks of 72 KiB and of more than a MiB: small values may be copied, and large ones kept.
    ArrayParams((96, 384), (48, 384)),
    ArrayParams((1100, 512), (550, 512)),
    ArrayParams((8, 6), (8, 6), "u1"),
    ArrayParams((8, 6), (4, 6), zarr_format=2),
)


@precedent_write(
    *_SIZES, advice="Copy values before they are stored, or store them before the write returns."
)
def check_stored_values_stay(harness: ArrayHarness) -> None:
    """What is stored does not follow the caller's array, which may be changed after a write.

    Whole chunks and parts of them, small chunks and large ones, read by the same array and by
    another one that is opened again: no values may appear that nobody wrote. Source: icechunk
    fixed the same, and zarr's MemoryStore copies.
    """
    for key in (np.s_[...], np.s_[: harness.params.chunks[0]], np.s_[1:7, 1:]):
        for on_host in harness.memories():
            array, values = harness.filled()
            part = numbers(values[key].shape, values.dtype, 77)
            given = part.copy() if on_host else harness.put(part)
            doing = f"writing {Selection('basic', key)}, and changing the caller's array"
            values[key] = part
            try:
                with harness.host(doing) if on_host else harness.device(doing):
                    array[key] = given
            except BufferMismatchError:
                if not on_host:
                    raise
                continue
            given[...] = given[::-1] if on_host else harness.put(part[::-1])
            harness.assert_contents(array, values, doing)
            again = zarr.Array(reopened(array))
            harness.assert_contents(again, values, f"{doing}, opened again")


@array_check(
    *_SIZES,
    source="precedent",
    severity="read wrong",
    advice="Copy what was read from the store, or leave what was read alone in later writes.",
)
def check_read_values_stay(harness: ArrayHarness) -> None:
    """What was read does not follow the store, in which something else is written later.

    Nor does the store follow what was read, if the caller changes it. Source: as for
    `check_stored_values_stay`.
    """
    for key in (np.s_[...], np.s_[: harness.params.chunks[0]], np.s_[1:7, 1:]):
        array, values = harness.filled()
        other = numbers(values.shape, values.dtype, 5000)
        doing = f"reading {Selection('basic', key)}, and writing all"
        with harness.device(doing):
            found: Any = array[key]
        harness.write(array, ..., other, doing)
        harness.assert_result(found, values[key], doing)
        with harness.device(doing):
            found = array[key]
            found[...] = 0
        harness.assert_contents(array, other, f"changing what was read by {key}")


@documented_write(advice="Read each chunk from the store, and keep none on the array.")
def check_two_handles(harness: ArrayHarness) -> None:
    """Two arrays that are opened on the same store see each other's writes, whole and in part.

    Source: an array has no values of its own; they are in the store.
    """
    first, values = harness.filled()
    second = array_on_store(first, first.store)
    part = tuple(slice(n // 3, None) for n in values.shape)
    for turn, (writer, reader) in enumerate([(first, second), (second, first)] * 2):
        doing = f"written by one array and read by another, turn {turn}"
        with harness.device(doing):
            before: Any = reader[...]
        harness.assert_result(before, values, doing)
        values[part] = numbers(values[part].shape, values.dtype, 100 + 50 * turn)
        harness.write(writer, part, values[part], doing)
        harness.assert_reads(reader, values, text=doing)
        part = tuple(slice(0, max(1, n // 2)) for n in values.shape)


@array_check(
    elements=True,
    source="ours",
    severity="read wrong",
    advice="Copy vectors of indices before negative ones are counted from the end.",
)
def check_indices_unchanged(harness: ArrayHarness) -> None:
    """Reading and writing leave the caller's vectors of indices unchanged, negative ones, too.

    Source: this project. NumPy never writes to what it is indexed by.
    """
    array, values = harness.filled()
    for attribute in ("oindex", "vindex"):
        vectors = tuple(np.array([-1, 0, -n]) for n in values.shape)
        before = [each.copy() for each in vectors]
        indexed = getattr(array, attribute)
        doing = f"indexing by {attribute} with negative indices"
        with harness.host(doing), suppress(BufferMismatchError):
            indexed[vectors]
            indexed[vectors] = 1
        for after, each in zip(vectors, before, strict=True):
            if after.tolist() != each.tolist():
                raise harness.failed(doing, expected=str(each), actual=str(after))


@array_check(
    source="ours",
    severity="wasteful",
    advice="Pass device arrays on, at the lines below.",
    device_only=True,
)
def check_implicit_transfers(harness: ArrayHarness) -> None:
    """Slices are written and read with no implicit transfer: chunks stay in device memory.

    No compressor, no filter, no shard, no vector of indices: nothing needs the host.
    """
    array = harness.empty()
    values = harness.put(numbers(array.shape, array.dtype))
    with harness.device("writing and reading"), record_transfers() as log:
        array[...] = values
        array[tuple(slice(n // 2, None) for n in array.shape)]
        array[...]
    assert_no_transfers(harness, log.implicit, "writing all, reading a part, reading all")


@array_check(
    source="ours",
    severity="stored wrong",
    advice="Move NumPy arrays to the device, or reject them first.",
    device_only=True,
)
def check_host_values(harness: ArrayHarness) -> None:
    """Values in host memory are written correctly, or are rejected before anything is written.

    A prototype may reject a NumPy array in place of one of the device, or move it. It must not
    write other values, nor a part of them before it rejects them.
    """
    array, values = harness.filled()
    other = numbers(values.shape, values.dtype, 700)
    doing = "writing a NumPy array"
    write = functools.partial(array.__setitem__, ..., other)
    error, _ = harness.attempt(doing, write, TypeError, ValueError)
    harness.assert_contents(array, values if error else other, doing)


@array_check(
    source="ours",
    severity="read wrong",
    advice="Move indices to the host before zarr plans with them, or reject them.",
    device_only=True,
    elements=True,
)
def check_device_vectors(harness: ArrayHarness) -> None:
    """Vectors of indices on the device select what those on the host do, or are rejected.

    Zarr plans on the host. A device array among the indices may be moved there, or be rejected by
    `TypeError` or `IndexError`; it must not select anything else.
    """
    array, values = harness.filled()
    rows = np.array([0, values.shape[0] - 1])
    rest = tuple(slice(None) for _ in values.shape[1:])
    mask = np.arange(values.size).reshape(values.shape) % 3 == 1
    flags = np.arange(values.shape[0]) % 2 == 0
    for kind, selection, expected in (
        ("oindex", (harness.put(rows), *rest), values[rows]),
        ("oindex", (harness.put(flags), *rest), values[flags]),
        ("vindex", harness.put(mask), values[mask]),
    ):
        doing = f"reading by {kind} with vectors on the device"
        read = functools.partial(getattr(array, kind).__getitem__, selection)
        error, found = harness.attempt(doing, read)
        if not error:
            harness.assert_result(found, expected, doing)
