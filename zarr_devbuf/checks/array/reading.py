"""Checks of reading: every kind of selection, as NumPy gives it, on the device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr_devbuf.checks.array import selections
from zarr_devbuf.checks.array.array_params import geometry
from zarr_devbuf.checks.array.comparing import show_selection
from zarr_devbuf.checks.array.harness import trials
from zarr_devbuf.checks.array.selections import Kind, read, take
from zarr_devbuf.checks.errors import NotApplicable
from zarr_devbuf.checks.registry import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zarr_devbuf.backend import Backend


type _Make = Callable[[tuple[int, ...], tuple[int, ...]], Iterable[tuple[Kind, Any]]]


@check("array")
def check_read_basic(subject: Any, backend: Backend) -> None:
    """Slices are read as NumPy reads them, and come as arrays of the prototype.

    All of the array, single rows, within one chunk and across several, up to the far edge and
    past it, in each of zarr's codec pipelines. The chunks were written on the host.
    """
    _read(subject, backend, lambda n, c: (("basic", each) for each in selections.basic(n, c)))


@check("array")
def check_read_strided(subject: Any, backend: Backend) -> None:
    """Slices of larger steps are read as NumPy reads them, and come as arrays of the prototype.

    What is taken of a chunk is not contiguous then, nor where it goes.
    """
    _read(subject, backend, lambda n, c: (("basic", each) for each in selections.strided(n, c)))


@check("array")
def check_read_elements(subject: Any, backend: Backend) -> None:
    """One element is read as a scalar, or as an array of no dimensions on the device.

    On the host it is a scalar; a device has none, and its array libraries give a 0-d array. Both
    will do, a 0-d array of the host will not.
    """
    _read(subject, backend, lambda n, _: (("basic", each) for each in selections.single(n)))


@check("array")
def check_read_orthogonal(subject: Any, backend: Backend) -> None:
    """`oindex` reads what NumPy reads with `numpy.ix_`, and gives arrays of the prototype.

    Integer vectors in order, in disorder and with repetitions, boolean ones, mixed with slices and
    integers, which drop their axis. The vectors are on the host, as zarr plans on the host.
    """
    _read(
        subject,
        backend,
        lambda n, _: (("orthogonal", each) for each in selections.orthogonal(n, repeated=True)),
    )


@check("array")
def check_read_coordinates(subject: Any, backend: Backend) -> None:
    """`vindex` reads the points that NumPy reads, in their order and shape, on the device.

    Points in a vector, and in an array of two dimensions, whose shape the result takes.
    """
    _read(
        subject,
        backend,
        lambda n, _: (
            ("coordinate", each)
            for each in (*selections.coordinates(n, repeated=True), *selections.grids(n))
        ),
    )


@check("array")
def check_read_mask(subject: Any, backend: Backend) -> None:
    """A boolean array reads the elements that NumPy reads, in its order, on the device."""
    _read(subject, backend, lambda n, _: (("mask", each) for each in selections.masks(n)))


@check("array")
def check_read_blocks(subject: Any, backend: Backend) -> None:
    """`blocks` reads whole chunks, short ones at the far edge, as arrays of the prototype."""
    _read(subject, backend, lambda n, c: (("block", each) for each in selections.blocks(n, c)))


@check("array")
def check_read_nothing(subject: Any, backend: Backend) -> None:
    """An empty selection gives an empty array of the right shape and dtype, on the device.

    No chunk is looked at for it, so nothing but the prototype can have made it.
    """
    _read(subject, backend, selections.empty)


def _read(subject: Any, backend: Backend, make: _Make) -> None:
    for trial in trials(subject, backend):
        array, values = trial.filled()
        if not values.size or not values.ndim:
            raise NotApplicable(f"an array of shape {values.shape} has nothing to select from")
        chunks = geometry(array)[1]
        for kind, selection in make(array.shape, chunks):
            trial.reads(
                array,
                lambda source, kind=kind, selection=selection: read(source, kind, selection),
                take(values, kind, selection, chunks),
                f"{kind} {show_selection(selection)}",
            )
