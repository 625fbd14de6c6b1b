"""Checks of `out`: results in a buffer that the caller has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.array.array_params import Form, geometry, numbers
from zarr_devbuf.checks.array.comparing import same
from zarr_devbuf.checks.array.harness import trials
from zarr_devbuf.checks.array.selections import take
from zarr_devbuf.checks.errors import NotApplicable, during, violated
from zarr_devbuf.checks.measure import measured
from zarr_devbuf.checks.registry import check
from zarr_devbuf.config import use_backend
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.array.selections import Kind


_KINDS: tuple[Kind, ...] = ("basic", "orthogonal", "mask")
_METHODS: dict[Kind, str] = {
    "basic": "get_basic_selection",
    "orthogonal": "get_orthogonal_selection",
    "mask": "get_mask_selection",
    "block": "get_block_selection",
    "coordinate": "get_coordinate_selection",
}


@check("array")
def check_out(subject: Any, backend: Backend) -> None:
    """A result goes into the memory of `out`, which is on the device, and nowhere else.

    By basic, orthogonal, mask and block selections, into contiguous memory, in Fortran order, and
    into a part of a larger array, whose other elements stay.
    """
    _out(subject, backend, ("basic", "orthogonal", "mask", "block"))


@check("array")
def check_out_of_coordinates(subject: Any, backend: Backend) -> None:
    """Points that `get_coordinate_selection` reads go into the memory of `out`."""
    _out(subject, backend, ("coordinate",))


@check("array")
def check_out_refused(subject: Any, backend: Backend) -> None:
    """An `out` of another shape is refused, and is left as it was."""
    for trial in trials(subject, backend):
        array, values = trial.filled()
        if not values.size or not values.ndim:
            raise NotApplicable(f"an array of shape {values.shape} has nothing to select from")
        before = numbers((values.shape[0] + 1, *values.shape[1:]), values.dtype, 50)
        memory = trial.put(before)
        out = backend.prototype.nd_buffer.from_ndarray_like(memory)
        with use_backend(backend):
            try:
                array.get_basic_selection(..., out=out)
            except ValueError:
                pass
            else:
                raise violated(
                    case=trial.name(f"out of shape {before.shape} for {values.shape}"),
                    expected="a ValueError",
                    actual="no exception",
                    advice="compare the shape of `out` with that of the selection",
                )
        same(trial.to_host(memory), before, trial.name("the refused out"))


@check("array")
def check_out_of_other_dtypes(subject: Any, backend: Backend) -> None:
    """An `out` of another dtype gets the values converted, or is refused, as on the host.

    What must not be is that the bytes of one dtype are taken for those of another.
    """
    for dtype, other in (("i4", "f8"), ("f4", "f8"), ("i4", "i8"), ("u1", "i4"), ("f8", "f4")):
        for trial in trials(subject, backend, Form(dtype=dtype)):
            array, values = trial.filled()
            for kind in _KINDS:
                selection = _selection(kind, values.shape)
                due = np.asarray(take(values, kind, selection, geometry(array)[1])).astype(other)
                memory = trial.put(due * 0)
                out = backend.prototype.nd_buffer.from_ndarray_like(memory)
                with use_backend(backend):
                    try:
                        getattr(array, _METHODS[kind])(selection, out=out)
                    except (RuntimeError, TypeError, ValueError):
                        due *= 0
                case = trial.name(f"{kind} selection of {dtype}, out of {other}")
                same(trial.to_host(memory), due, case)


def _out(subject: Any, backend: Backend, kinds: tuple[Kind, ...]) -> None:
    for trial in trials(subject, backend):
        array, values = trial.filled()
        if not values.size or not values.ndim:
            raise NotApplicable(f"an array of shape {values.shape} has nothing to select from")
        chunks = geometry(array)[1]
        for kind in kinds:
            selection = _selection(kind, values.shape)
            expected = np.asarray(take(values, kind, selection, chunks))
            for layout in ("contiguous", "in Fortran order", "part of a larger array"):
                case = trial.name(f"{kind} selection, out {layout}")
                before = np.zeros([n + 2 for n in expected.shape], expected.dtype)
                inside = tuple(slice(1, n + 1) for n in expected.shape)
                with unrecorded_transfers():
                    if layout == "part of a larger array":
                        memory = trial.put(before)
                        target = memory[inside]
                    elif layout == "contiguous":
                        memory = target = trial.put(before[inside])
                    else:
                        memory = target = trial.put(before[inside].T).T
                out = backend.prototype.nd_buffer.from_ndarray_like(target)
                what = f"reading {case}"
                with use_backend(backend), during(what), measured(what):
                    getattr(array, _METHODS[kind])(selection, out=out)
                before[inside] = expected
                due = before if layout == "part of a larger array" else expected
                same(trial.to_host(memory), due, case)


def _selection(kind: Kind, shape: tuple[int, ...]) -> Any:
    match kind:
        case "basic":
            return tuple(slice(1, None) for _ in shape)
        case "orthogonal":
            return tuple(np.array([0, n - 1]) for n in shape)
        case "mask":
            return np.arange(int(np.prod(shape))).reshape(shape) % 3 == 1
        case "block":
            return tuple(0 for _ in shape)
        case _:
            return tuple(np.array([n - 1, 0]) for n in shape)
