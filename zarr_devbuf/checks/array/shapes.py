"""Checks of shapes: no dimensions, no elements, uneven chunks, and shapes that change."""

from __future__ import annotations

import numpy as np

from zarr_devbuf._backends.zarr_internals import rectilinear_chunks
from zarr_devbuf.checks.array.array_params import ArrayParams, numbers
from zarr_devbuf.checks.array.harness import (
    ArrayHarness,
    array_check,
    documented_read,
    documented_write,
)
from zarr_devbuf.checks.errors import NotApplicable


@documented_write(
    ArrayParams((1,), (1,)),
    ArrayParams((5,), (2,)),
    ArrayParams((5,), (9,)),
    ArrayParams((4, 6), (2, 3)),
    ArrayParams((3, 1, 4), (2, 1, 3)),
    ArrayParams((2, 3, 2, 3), (1, 2, 2, 2)),
    advice="Make no assumption on the number of dimensions, or of chunks along one.",
)
def check_dimensions(harness: ArrayHarness) -> None:
    """Arrays of one to four dimensions, evenly chunked or not, are read as they were written.

    Chunks of one element, of the whole array and more, and those that leave a short one at the
    edge.
    """
    shape = harness.params.shape
    harness.assert_writes((..., numbers(shape, "i4", 9)), empty=True)
    harness.assert_reads_each(..., tuple(slice(n // 2, None) for n in shape))


@documented_read(
    ArrayParams((), (), "i4", fill_value=3),
    ArrayParams((), (), "f8", fill_value=3),
    advice="Take `...` and `()` for the one element of an array without dimensions.",
)
def check_no_dimensions(harness: ArrayHarness) -> None:
    """An array without dimensions is written and read: by ``...``, by ``()``, missing or not."""
    array = harness.empty()
    dtype = array.dtype
    for key in (..., ()):
        harness.assert_reads(array, np.array(3, dtype), key, "an array that was never written")
    array, values = harness.filled()
    for key in (..., ()):
        for value in (np.array(70, dtype), 71):
            harness.assert_writes((key, value), text=repr(value))
        harness.assert_reads(array, values, key)


@array_check(
    ArrayParams((0,), (1,)),
    ArrayParams((3, 0), (3, 1)),
    source="documented",
    severity="raises",
    advice="Store nothing for an array without elements: it has no chunks.",
)
def check_no_elements(harness: ArrayHarness) -> None:
    """An array with an axis of length 0 is read and written as an empty array of its shape."""
    array = harness.empty()
    values = np.zeros(array.shape, "i4")
    harness.assert_reads(array, values)
    harness.write(array, ..., values, f"writing to shape {array.shape}")
    if harness.stored(array):
        found = ", ".join(harness.stored(array))
        raise harness.failed("writing nothing", expected="no chunk in the store", actual=found)


@documented_write(ArrayParams(fill_value=11), advice="Delete chunks outside of the new shape.")
def check_resize(harness: ArrayHarness) -> None:
    """A resized array keeps what is within its shape, and reads as its fill value elsewhere.

    Made smaller by whole chunks, whose values must not come back when it is larger again, and
    within a chunk; with the device configured all the while.
    """
    array, contents = harness.filled()
    for shape in ((6, 4), (9, 8), (3, 8), (3, 9), (0, 9), (4, 9), (2, 5)):
        with harness.device(f"resizing to {shape}"):
            array.resize(shape)
        resized = np.full(shape, 11, "i4")
        kept = tuple(slice(0, min(pair)) for pair in zip(shape, contents.shape, strict=True))
        resized[kept] = contents[kept]
        contents = resized
        harness.assert_reads(array, contents, text=f"an array resized to {shape}")
        if all(shape):
            contents[-1] = numbers((shape[1],), "i4", 900)
            harness.write(array, -1, contents[-1], f"writing to an array resized to {shape}")
            harness.assert_contents(array, contents, f"written after resizing to {shape}")


@documented_write(ArrayParams(), advice="Return the new shape, once the values are stored.")
def check_append(harness: ArrayHarness) -> None:
    """Appending puts values from the device at the end of an axis, and returns the new shape."""
    for axis in (0, 1):
        array, contents = harness.filled()
        for length in (1, 4, 3):
            values = numbers((length, 6) if axis == 0 else (7, length), "i4", 800)
            doing = f"appending {length} along axis {axis}"
            contents = np.concatenate([contents, values], axis)
            with harness.device(doing):
                shape = array.append(harness.put(values), axis)
            if tuple(shape) != contents.shape:
                expected = f"the new shape {contents.shape}"
                raise harness.failed(doing, expected=expected, actual=str(shape))
            harness.assert_contents(array, contents, doing)


@documented_write(
    ArrayParams(chunks=([2, 5], [3, 1, 2])), advice="Ask the chunk grid for each chunk."
)
def check_uneven_chunks(harness: ArrayHarness) -> None:
    """An array whose chunks differ in size is written and read as any other.

    Zarr calls such a grid rectilinear, and has code of its own for it: every chunk has its own
    shape, its own memory, and its own place.
    """
    with rectilinear_chunks():
        try:
            with harness.host("making an array with chunks of different sizes"):
                harness.make()
        except (TypeError, ValueError, NotImplementedError) as error:
            raise NotApplicable(f"no chunks of different sizes here: {error}") from error
        keys = (np.s_[...], np.s_[1:4, 2:5], np.s_[::3, 1::2], np.s_[6], np.s_[1, 3])
        harness.assert_reads_each(*keys)
        harness.assert_writes_each(*keys)
        harness.assert_writes_each(*keys, empty=True)
