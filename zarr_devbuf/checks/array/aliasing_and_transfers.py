"""Checks of aliasing and transfers: nothing is shared, and nothing is moved unasked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.array.array_params import numbers
from zarr_devbuf.checks.array.harness import REJECTIONS, array_check
from zarr_devbuf.checks.errors import violated
from zarr_devbuf.transfers import record_transfers

if TYPE_CHECKING:
    from zarr_devbuf.checks.array.harness import ArrayHarness


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


@array_check(
    advice="Pass device arrays on, at the lines below, instead of NumPy arrays.", device_only=True
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
    if len(log.implicit):
        raise violated(
            case=harness.case("writing all, reading a part, reading all"),
            expected="no implicit transfer",
            actual=f"{len(log.implicit)} implicit transfers",
            advice=harness.advice,
            transfers=log.implicit,
        )


@array_check(
    advice="Move a NumPy array to the device, or reject it before anything is written.",
    device_only=True,
)
def check_host_values(harness: ArrayHarness) -> None:
    """Values in host memory are written correctly, or are rejected before anything is written.

    A prototype may reject a NumPy array in place of one of the device, or move it. It must not
    write other values, nor a part of them before it rejects them.
    """
    array, values = harness.filled()
    expected = numbers(values.shape, values.dtype, 700)
    with harness.device("writing a NumPy array"):
        try:
            array[...] = expected
        except (TypeError, ValueError):
            expected = values
    harness.assert_contents(array, expected, "a NumPy array written")


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
        with harness.device(f"reading by {kind} with vectors on the device"):
            try:
                found: Any = getattr(array, kind)[selection]
            except REJECTIONS:
                continue
        harness.assert_result(found, expected, f"{kind} with vectors on the device")
