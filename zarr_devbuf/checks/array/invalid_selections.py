"""Checks of invalid selections: they are rejected, on any device alike."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from zarr_devbuf.checks._assertions import show
from zarr_devbuf.checks.array.array_params import chunk_shape, numbers
from zarr_devbuf.checks.array.harness import REJECTIONS, ArrayHarness, array_check, documented_read
from zarr_devbuf.checks.array.selection import Selection
from zarr_devbuf.checks.errors import describe

if TYPE_CHECKING:
    from zarr_devbuf.checks.array.array_params import Shape


@documented_read(advice="Check bounds on the host, where selections are planned.", elements=True)
def check_invalid_reads(harness: ArrayHarness) -> None:
    """What NumPy does not select is rejected, and what zarr does not support is not made up.

    Beyond either end, too many indices, a mask of another shape, what is no index at all; steps
    backwards are rejected, or go backwards. Device memory has no bounds that are checked.
    """
    array, values = harness.filled()
    for selection in _dubious(values.shape):
        doing = f"reading {selection}"
        rejection, found = harness.attempt(doing, functools.partial(selection.read, array))
        if rejection:
            continue
        try:
            expected = selection.take(values, chunk_shape(array))
        except REJECTIONS as error:
            actual = show(np.asarray(harness.to_host(found)))
            raise harness.failed(doing, expected=describe(error), actual=actual) from error
        harness.assert_result(found, expected, doing)


@array_check(
    source="ours",
    severity="stored wrong",
    advice="Reject the selection before the first chunk is written.",
    elements=True,
)
def check_invalid_writes(harness: ArrayHarness) -> None:
    """What NumPy does not write to is rejected, and everything stays unchanged.

    It is rejected before anything is written, not halfway.
    """
    array, values = harness.filled()
    other = numbers(values.shape, values.dtype, 900)
    for selection in _dubious(values.shape):
        # A single value does not show in which direction it was written.
        source = other if isinstance(selection.key, slice) else np.array(5, values.dtype)
        doing = f"writing {selection}"
        write = functools.partial(selection.write, array, harness.put(source))
        rejection, _ = harness.attempt(doing, write)
        if not rejection:
            try:
                selection.assign(values, source, chunk_shape(array))
            except REJECTIONS as error:
                expected = describe(error)
                raise harness.failed(doing, expected=expected, actual="no exception") from error
        harness.assert_contents(array, values, doing)


def _dubious(shape: Shape) -> tuple[Selection, ...]:
    """List what NumPy rejects, and what zarr may reject or support."""
    rest = (slice(None),) * (len(shape) - 1)
    n = shape[0]
    return (
        Selection("basic", n),
        Selection("basic", -n - 1),
        Selection("basic", (0,) * (len(shape) + 1)),
        Selection("basic", slice(None, None, -1)),
        Selection("basic", 1.5),
        Selection("basic", "a"),
        Selection("basic", (..., ...)),
        Selection("orthogonal", (np.array([0, n]), *rest)),
        Selection("orthogonal", (np.ones(n + 1, dtype=bool), *rest)),
        Selection("coordinate", tuple(np.array([m]) for m in shape)),
        Selection("coordinate", tuple(np.array([-m - 1]) for m in shape)),
        # Beyond what an int64 holds: -1, if it is not noticed.
        Selection("orthogonal", (np.array([2**64 - 1], "u8"), *rest)),
        Selection("orthogonal", (np.array([-n - 1]), *rest)),
        Selection("coordinate", tuple(np.array([2**64 - 1], "u8") for _ in shape)),
        Selection("mask", np.ones([m + 1 for m in shape], dtype=bool)),
        Selection("block", n + 1),
    )
