"""Checks under failure: the store raises, or answers too little."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.array.array_params import geometry, numbers, reopened
from zarr_devbuf.checks.array.comparing import same
from zarr_devbuf.checks.array.configuration import host_configuration
from zarr_devbuf.checks.array.fault_injection import (
    attempt,
    in_time,
    is_whole,
    on_faulty_store,
    part_of,
    reads_right,
    trials_that_fail,
    works,
    writes_right,
)
from zarr_devbuf.checks.errors import violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.config import use_backend
from zarr_devbuf.faults import InjectedFault

if TYPE_CHECKING:
    from collections.abc import Callable

    import zarr

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.array.harness import Trial
    from zarr_devbuf.faults import FaultyStore, Operation


_CHANGES = ("made smaller", "made larger", "appended to")
_ALL_CALLS: frozenset[Operation] = frozenset({"get", "set", "delete"})


@check("array")
def check_failed_reads(subject: Any, backend: Backend) -> None:
    """A read whose store fails raises what made it fail, and the next one gives the values.

    The first, second, third and last call of the store fails, for all of an array and for a part,
    sharded or not. A failure that is taken for a missing chunk (``except Exception: return None``)
    turns values into fill values, and nobody will know.
    """
    for trial in trials_that_fail(subject, backend):
        _failing_reads(trial, "failing", InjectedFault)


@check("array")
def check_short_reads(subject: Any, backend: Backend) -> None:
    """A read that the store answers too shortly raises, or asks again; it gives no wrong values.

    As when a connection breaks off, or a file was cut. What is missing must not be made up: memory
    of the device that nobody has written holds whatever was there before.
    """
    for trial in trials_that_fail(subject, backend):
        _failing_reads(trial, "answered too shortly", Exception, short=True)


@check("array")
def check_failed_writes(subject: Any, backend: Backend) -> None:
    """A write whose store fails raises, leaves every chunk whole, and can be made again.

    All of an array is written, and the first, second, third and last call fails. Every chunk is as
    before or as after, none is torn or gone.
    """
    for trial in trials_that_fail(subject, backend):
        _failing_writes(trial, lambda _: np.s_[...], "all")


@check("array")
def check_failed_rewrites(subject: Any, backend: Backend) -> None:
    """A write to parts of chunks whose store fails raises, and the rest of the chunks is kept.

    Such a chunk is read first, and the read may fail as well: a failure that is taken for a missing
    chunk puts the fill value in the place of all that was not written.
    """
    for trial in trials_that_fail(subject, backend):
        _failing_writes(trial, part_of, "a part")


@check("array")
def check_failed_shapes(subject: Any, backend: Backend) -> None:
    """Resizing or appending whose store fails raises, and keeps what is within both shapes.

    The array is not of a shape that its document in the store has not, and the same works when the
    failure is over. It may keep the old shape, though, where the new one is stored already.
    """
    for trial in trials_that_fail(subject, backend):
        for change in _CHANGES:
            _failing_shapes(trial, change)


def _failing_reads(
    trial: Trial, what: str, error: type[BaseException], *, short: bool = False
) -> None:
    array, values = trial.filled()
    array, store = on_faulty_store(array)
    for name, at in (("all", np.s_[...]), ("a part", part_of(array))):

        def read(at: Any = at) -> Any:
            return array[at]

        store.restart(operations={"get"})
        if not reads_right(trial, read, values[at]):
            continue
        for number in _numbers_of(store):
            case = trial.name(f"reading {name}, call {number} of the store {what}")
            if short:
                store.restart(short_at=number, operations={"get"})
            else:
                store.restart(fail_at=number, operations={"get"})
            with use_backend(trial.backend):
                failed, found = attempt(read, case, error)
                store.restart()
                if failed:
                    case = f"after {case}"
                    found = in_time(read, case)
            same(
                np.asarray(trial.to_host(found)),
                values[at],
                case,
                swapped=True,
                advice="let errors surface: that the store has None, and nothing else, says that a "
                "chunk is missing",
            )


def _failing_writes(trial: Trial, choose: Callable[[zarr.Array[Any]], Any], name: str) -> None:
    array, old = trial.filled()
    array, store = on_faulty_store(array)
    at = choose(array)
    new = old.copy()
    new[at] = numbers(old.shape, old.dtype, 500)[at]

    def write() -> None:
        array[at] = trial.put(np.asarray(new[at]))

    store.restart(operations=_ALL_CALLS)
    works(trial, write)
    counted = _numbers_of(store)
    if not writes_right(trial, write, array, new):
        return
    for number in counted:
        store.restart()
        trial.fill(array, old)
        case = trial.name(f"writing {name}, call {number} of the store failing")
        store.restart(fail_at=number, operations=_ALL_CALLS)
        with use_backend(trial.backend):
            failed, _ = attempt(write, case, InjectedFault)
        store.restart()
        if failed:
            is_whole(trial, array, old, new, case)
            case = f"written again, after {case}"
            with use_backend(trial.backend):
                in_time(write, case)
        same(
            trial.contents(array),
            new,
            case,
            advice="let the error of the store surface: what returns has written",
        )


def _failing_shapes(trial: Trial, change: str) -> None:
    array, _ = trial.filled()
    array, store = on_faulty_store(array)
    store.restart(operations=_ALL_CALLS)
    if not works(trial, lambda: _reshape(trial, array, change)):
        return
    counted = _numbers_of(store)
    for number in {counted[0], counted[-1]} if counted else ():
        array, old = trial.filled()
        array, store = on_faulty_store(array)

        def reshape(array: Any = array) -> None:
            _reshape(trial, array, change)

        case = trial.name(f"an array of shape {array.shape} {change}, call {number} failing")
        store.restart(fail_at=number, operations=_ALL_CALLS)
        with use_backend(trial.backend):
            failed, _ = attempt(reshape, case, InjectedFault)
        store.restart()
        if not (failed and array.shape == old.shape):
            _agrees_with_document(array, case)
        rows = min(old.shape[0], _rows_after(array, old.shape, change))
        same(trial.contents(array)[:rows], old[:rows], case)
        if failed:
            case = f"once more, after {case}"

            def again(array: Any = array, shape: Any = old.shape) -> None:
                array.resize(shape)
                _reshape(trial, array, change)

            with use_backend(trial.backend):
                in_time(again, case)
            same(trial.contents(array)[:rows], old[:rows], case)
            _agrees_with_document(array, case)


def _reshape(trial: Trial, array: zarr.Array[Any], change: str) -> None:
    shape = array.shape
    rows = _rows_after(array, shape, change)
    if change == "appended to":
        array.append(trial.put(numbers((rows - shape[0], *shape[1:]), array.dtype, 900)))
    else:
        array.resize((rows, *shape[1:]))


def _rows_after(array: zarr.Array[Any], shape: tuple[int, ...], change: str) -> int:
    chunk = geometry(array)[1][0]
    return max(1, shape[0] - chunk) if change == "made smaller" else shape[0] + chunk


def _agrees_with_document(array: zarr.Array[Any], case: str) -> None:
    with host_configuration():
        stored = reopened(array).shape
    if stored != array.shape:
        raise violated(
            case=case,
            expected=f"an array of the shape that is stored: {stored}",
            actual=f"shape {array.shape}",
            advice="change the array when its document has been stored, not before",
        )


def _numbers_of(store: FaultyStore[Any]) -> list[int]:
    """Number the calls that are to fail, of those that an operation has made."""
    count = max((call.number for call in store.calls), default=0)
    return sorted({number for number in (1, 2, 3, count) if 0 < number <= count})
