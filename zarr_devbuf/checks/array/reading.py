"""Checks of reading: every kind of selection, compared with NumPy, on the device."""

from __future__ import annotations

from zarr_devbuf.checks.array import selection_cases as cases
from zarr_devbuf.checks.array.harness import ArrayHarness, documented_read


@documented_read(advice="Copy each chunk to its place in the result, at any edge.", elements=True)
def check_read_basic(harness: ArrayHarness) -> None:
    """Slices are read as NumPy reads them, and are returned as arrays of the prototype.

    All of the array, single rows, within one chunk and across several, up to the far edge and
    past it, in each of zarr's codec pipelines. The chunks were written on the host.
    """
    harness.assert_reads_each(*harness.each(cases.basic))


@documented_read(advice="Copy by steps from each chunk, also into strided memory.", elements=True)
def check_read_strided(harness: ArrayHarness) -> None:
    """Slices with larger steps are read as NumPy reads them, as arrays of the prototype.

    Neither the elements that are taken from a chunk nor their places in the result are contiguous.
    """
    harness.assert_reads_each(*harness.each(cases.strided))


@documented_read(advice="Return the 0-d array of the prototype, or a NumPy scalar.", elements=True)
def check_read_elements(harness: ArrayHarness) -> None:
    """One element is read as a scalar, or as an array without dimensions on the device.

    On the host it is a scalar; devices have none, and their array libraries return a 0-d array.
    Both are accepted, a 0-d array on the host is not.
    """
    harness.assert_reads_each(*harness.each(cases.single))


@documented_read(advice="Index the chunk by one axis after the other, in any order.", elements=True)
def check_read_orthogonal(harness: ArrayHarness) -> None:
    """`oindex` reads what NumPy reads with `numpy.ix_`, and returns arrays of the prototype.

    Integer vectors in order, in disorder and with repetitions, boolean ones, mixed with slices and
    integers, which drop their axis. The vectors are on the host, as zarr plans on the host.
    """
    harness.assert_reads_each(*harness.each(cases.orthogonal, cases.repeated_indices))


@documented_read(
    advice="Put the points in the order and the shape of their indices.", elements=True
)
def check_read_coordinates(harness: ArrayHarness) -> None:
    """`vindex` reads the points that NumPy reads, in their order and shape, on the device.

    Points in a vector, and in an array of two dimensions, whose shape the result has.
    """
    harness.assert_reads_each(*harness.each(cases.coordinates, cases.repeated_points, cases.grids))


@documented_read(advice="Take the elements of a mask in C order of the whole array.", elements=True)
def check_read_mask(harness: ArrayHarness) -> None:
    """A boolean array reads the elements that NumPy reads, in its order, on the device."""
    harness.assert_reads_each(*harness.each(cases.masks))


@documented_read(
    advice="Cut blocks at the shape of the array, not at that of a chunk.", elements=True
)
def check_read_blocks(harness: ArrayHarness) -> None:
    """`blocks` reads whole chunks, short ones at the far edge, as arrays of the prototype."""
    harness.assert_reads_each(*harness.each(cases.blocks))


@documented_read(
    advice="Make the empty result by the prototype's `nd_buffer.create`.", elements=True
)
def check_read_nothing(harness: ArrayHarness) -> None:
    """An empty selection returns an empty array of the right shape and dtype, on the device.

    No chunk is read for it, so only the prototype can have made it.
    """
    harness.assert_reads_each(*harness.each(cases.empty))
