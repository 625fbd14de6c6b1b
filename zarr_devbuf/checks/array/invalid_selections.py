"""Checks of refusal: what cannot be selected is refused, on any device alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.array.array_params import geometry, numbers
from zarr_devbuf.checks.array.comparing import same, show, show_selection
from zarr_devbuf.checks.array.harness import trials
from zarr_devbuf.checks.array.selections import Kind, assign, read, take, write
from zarr_devbuf.checks.errors import NotApplicable, violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.config import use_backend

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend


_REFUSALS = (IndexError, ValueError, TypeError)


@check("array")
def check_refused_reads(subject: Any, backend: Backend) -> None:
    """What NumPy refuses to select is refused, and what zarr does not support is not made up.

    Beyond either end, too many indices, a mask of another shape, what is no index at all; steps
    backwards are refused, or go backwards. Memory of a device has no bounds that anybody notices.
    """
    for trial in trials(subject, backend):
        array, values = trial.filled()
        chunks = geometry(array)[1]
        for kind, selection in _dubious(values.shape):
            case = trial.name(f"{kind} {show_selection(selection)}")
            with use_backend(backend):
                try:
                    found: Any = read(array, kind, selection)
                except _REFUSALS:
                    continue
            try:
                due = take(values, kind, selection, chunks)
            except _REFUSALS as error:
                raise _unrefused(case, error, show(np.asarray(trial.to_host(found)))) from error
            trial.judge(found, due, case)


@check("array")
def check_refused_writes(subject: Any, backend: Backend) -> None:
    """What NumPy refuses to write to is refused, and everything stays as it was.

    Refused before anything is written, that is, and not on the way.
    """
    for trial in trials(subject, backend):
        array, values = trial.filled()
        other = numbers(values.shape, values.dtype, 900)
        chunks = geometry(array)[1]
        for kind, selection in _dubious(values.shape):
            case = trial.name(f"{kind} {show_selection(selection)}, written")
            # Of one value nobody can tell in which direction it was written.
            source = other if isinstance(selection, slice) else np.array(5, values.dtype)
            with use_backend(backend):
                try:
                    write(array, kind, selection, trial.put(source))
                except _REFUSALS:
                    same(trial.contents(array), values, f"{case}, and refused")
                    continue
            try:
                assign(values, kind, selection, source, chunks)
            except _REFUSALS as error:
                raise _unrefused(case, error, "no exception") from error
            same(trial.contents(array), values, case)


def _dubious(shape: tuple[int, ...]) -> tuple[tuple[Kind, Any], ...]:
    """List what NumPy refuses, and what is for zarr to refuse or to support."""
    if not shape or not all(shape):
        raise NotApplicable(f"an array of shape {shape} has nothing to select from")
    rest = (slice(None),) * (len(shape) - 1)
    n = shape[0]
    return (
        ("basic", n),
        ("basic", -n - 1),
        ("basic", (0,) * (len(shape) + 1)),
        ("basic", slice(None, None, -1)),
        ("basic", 1.5),
        ("basic", "a"),
        ("basic", (..., ...)),
        ("orthogonal", (np.array([0, n]), *rest)),
        ("orthogonal", (np.ones(n + 1, dtype=bool), *rest)),
        ("coordinate", tuple(np.array([m]) for m in shape)),
        ("coordinate", tuple(np.array([-m - 1]) for m in shape)),
        ("mask", np.ones([m + 1 for m in shape], dtype=bool)),
        ("block", n + 1),
    )


def _unrefused(case: str, error: Exception, actual: str) -> Exception:
    return violated(
        case=case,
        expected=f"{type(error).__name__}: {error}",
        actual=actual,
        advice="check bounds where the selection is planned, which is on the host",
    )
