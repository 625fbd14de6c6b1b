"""Checks of device memory: it runs out, or is not freed after a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from zarr_devbuf.checks._harness import DeviceMemory
from zarr_devbuf.checks.array.failing_operations import (
    ArrayOperation,
    attempt,
    fault_check,
    operations,
)
from zarr_devbuf.checks.errors import CheckFailed
from zarr_devbuf.config import use_backend
from zarr_devbuf.faults import InjectedFault

if TYPE_CHECKING:
    from zarr_devbuf.checks.array.harness import ArrayHarness


@fault_check(
    source="ours",
    severity="leaks",
    advice="Raise if an allocation for a read fails, and keep no reference to the error.",
)
def check_out_of_memory_reading(harness: ArrayHarness) -> None:
    """If device memory runs out, a read raises, holds nothing, and later returns the values.

    With no memory for an allocation, with memory for one, for two, and so on until the read
    succeeds: all of an array and a part, sharded or not. If an error is swallowed, memory is
    returned that nothing was written to; if it is kept, so is all that its traceback refers to.
    """
    _run_short(harness, "reading")


@fault_check(
    source="ours",
    severity="leaks",
    advice="Allocate before a chunk is stored, and drop what was allocated on failure.",
)
def check_out_of_memory_writing(harness: ArrayHarness) -> None:
    """If device memory runs out, a write raises, holds nothing, and leaves every chunk whole.

    With no memory for an allocation, with memory for one, for two, and so on until the write
    succeeds: all of an array and a part, sharded or not. Every chunk is as before, or as after the
    write.
    """
    _run_short(harness, "writing")


@fault_check(
    source="ours",
    severity="leaks",
    advice="Drop the buffers of an operation that failed, also those kept for a retry.",
)
def check_frees_memory(harness: ArrayHarness) -> None:
    """When the store has failed, nothing that was on the device for the operation stays there.

    A read and a write of all of an array, of which the second call of the store fails. Retrying
    again and again would otherwise fill the device with what is of no use.
    """
    memory = DeviceMemory(harness.backend)
    for operation in operations(harness, "reading", "writing", whole=(True,)):
        doing = f"{operation.doing}, call 2 of the store failing"
        operation.fail(fail_at=2)
        memory.mark()
        attempt(harness, operation.run, doing, InjectedFault)
        operation.restore()  # a store in memory keeps chunks on the device
        try:
            memory.assert_no_more(harness.case(doing), advice=harness.advice)
        except CheckFailed:
            # A write that goes on after the error (see `check_failed_writes_end`) may be late.
            operation.restore()
            memory.assert_no_more(harness.case(doing), advice=harness.advice)


def _run_short(harness: ArrayHarness, does: Literal["reading", "writing"]) -> None:
    memory = DeviceMemory(harness.backend)
    for operation in operations(harness, does):

        def after(case: str, operation: ArrayOperation = operation) -> None:
            operation.assert_chunks_whole(case)
            operation.restore()  # a store in memory keeps chunks on the device

        operation.restore()
        case = harness.case(operation.doing)
        with use_backend(harness.backend):
            result = memory.run_short(
                operation.run, case, advice=harness.advice, after_failure=after
            )
        operation.assert_done(result, f"{operation.doing} with little memory")
