"""Checks of conduct: nothing shared, nothing moved unasked, nothing taken from the host unawares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.array.array_params import numbers
from zarr_devbuf.checks.array.comparing import same
from zarr_devbuf.checks.array.harness import trials
from zarr_devbuf.checks.errors import NotApplicable, during, violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.config import use_backend
from zarr_devbuf.transfers import record_transfers

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend


@check("array")
def check_results_are_independent(subject: Any, backend: Backend) -> None:
    """A result is the caller's: writing to it changes neither the array nor another result."""
    for trial in trials(subject, backend):
        array = trial.empty()
        values = numbers(array.shape, array.dtype, 31)
        with use_backend(backend), during("reading twice"):
            array[...] = trial.put(values)
            first: Any = array[...]
            second: Any = array[...]
            if hasattr(first, "fill") and values.ndim:
                first[...] = first[...] * 0 if values.dtype.kind in "iufc" else second[...]
            again: Any = array[...]
        trial.judge(second, values, trial.name("another result"))
        trial.judge(again, values, trial.name("read again"))


@check("array")
def check_values_unchanged(subject: Any, backend: Backend) -> None:
    """Writing leaves the caller's values as they were, whole chunks and parts of them."""
    for trial in trials(subject, backend):
        array, values = trial.filled()
        part = tuple(slice(n // 3, None) for n in values.shape)
        given = trial.put(values)
        with use_backend(backend), during("writing"):
            array[...] = given
            array[part] = given[part]
            array[...] = array[...]
        same(trial.to_host(given), values, trial.name("the values that were written"))


@check("array")
def check_implicit_transfers(subject: Any, backend: Backend) -> None:
    """Slices are written and read with no implicit transfer, chunks of device memory throughout.

    No compressor, no filter, no shard, no vector of indices: nothing asks for the host.
    """
    for trial in trials(subject, backend):
        trial.require_device()
        array = trial.empty()
        values = trial.put(numbers(array.shape, array.dtype))
        with use_backend(backend), record_transfers() as log, during("writing and reading"):
            array[...] = values
            array[tuple(slice(n // 2, None) for n in array.shape)]
            array[...]
        if len(log.implicit):
            raise violated(
                case=trial.name("writing all, reading a part, reading all"),
                expected="no implicit transfer",
                actual=f"{len(log.implicit)} of them",
                advice="hand arrays of the device on, at the lines below",
                transfers=log.implicit,
            )


@check("array")
def check_host_values(subject: Any, backend: Backend) -> None:
    """Values in host memory are written right, or are refused; half of either is wrong.

    A prototype may refuse a NumPy array where one of the device is due, or move it. It must not
    write other values, nor a part of them before it refuses.
    """
    for trial in trials(subject, backend):
        trial.require_device()
        array, values = trial.filled()
        other = numbers(values.shape, values.dtype, 700)
        with use_backend(backend):
            try:
                array[...] = other
            except (TypeError, ValueError):
                expected = values
            else:
                expected = other
        same(trial.contents(array), expected, trial.name("a NumPy array written"))


@check("array")
def check_device_vectors(subject: Any, backend: Backend) -> None:
    """Vectors of indices on the device select what those on the host do, or are refused.

    Zarr plans on the host. An array of the device among the indices may be moved there, or be
    refused by `TypeError` or `IndexError`; it must not select anything else.
    """
    for trial in trials(subject, backend):
        trial.require_device()
        array, values = trial.filled()
        if not values.ndim or not values.size:
            raise NotApplicable(f"an array of shape {values.shape} has nothing to select from")
        rows = np.array([0, values.shape[0] - 1])
        rest = tuple(slice(None) for _ in values.shape[1:])
        mask = np.arange(values.size).reshape(values.shape) % 3 == 1
        flags = np.arange(values.shape[0]) % 2 == 0
        cases = (
            ("oindex", (trial.put(rows), *rest), values[rows]),
            ("oindex", (trial.put(flags), *rest), values[flags]),
            ("vindex", trial.put(mask), values[mask]),
        )
        for kind, selection, expected in cases:
            case = trial.name(f"{kind} by vectors on the device")
            with use_backend(backend):
                try:
                    found: Any = getattr(array, kind)[selection]
                except (TypeError, IndexError, ValueError):
                    continue
            trial.judge(found, expected, case)
