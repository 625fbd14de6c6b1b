"""Checks of stores beneath arrays: such as have no synchronous methods, and such as hide them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from zarr.storage import WrapperStore

from zarr_devbuf.checks.array.array_params import numbers
from zarr_devbuf.checks.array.comparing import same, show_selection
from zarr_devbuf.checks.array.fault_injection import on_store, part_of, trials_that_fail
from zarr_devbuf.checks.errors import during
from zarr_devbuf.checks.registry import check
from zarr_devbuf.config import use_backend

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend


class _Asynchronous(WrapperStore[Any]):
    """A store that is asynchronous only, as those of networks are."""

    # Zarr 3.4 asks a store by this name.
    _supports_sync_io = False


@check("array")
def check_store_without_sync(subject: Any, backend: Backend) -> None:
    """On a store that is asynchronous only, an array is written and read as on any other.

    The pipelines have a way of their own round the synchronous methods of a store, which those of
    memory and of files have: with them alone, nobody ever goes the other way.
    """
    for trial in trials_that_fail(subject, backend):
        array, values = trial.filled()
        twin = on_store(array, _Asynchronous(array.store))
        selections: list[Any] = [part_of(array)] if array.shards else [np.s_[...], part_of(array)]
        for at in selections:
            case = f"a store without synchronous methods, {show_selection(at)}"
            trial.reads(twin, lambda source, at=at: source[at], values[at], case)
        selections = [np.s_[...]] if array.shards else [np.s_[...], part_of(array)]
        for at in selections:
            case = trial.name(f"a store without synchronous methods, {show_selection(at)}")
            other = numbers(values.shape, values.dtype, 500)
            with use_backend(backend), during(f"writing {case}"):
                twin[at] = trial.put(other[at])
            values[at] = other[at]
            same(trial.contents(array), values, case)
