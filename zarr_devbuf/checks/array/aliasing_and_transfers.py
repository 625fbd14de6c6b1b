"""Checks of aliasing and transfers: nothing is shared, and nothing is moved unasked."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from zarr_devbuf.checks.array.array_params import numbers
from zarr_devbuf.checks.array.assertions import assert_no_transfers
from zarr_devbuf.checks.array.harness import ArrayHarness, array_check
from zarr_devbuf.transfers import record_transfers


@array_check(advice="Return a new array at each read, and keep none that was returned.")
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


@array_check(advice="Copy the values before they are changed, as by a codec in place.")
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


@array_check(advice="Pass device arrays on, at the lines below.", device_only=True)
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


@array_check(advice="Move NumPy arrays to the device, or reject them first.", device_only=True)
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
