"""Checks of device memory: it runs out, or is not freed after a failure."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks._harness import DeviceMemory, attempt
from zarr_devbuf.checks.array.array_params import numbers
from zarr_devbuf.checks.array.fault_injection import (
    assert_chunks_whole,
    fault_check,
    on_faulty_store,
    part_of,
    reads_correctly,
    works,
    writes_correctly,
)
from zarr_devbuf.config import use_backend
from zarr_devbuf.faults import InjectedFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zarr_devbuf.checks.array.harness import ArrayHarness
    from zarr_devbuf.faults import Operation


@fault_check(advice="Raise if an allocation for a read fails, and keep no reference to the error.")
def check_out_of_memory_reading(harness: ArrayHarness) -> None:
    """If device memory runs out, a read raises, holds nothing, and later returns the values.

    With no memory for an allocation, with memory for one, for two, and so on until the read
    succeeds: all of an array and a part, sharded or not. If an error is swallowed, memory is
    returned that nothing was written to; if it is kept, so is all that its traceback refers to.
    """
    memory = DeviceMemory(harness.backend)
    for name in ("all", "a part"):
        array, values = harness.filled()
        key = ... if name == "all" else part_of(array)

        def read(array: Any = array, key: Any = key) -> Any:
            return array[key]

        if reads_correctly(harness, read, values[key]):
            case = harness.case(f"reading {name}")
            with _quick_collections(), use_backend(harness.backend):
                found = memory.run_short(read, case, advice=harness.advice)
            harness.assert_values(found, values[key], f"reading {name} with little memory")


@fault_check(advice="Allocate before a chunk is stored, and drop what was allocated on failure.")
def check_out_of_memory_writing(harness: ArrayHarness) -> None:
    """If device memory runs out, a write raises, holds nothing, and leaves every chunk whole.

    With no memory for an allocation, with memory for one, for two, and so on until the write
    succeeds: all of an array and a part, sharded or not. Every chunk is as before, or as after the
    write.
    """
    memory = DeviceMemory(harness.backend)
    for name in ("all", "a part"):
        array, old = harness.filled()
        key = ... if name == "all" else part_of(array)
        new = old.copy()
        new[key] = numbers(old.shape, old.dtype, 500)[key]
        given = harness.put(np.asarray(new[key]))

        def write(array: Any = array, key: Any = key, given: Any = given) -> None:
            array[key] = given

        def after(case: str, array: Any = array, old: Any = old, new: Any = new) -> None:
            assert_chunks_whole(harness, array, old, new, case)
            harness.fill(array, old)  # a store in memory keeps chunks on the device

        if writes_correctly(harness, write, array, new):
            harness.fill(array, old)
            case = harness.case(f"writing {name}")
            with _quick_collections(), use_backend(harness.backend):
                memory.run_short(write, case, advice=harness.advice, after_failure=after)
            harness.assert_contents(array, new, f"writing {name} with little memory")


@fault_check(advice="Drop the buffers of an operation that failed, also those kept for a retry.")
def check_frees_memory(harness: ArrayHarness) -> None:
    """When the store has failed, nothing that was on the device for the operation stays there.

    A read and a write of all of an array, of which the second call of the store fails. Retrying
    again and again would otherwise fill the device with what is of no use.
    """
    memory = DeviceMemory(harness.backend)
    array, values = harness.filled()
    copy, store = on_faulty_store(array)
    given = harness.put(values)

    def read() -> None:
        copy[...]

    def write() -> None:
        copy[...] = given

    cases: tuple[tuple[str, Callable[[], None], Operation], ...] = (
        ("reading", read, "get"),
        ("writing", write, "set"),
    )
    for name, call, operation in cases:
        store.restart()
        if not works(harness, call):
            continue
        harness.fill(array, values)  # a store in memory keeps chunks on the device
        case = harness.case(f"{name} all, call 2 of the store failing")
        with _quick_collections(), use_backend(harness.backend):
            memory.mark()
            store.restart(fail_at=2, operations={operation})
            attempt(call, case, InjectedFault)
            harness.fill(array, values)
            memory.assert_no_more(case, advice=harness.advice)


@contextmanager
def _quick_collections() -> Iterator[None]:
    """Exempt existing objects from garbage collection, which runs after each failure."""
    gc.collect()
    gc.freeze()  # costs time, but has no other effect, if objects were frozen before
    try:
        yield
    finally:
        gc.unfreeze()
