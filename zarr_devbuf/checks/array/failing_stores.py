"""Checks with failing stores: the store raises, or returns too few bytes."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from zarr_devbuf.checks._harness import host_configuration
from zarr_devbuf.checks.array.array_params import chunk_shape, numbers, reopened
from zarr_devbuf.checks.array.failing_operations import (
    WRITES,
    attempt,
    calls_to_fail,
    fault_check,
    on_faulty_store,
    operations,
    works,
)
from zarr_devbuf.faults import InjectedFault

if TYPE_CHECKING:
    import zarr

    from zarr_devbuf.checks.array.array_params import Shape
    from zarr_devbuf.checks.array.failing_operations import Does
    from zarr_devbuf.checks.array.harness import ArrayHarness

_FAULTS = {"fail_at": "fails", "short_at": "returns too few bytes"}
_CHANGES = ("made smaller", "made larger", "appended to")


@fault_check(
    source="ours",
    severity="read wrong",
    advice="Take a chunk for missing only if the store returns None, and raise errors.",
)
def check_failed_reads(harness: ArrayHarness) -> None:
    """A read whose store fails raises what made it fail, and the next one returns the values.

    The first, second, third and last call of the store fails, for all of an array and for a part,
    sharded or not. If a failure is taken for a missing chunk (``except Exception: return None``),
    values turn into fill values, and nobody notices.
    """
    _assert_fails_cleanly(harness, "reading")


@fault_check(
    source="ours",
    severity="read wrong",
    advice="Compare the number of bytes with what the chunk needs before decoding.",
)
def check_short_reads(harness: ArrayHarness) -> None:
    """A read for which the store returns too few bytes raises, or asks again.

    As when a connection breaks off, or a file was cut. What is missing must not be made up: device
    memory that nothing was written to holds whatever was there before.
    """
    _assert_fails_cleanly(harness, "reading", "short_at", Exception)


@fault_check(
    source="ours",
    severity="stored wrong",
    advice="Store a chunk as a whole, or not at all, and raise the error of the store.",
)
def check_failed_writes(harness: ArrayHarness) -> None:
    """A write whose store fails raises, leaves every chunk whole, and can be repeated.

    All of an array is written, and the first, second, third and last call fails. Every chunk is as
    before or as after, none is torn or gone.
    """
    _assert_fails_cleanly(harness, "writing", whole=(True,))


@fault_check(
    source="ours",
    severity="stored wrong",
    advice="Raise if an existing chunk cannot be read before a part of it is written.",
)
def check_failed_rewrites(harness: ArrayHarness) -> None:
    """A write to parts of chunks whose store fails raises, and the rest of the chunks is kept.

    Such a chunk is read first, and the read may fail as well: a failure that is taken for a missing
    chunk puts the fill value in the place of all that was not written.
    """
    _assert_fails_cleanly(harness, "writing", whole=(False,))


@fault_check(
    source="ours",
    severity="stored wrong",
    advice="Change the shape of the array once its document is stored, not before.",
)
def check_failed_shapes(harness: ArrayHarness) -> None:
    """Resizing or appending whose store fails raises, and keeps what is within both shapes.

    The array does not have a shape that its document in the store has not, and the operation works
    once the failure is over. It may keep the old shape, though, if the new one is stored already.
    """
    for change in _CHANGES:
        _failing_shapes(harness, change)


def _assert_fails_cleanly(
    harness: ArrayHarness,
    does: Does,
    fault: str = "fail_at",
    error: type[BaseException] = InjectedFault,
    whole: tuple[bool, ...] = (True, False),
) -> None:
    """Assert that an operation raises at each failing call of the store, and works afterwards."""
    for operation in operations(harness, does, whole=whole):
        for number in operation.calls:
            doing = f"{operation.doing} while call {number} of the store {_FAULTS[fault]}"
            operation.fail(**{fault: number})
            failed, result = attempt(harness, operation.run, doing, error)
            operation.store.restart()
            if failed:
                operation.assert_chunks_whole(harness.case(doing))
                operation.renew()
                doing = f"{operation.doing} again, after {doing}"
                _, result = attempt(harness, operation.run, doing)
            operation.assert_done(result, doing)


def _failing_shapes(harness: ArrayHarness, change: str) -> None:
    array, _ = harness.filled()
    array, store = on_faulty_store(array)
    store.restart(operations=WRITES)
    if not works(harness, lambda: _reshape(harness, array, change)):
        return
    calls = calls_to_fail(store)
    for number in {calls[0], calls[-1]} if calls else ():
        _failing_shape(harness, change, number)


def _failing_shape(harness: ArrayHarness, change: str, number: int) -> None:
    array, old = harness.filled()
    array, store = on_faulty_store(array)
    doing = f"an array of shape {array.shape} {change}, while call {number} of the store fails"

    def repeat() -> None:
        array.resize(old.shape)
        _reshape(harness, array, change)

    rows = min(old.shape[0], _rows_after(array, old.shape, change))
    store.restart(fail_at=number, operations=WRITES)
    reshape = functools.partial(_reshape, harness, array, change)
    failed, _ = attempt(harness, reshape, doing, InjectedFault)
    store.restart()
    if not (failed and array.shape == old.shape):
        _assert_shape_is_stored(harness, array, doing)
    _assert_rows(harness, array, old[:rows], doing)
    if failed:
        doing = f"once more, after {doing}"
        attempt(harness, repeat, doing)
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
        expected = f"an array of the shape that is stored: {stored}"
        raise harness.failed(doing, expected=expected, actual=f"shape {array.shape}")
