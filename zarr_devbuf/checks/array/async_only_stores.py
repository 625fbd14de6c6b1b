"""Checks of arrays on stores without synchronous methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr_devbuf._backends.zarr_internals import AsyncOnlyStore, array_on_store
from zarr_devbuf.checks.array.array_params import numbers
from zarr_devbuf.checks.array.failing_operations import fault_check, part_of
from zarr_devbuf.checks.array.selection import as_selection

if TYPE_CHECKING:
    from zarr_devbuf.checks.array.harness import ArrayHarness


@fault_check(
    source="documented",
    severity="stored wrong",
    advice="Handle chunks alike in the synchronous and the asynchronous code path.",
)
def check_store_without_sync(harness: ArrayHarness) -> None:
    """On a store that is asynchronous only, an array is written and read as on any other.

    The pipelines have a code path of their own for stores with synchronous methods, as those of
    memory and of files are: tests on these stores never run the other one.
    """
    array, values = harness.filled()
    copy = array_on_store(array, AsyncOnlyStore(array.store))
    # Shards are read in part and written whole: the other ways have checks of their own.
    keys: list[Any] = [part_of(array)] if array.shards else [..., part_of(array)]
    for key in keys:
        harness.assert_reads(copy, values, key, "an array on a store without synchronous methods")
    keys = [...] if array.shards else [..., part_of(array)]
    for key in keys:
        doing = f"writing {as_selection(key)} to a store without synchronous methods"
        other = numbers(values.shape, values.dtype, 500)
        with harness.device(doing):
            copy[key] = harness.put(other[key])
        values[key] = other[key]
        harness.assert_contents(array, values, doing)
