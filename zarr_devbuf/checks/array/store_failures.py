"""Checks with failing stores: the store raises, or returns too few bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks._harness import attempt, host_configuration, in_time
from zarr_devbuf.checks.array.array_params import chunk_shape, numbers, reopened
from zarr_devbuf.checks.array.fault_injection import (
    assert_chunks_whole,
    fault_check,
    on_faulty_store,
    part_of,
    reads_correctly,
    works,
    writes_correctly,
)
from zarr_devbuf.checks.errors import violated
from zarr_devbuf.config import use_backend
from zarr_devbuf.faults import InjectedFault

if TYPE_CHECKING:
    import zarr

    from zarr_devbuf.checks.array.array_params import Shape
    from zarr_devbuf.checks.array.harness import ArrayHarness
    from zarr_devbuf.faults import FaultyStore, Operation

_CHANGES = ("made smaller", "made larger", "appended to")
_ALL_CALLS: frozenset[Operation] = frozenset({"get", "set", "delete"})


@fault_check(advice="Take a chunk for missing only if the store returns None, and raise errors.")
def check_failed_reads(harness: ArrayHarness) -> None:
    """A read whose store fails raises what made it fail, and the next one returns the values.

    The first, second, third and last call of the store fails, for all of an array and for a part,
    sharded or not. If a failure is taken for a missing chunk (``except Exception: return None``),
    values turn into fill values, and nobody notices.
    """
    _failing_reads(harness, "fail_at", InjectedFault)


@fault_check(advice="Compare the number of bytes with what the chunk needs before decoding.")
def check_short_reads(harness: ArrayHarness) -> None:
    """A read for which the store returns too few bytes raises, or asks again.

    As when a connection breaks off, or a file was cut. What is missing must not be made up: device
    memory that nothing was written to holds whatever was there before.
    """
    _failing_reads(harness, "short_at", Exception)


@fault_check(advice="Store a chunk as a whole, or not at all, and raise the error of the store.")
def check_failed_writes(harness: ArrayHarness) -> None:
    """A write whose store fails raises, leaves every chunk whole, and can be repeated.

    All of an array is written, and the first, second, third and last call fails. Every chunk is as
    before or as after, none is torn or gone.
    """
    _failing_writes(harness, whole=True)


@fault_check(advice="Raise if an existing chunk cannot be read before a part of it is written.")
def check_failed_rewrites(harness: ArrayHarness) -> None:
    """A write to parts of chunks whose store fails raises, and the rest of the chunks is kept.

    Such a chunk is read first, and the read may fail as well: a failure that is taken for a missing
    chunk puts the fill value in the place of all that was not written.
    """
    _failing_writes(harness, whole=False)


@fault_check(advice="Change the shape of the array once its document is stored, not before.")
def check_failed_shapes(harness: ArrayHarness) -> None:
    """Resizing or appending whose store fails raises, and keeps what is within both shapes.

    The array does not have a shape that its document in the store has not, and the operation works
    once the failure is over. It may keep the old shape, though, if the new one is stored already.
    """
    for change in _CHANGES:
        _failing_shapes(harness, change)


def _failing_reads(harness: ArrayHarness, fault: str, error: type[BaseException]) -> None:
    array, values = harness.filled()
    array, store = on_faulty_store(array)
    for name, key in (("all", np.s_[...]), ("a part", part_of(array))):

        def read(key: Any = key) -> Any:
            return array[key]

        store.restart(operations={"get"})
        if not reads_correctly(harness, read, values[key]):
            continue
        for number in _calls_to_fail(store):
            doing = f"reading {name}, {fault} call {number} of the store"
            store.restart(operations={"get"}, **{fault: number})  # type: ignore[arg-type]
            with use_backend(harness.backend):
                failed, found = attempt(read, harness.case(doing), error)
                store.restart()
                if failed:
                    doing = f"after {doing}"
                    found = in_time(read, harness.case(doing))
            harness.assert_values(found, values[key], doing)


def _failing_writes(harness: ArrayHarness, *, whole: bool) -> None:
    array, old = harness.filled()
    array, store = on_faulty_store(array)
    key = np.s_[...] if whole else part_of(array)
    new = old.copy()
    new[key] = numbers(old.shape, old.dtype, 500)[key]

    def write() -> None:
        array[key] = harness.put(np.asarray(new[key]))

    store.restart(operations=_ALL_CALLS)
    works(harness, write)
    calls = _calls_to_fail(store)
    if not writes_correctly(harness, write, array, new):
        return
    for number in calls:
        store.restart()
        harness.fill(array, old)
        doing = f"writing {'all' if whole else 'a part'}, fail_at call {number} of the store"
        store.restart(fail_at=number, operations=_ALL_CALLS)
        with use_backend(harness.backend):
            failed, _ = attempt(write, harness.case(doing), InjectedFault)
        store.restart()
        if failed:
            assert_chunks_whole(harness, array, old, new, harness.case(doing))
            doing = f"written again, after {doing}"
            with use_backend(harness.backend):
                in_time(write, harness.case(doing))
        harness.assert_contents(array, new, doing)


def _failing_shapes(harness: ArrayHarness, change: str) -> None:
    array, _ = harness.filled()
    array, store = on_faulty_store(array)
    store.restart(operations=_ALL_CALLS)
    if not works(harness, lambda: _reshape(harness, array, change)):
        return
    calls = _calls_to_fail(store)
    for number in {calls[0], calls[-1]} if calls else ():
        _failing_shape(harness, change, number)


def _failing_shape(harness: ArrayHarness, change: str, number: int) -> None:
    array, old = harness.filled()
    array, store = on_faulty_store(array)
    doing = f"an array of shape {array.shape} {change}, fail_at call {number} of the store"

    def repeat() -> None:
        array.resize(old.shape)
        _reshape(harness, array, change)

    rows = min(old.shape[0], _rows_after(array, old.shape, change))
    store.restart(fail_at=number, operations=_ALL_CALLS)
    with use_backend(harness.backend):
        reshape = lambda: _reshape(harness, array, change)  # noqa: E731
        failed, _ = attempt(reshape, harness.case(doing), InjectedFault)
    store.restart()
    if not (failed and array.shape == old.shape):
        _assert_shape_is_stored(harness, array, doing)
    _assert_rows(harness, array, old[:rows], doing)
    if failed:
        doing = f"once more, after {doing}"
        with use_backend(harness.backend):
            in_time(repeat, harness.case(doing))
        _assert_rows(harness, array, old[:rows], doing)
        _assert_shape_is_stored(harness, array, doing)


def _reshape(harness: ArrayHarness, array: zarr.Array[Any], change: str) -> None:
    shape = array.shape
    rows = _rows_after(array, shape, change)
    if change == "appended to":
        array.append(harness.put(numbers((rows - shape[0], *shape[1:]), array.dtype, 900)))
    else:
        array.resize((rows, *shape[1:]))


def _rows_after(array: zarr.Array[Any], shape: Shape, change: str) -> int:
    chunk = chunk_shape(array)[0]
    return max(1, shape[0] - chunk) if change == "made smaller" else shape[0] + chunk


def _assert_rows(harness: ArrayHarness, array: Any, expected: Any, doing: str) -> None:
    harness.assert_values(harness.contents(array)[: len(expected)], expected, doing)


def _assert_shape_is_stored(harness: ArrayHarness, array: zarr.Array[Any], doing: str) -> None:
    with host_configuration():
        stored = reopened(array).shape
    if stored != array.shape:
        raise violated(
            case=harness.case(doing),
            expected=f"an array of the shape that is stored: {stored}",
            actual=f"shape {array.shape}",
            advice=harness.advice,
        )


def _calls_to_fail(store: FaultyStore[Any]) -> list[int]:
    """Number the calls that are made to fail, among those that an operation made."""
    count = max((call.number for call in store.calls), default=0)
    return sorted({number for number in (1, 2, 3, count) if 0 < number <= count})
