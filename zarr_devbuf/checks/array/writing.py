"""Checks of writing: every kind of selection, compared with NumPy, from values on the device."""

from __future__ import annotations

from zarr_devbuf.checks.array import selection_cases as cases
from zarr_devbuf.checks.array.harness import ArrayHarness, documented_write


@documented_write(advice="Read a chunk before a part is written, and keep the rest.", elements=True)
def check_write_basic(harness: ArrayHarness) -> None:
    """Slices are written as NumPy writes them, and the rest stays unchanged.

    From values on the device, to whole chunks and parts of them, in each of zarr's codec
    pipelines. The result is read on the host.
    """
    harness.assert_writes_each(*harness.each(cases.basic))


@documented_write(advice="Write by steps to each chunk, also from strided memory.", elements=True)
def check_write_strided(harness: ArrayHarness) -> None:
    """Slices with larger steps are written as NumPy writes them, and the rest stays unchanged."""
    harness.assert_writes_each(*harness.each(cases.strided))


@documented_write(
    advice="Accept 0-d arrays of the device as the value of one element.", elements=True
)
def check_write_elements(harness: ArrayHarness) -> None:
    """One element is written from an array without dimensions on the device."""
    harness.assert_writes_each(*harness.each(cases.single))


@documented_write(
    advice="Assign to a chunk by one mesh of all vectors, on its device.", elements=True
)
def check_write_orthogonal(harness: ArrayHarness) -> None:
    """`oindex` writes what NumPy writes with `numpy.ix_`, and the rest stays unchanged.

    The values are on the device, the vectors on the host, as zarr plans on the host.
    """
    harness.assert_writes_each(*harness.each(cases.orthogonal))


@documented_write(advice="Take the values of a chunk's points in the points' order.", elements=True)
def check_write_coordinates(harness: ArrayHarness) -> None:
    """`vindex` writes the points that NumPy writes, and the rest stays unchanged."""
    harness.assert_writes_each(*harness.each(cases.coordinates))


@documented_write(advice="Flatten the values as their indices are flattened.", elements=True)
def check_write_coordinate_grids(harness: ArrayHarness) -> None:
    """`vindex` writes points in an array of two dimensions, from values of the same shape."""
    harness.assert_writes_each(*harness.each(cases.grids))


@documented_write(
    advice="Assign the values of a mask in C order of the whole array.", elements=True
)
def check_write_mask(harness: ArrayHarness) -> None:
    """A boolean array writes the elements that NumPy writes, and the rest stays unchanged."""
    harness.assert_writes_each(*harness.each(cases.masks))


@documented_write(advice="Write short blocks at the far edge in their own shape.", elements=True)
def check_write_blocks(harness: ArrayHarness) -> None:
    """`blocks` writes whole chunks, short ones at the far edge."""
    harness.assert_writes_each(*harness.each(cases.blocks))


@documented_write(
    advice="Return before anything is stored if the selection is empty.", elements=True
)
def check_write_nothing(harness: ArrayHarness) -> None:
    """Writing to an empty selection changes nothing."""
    harness.assert_writes_each(*harness.each(cases.empty))
