"""Checks of writing: every kind of selection, as NumPy does it, from values on the device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.array import selections
from zarr_devbuf.checks.array.array_params import geometry, numbers
from zarr_devbuf.checks.array.comparing import show_selection
from zarr_devbuf.checks.array.harness import trials
from zarr_devbuf.checks.array.selections import Kind, assign, take, write
from zarr_devbuf.checks.errors import NotApplicable
from zarr_devbuf.checks.registry import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zarr_devbuf.backend import Backend


type _Make = Callable[[tuple[int, ...], tuple[int, ...]], Iterable[tuple[Kind, Any]]]


@check("array")
def check_write_basic(subject: Any, backend: Backend) -> None:
    """Slices are written as NumPy writes them, and the rest stays as it was.

    From values on the device, over whole chunks and parts of them, in each of zarr's codec
    pipelines. The outcome is read on the host.
    """
    _write(subject, backend, lambda n, c: (("basic", each) for each in selections.basic(n, c)))


@check("array")
def check_write_strided(subject: Any, backend: Backend) -> None:
    """Slices of larger steps are written as NumPy writes them, and the rest stays as it was."""
    _write(subject, backend, lambda n, c: (("basic", each) for each in selections.strided(n, c)))


@check("array")
def check_write_elements(subject: Any, backend: Backend) -> None:
    """One element is written from an array of no dimensions on the device."""
    _write(subject, backend, lambda n, _: (("basic", each) for each in selections.single(n)))


@check("array")
def check_write_orthogonal(subject: Any, backend: Backend) -> None:
    """`oindex` writes what NumPy writes with `numpy.ix_`, and the rest stays as it was.

    The values are on the device, the vectors on the host, as zarr plans on the host.
    """
    _write(
        subject, backend, lambda n, _: (("orthogonal", each) for each in selections.orthogonal(n))
    )


@check("array")
def check_write_coordinates(subject: Any, backend: Backend) -> None:
    """`vindex` writes the points that NumPy writes, and the rest stays as it was."""
    _write(
        subject, backend, lambda n, _: (("coordinate", each) for each in selections.coordinates(n))
    )


@check("array")
def check_write_coordinate_grids(subject: Any, backend: Backend) -> None:
    """`vindex` writes points that come in an array of two dimensions, as their values do."""
    _write(subject, backend, lambda n, _: (("coordinate", each) for each in selections.grids(n)))


@check("array")
def check_write_mask(subject: Any, backend: Backend) -> None:
    """A boolean array writes the elements that NumPy writes, and the rest stays as it was."""
    _write(subject, backend, lambda n, _: (("mask", each) for each in selections.masks(n)))


@check("array")
def check_write_blocks(subject: Any, backend: Backend) -> None:
    """`blocks` writes whole chunks, short ones at the far edge."""
    _write(subject, backend, lambda n, c: (("block", each) for each in selections.blocks(n, c)))


@check("array")
def check_write_nothing(subject: Any, backend: Backend) -> None:
    """Writing to an empty selection changes nothing."""
    _write(subject, backend, selections.empty)


def _write(subject: Any, backend: Backend, make: _Make) -> None:
    for trial in trials(subject, backend):
        array = trial.empty()
        shape, chunks = geometry(array)
        if not shape or not all(shape):
            raise NotApplicable(f"an array of shape {shape} has nothing to select from")
        source = numbers(shape, array.dtype, 3000)
        for kind, selection in make(shape, chunks):
            values = np.asarray(take(source, kind, selection, chunks))
            trial.writes(
                lambda target, put, kind=kind, selection=selection, values=values: write(
                    target, kind, selection, put(values)
                ),
                lambda model, kind=kind, selection=selection, values=values, chunks=chunks: assign(
                    model, kind, selection, values, chunks
                ),
                f"{kind} {show_selection(selection)}",
            )
