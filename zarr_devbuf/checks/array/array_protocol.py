"""Checks of the array protocol: rows, NumPy's view of it, counts, attributes, pickles."""

from __future__ import annotations

import functools
import itertools
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.array.array_params import ArrayParams, chunk_shape, numbers, reopened
from zarr_devbuf.checks.array.assertions import assert_no_transfers
from zarr_devbuf.checks.array.harness import (
    ArrayHarness,
    array_check,
    documented_read,
    documented_write,
)
from zarr_devbuf.checks.errors import NotApplicable
from zarr_devbuf.transfers import record_transfers

if TYPE_CHECKING:
    import zarr


@documented_read(advice="Iterate from 0 to the length of the first axis.", elements=True)
def check_iteration(harness: ArrayHarness) -> None:
    """Iteration gives the rows, each as an array of the prototype, all of them and no more."""
    array, values = harness.filled()
    limit = len(values) + 1
    with harness.device("iterating over the array"):
        rows: list[Any] = list(itertools.islice(iter(array), limit))
    if len(rows) != len(values):
        actual = "more rows" if len(rows) == limit else f"{len(rows)} rows"
        raise harness.failed("iterating", expected=f"{len(values)} rows", actual=actual)
    for number, row in enumerate(rows):
        harness.assert_result(row, values[number], f"row {number} of an iteration")


@documented_read(advice="Move the values to the host in `__array__`, or raise TypeError.")
def check_conversion_to_numpy(harness: ArrayHarness) -> None:
    """`numpy.asarray` of an array returns its values on the host, or raises TypeError.

    With the device configured zarr may move the values, or leave that to the user, as CuPy does.
    """
    array, values = harness.filled()
    for dtype in (None, np.dtype("f8")):
        if dtype is not None and not np.can_cast(values.dtype, dtype):
            continue
        doing = f"numpy.asarray(array, dtype={dtype})"
        read = functools.partial(np.asarray, array, dtype=dtype)
        error, found = harness.attempt(doing, read, TypeError)
        if error and harness.backend.is_host:
            raise error
        if not error:
            expected = values.astype(dtype) if dtype else values
            harness.assert_values(found, expected, doing)


@documented_read(advice="Count what is in the store, with any prototype.", elements=True)
def check_counts(harness: ArrayHarness) -> None:
    """The chunks and bytes that an array counts are those in the store.

    Before anything is written, after one chunk, and after all: a count that is remembered shows.
    """
    array = harness.empty()
    values = numbers(array.shape, array.dtype, 30)
    stored = chunk_shape(array)
    chunks_in_one = int(np.prod(stored)) // int(np.prod(array.chunks))
    one = tuple(slice(0, length) for length in stored)
    for name, key in (("nothing", None), ("one chunk", one), ("all", np.s_[...])):
        if key is not None:
            harness.write(array, key, values[key], "writing chunks to be counted")
        chunks = len(harness.stored(array)) * chunks_in_one
        nbytes = sum(map(len, harness.stored(array, metadata=True).values()))
        with harness.device("counting chunks"):
            found = _counts(array)
        if found[:2] != (chunks, nbytes) or str(nbytes) not in found[2]:
            expected = f"{chunks} chunks, {nbytes} bytes with the metadata"
            actual = f"{found[0]} chunks, {found[1]} bytes, and\n{found[2]}"
            raise harness.failed(f"writing {name}", expected=expected, actual=actual)


@array_check(
    source="ours",
    severity="wasteful",
    advice="Ask the store for sizes, or read with the host's prototype.",
    device_only=True,
)
def check_counting_moves_nothing(harness: ArrayHarness) -> None:
    """Counting the chunks and bytes of an array moves none of them to the device."""
    array, _ = harness.filled()
    with harness.device("counting chunks"), record_transfers() as log:
        _counts(array)
    assert_no_transfers(harness, log, "nchunks_initialized, nbytes_stored() and info_complete()")


@documented_write(
    None, ArrayParams(zarr_format=2), advice="Store the whole document at every change."
)
def check_attributes(harness: ArrayHarness) -> None:
    """Attributes that are written with the device configured are there if the array is reopened.

    And with the host configured; in both formats, each attribute next to the existing ones.
    """
    array = harness.empty()
    with harness.host("writing attributes with the host configured"):
        array.update_attributes({"unit": "m", "written on": "the host"})
    with harness.device("writing attributes with the device configured"):
        array.update_attributes({"offset": [1, 2.5, None], "written on": "the device"})
        on_device = dict(reopened(array).attrs)
    with harness.host("reading attributes that were written with the device configured"):
        on_host = dict(reopened(array).attrs)
    expected = {"unit": "m", "written on": "the device", "offset": [1, 2.5, None]}
    for name, found in (
        ("the array itself", dict(array.attrs)),
        ("an array opened with the device configured", on_device),
        ("an array opened with the host configured", on_host),
    ):
        if found != expected:
            doing = f"reading the attributes of {name}"
            raise harness.failed(doing, expected=str(expected), actual=str(found))


@array_check(
    source="documented",
    severity="raises",
    advice="Pickle the store with the array, and no buffer or prototype.",
)
def check_pickling(harness: ArrayHarness) -> None:
    """An array that is pickled on the device is the same afterwards, on the device and the host.

    Arrays reach other processes in this way. Whether a store can be pickled is checked for stores.
    """
    array = harness.empty()
    values = numbers(array.shape, array.dtype, 80)
    harness.write(array, ..., values, "writing an array that is to be pickled")
    try:
        pickle.dumps(array.store)
    except Exception as error:
        raise NotApplicable(f"the store cannot be pickled: {error}") from error
    with harness.device("pickling the array"):
        other = pickle.loads(pickle.dumps(array))  # noqa: S301 - pickled a moment ago
    harness.assert_reads(other, values, text="an array that was pickled")


def _counts(array: zarr.Array[Any]) -> tuple[int, int, str]:
    return array.nchunks_initialized, array.nbytes_stored(), repr(array.info_complete())
