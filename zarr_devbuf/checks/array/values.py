"""Checks of values: what may be written, besides an array of the same dtype and shape."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks._harness import host_configuration
from zarr_devbuf.checks.array.array_params import ArrayParams, numbers
from zarr_devbuf.checks.array.harness import (
    REJECTIONS,
    ArrayHarness,
    LaidOut,
    array_check,
    documented_write,
    precedent_write,
)
from zarr_devbuf.checks.array.selection import Selection
from zarr_devbuf.checks.array.selection_cases import PART
from zarr_devbuf.checks.errors import describe

if TYPE_CHECKING:
    from zarr_devbuf.checks._harness import Layout

_ROWS = Selection("orthogonal", (np.array([0, 4]), slice(None)))
_POINTS = Selection("coordinate", (np.array([6, 0, 3]), np.array([5, 0, 3])))
_MASK = Selection("mask", np.arange(42).reshape(7, 6) % 4 == 1)
_BLOCK = Selection("block", (1, 0))
_LAYOUTS: tuple[Layout, ...] = ("F", "strided", "reversed", "part", "columns", "read-only")


@documented_write(ArrayParams(dtype="f4"), advice="Make an array of the scalar on the device.")
def check_write_scalars(harness: ArrayHarness) -> None:
    """A Python or NumPy scalar fills what is selected by slices or vectors.

    Zarr makes an array of it, which must be one of the device: whole chunks, parts of chunks,
    strides, orthogonal selections, one element.
    """
    for value in (3, 2.5, True, np.float32(7.25), np.int64(-9), float("nan")):
        text = f"{type(value).__name__} {value!r}"
        harness.assert_writes((..., value), text=text)
        # Each has elements that no other has.
        keys: tuple[Any, ...] = (PART, np.s_[::2], np.s_[1, 0], np.s_[5])
        harness.assert_writes(*((key, value) for key in keys), text=text)
    harness.assert_writes((_ROWS, 5), text="int 5")


@array_check(
    ArrayParams(dtype="f4", fill_value=1),
    ArrayParams(dtype="f8", fill_value=1),
    source="ours",
    severity="stored wrong",
    advice="Fill memory with the scalar's bits, also if it equals 0.",
)
def check_write_negative_zero(harness: ArrayHarness) -> None:
    """A scalar of -0.0 is written as -0.0, to whole chunks and to parts of them.

    It equals 0, and array libraries that clear memory for whatever equals 0 lose its sign.
    """
    for key in (..., PART, (3, 4)):
        harness.assert_writes((key, -0.0), text="-0.0")


@documented_write(ArrayParams(), advice="Repeat a scalar for each of the points.")
def check_write_scalars_at_points(harness: ArrayHarness) -> None:
    """A scalar fills the points that `vindex`, or a boolean array, selects."""
    for selection in (_POINTS, _MASK):
        harness.assert_writes((selection, -8), text="-8")


@precedent_write(ArrayParams(), advice="Broadcast a 0-d array on its device, as a scalar.")
def check_write_values_of_no_dimensions(harness: ArrayHarness) -> None:
    """An array without dimensions on the device fills what is selected, as a scalar does.

    Device libraries return such arrays for one element, or for a sum.
    """
    for key in (..., PART, (3, 4), _ROWS, _POINTS, _MASK, _BLOCK):
        harness.assert_writes((key, np.array(77, dtype="i4")), text="a 0-d array")


@precedent_write(ArrayParams(), advice="Compare shapes before anything is written, on any device.")
def check_write_broadcast(harness: ArrayHarness) -> None:
    """Values of a shape that NumPy broadcasts are broadcast, or rejected as on the host.

    A row to all rows, a column to all columns. Zarr rejects some of it on the host, and has to on
    the device as well.
    """
    row, column = np.arange(70, 76, dtype="i4"), np.arange(70, 77, dtype="i4")[:, None]
    for values in (row, row[None], column):
        doing = f"writing values of shape {values.shape} to all"
        array, _ = harness.filled()
        try:
            with host_configuration():
                array[...] = values
        except REJECTIONS as error:
            expected = f"{describe(error)}, as on the host"
        else:
            harness.assert_writes((..., values), text=f"values of shape {values.shape}")
            continue
        array, _ = harness.filled()
        write = functools.partial(array.__setitem__, ..., harness.put(values))
        rejected, _ = harness.attempt(doing, write)
        if not rejected:
            raise harness.failed(doing, expected=expected, actual="no exception")


@precedent_write(
    ArrayParams(dtype="f4"),
    ArrayParams(dtype="i4"),
    ArrayParams(dtype="c8"),
    advice="Convert values by `astype` of their own array library.",
)
def check_write_other_dtypes(harness: ArrayHarness) -> None:
    """Values of another dtype are converted as NumPy converts them, on the device."""
    sources = {
        "f4": ("i2", "u1", "i8", "f8", "?", "f2"),
        "i4": ("i2", "u1", "i8", "?", "f4"),
        "c8": ("f8", "i4", "c16"),
    }
    for source in sources[str(harness.params.dtype)]:
        values = numbers((7, 6), source)
        if source.startswith("i") and harness.params.dtype == "i4":
            values = values % 1000
        harness.assert_writes((..., values), text=source)


@precedent_write(ArrayParams(), advice="Heed the strides of the values, or copy them to C order.")
def check_write_layouts(harness: ArrayHarness) -> None:
    """Values are written alike, whatever their layout in memory.

    In Fortran order, every second element or some columns of a larger array, backwards, read-only:
    views of device memory, to whole chunks and parts of them.
    """
    values = numbers((7, 6), "i4", 500)
    for layout in _LAYOUTS:
        for key in (np.s_[:, :], PART):
            harness.assert_writes((key, LaidOut(values, layout, key)), text=f"layout {layout}")
