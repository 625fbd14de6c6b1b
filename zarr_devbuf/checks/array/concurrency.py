"""Checks of concurrency: many chunks, threads and tasks, and both devices at the same time."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from zarr_devbuf.checks._child_process import assert_works_in_child, require_fork
from zarr_devbuf.checks._harness import HOST
from zarr_devbuf.checks.array.array_params import ArrayParams, chunk_shape, numbers
from zarr_devbuf.checks.array.harness import ArrayHarness, array_check, documented_write

if TYPE_CHECKING:
    from collections.abc import Callable


# Sixteen rows in eight chunks, a thread or a task for each.
_ROWS = ArrayParams((16, 6), (2, 4))
_WORKERS = 8


@documented_write(ArrayParams((160,), (3,)), advice="Keep each chunk of a batch with its place.")
def check_many_chunks(harness: ArrayHarness) -> None:
    """An array of more chunks than zarr handles at a time is written and read as any other.

    Zarr limits the number of concurrent requests, and splits the work into batches: a few chunks
    fit into one.
    """
    array, values = harness.filled()
    harness.assert_reads(array, values)
    harness.assert_reads(array, values, slice(4, 158, 5))
    harness.assert_writes((slice(1, 159), numbers((160,), "i4", 500)[1:159]))


@documented_write(
    _ROWS, advice="Keep the state of an operation in local variables, not on the array."
)
def check_threads(harness: ArrayHarness) -> None:
    """Threads that share an array do not affect one another, each with chunks of its own.

    They write and read parts that share no chunk, again and again, on one array.
    """
    array, contents = harness.filled()

    def work(number: int) -> None:
        rows = _rows(array, number)
        for turn in range(4):
            values = numbers((2, 6), "i4", 100 * number + turn)
            array[rows] = harness.put(values)
            harness.assert_result(array[rows], values, f"thread {number}, turn {turn}")

    with harness.device("working in threads"):
        _in_threads(work)
    for number in range(_WORKERS):
        contents[_rows(array, number)] = numbers((2, 6), "i4", 100 * number + 3)
    harness.assert_contents(array, contents, "after all threads")


@array_check(
    _ROWS,
    source="precedent",
    severity="raises",
    advice="Make threads, event loops and locks again in the child: `os.register_at_fork(...)`, or "
    "keep the process id beside them.",
)
def check_fork(harness: ArrayHarness) -> None:
    """An array that was used can be read and written in a process that is forked then.

    Data loaders fork, each worker with the array that was opened before. The child has none of its
    parent's threads. Source: zarr makes its own threads and event loop again after a fork.
    """
    require_fork(harness.backend)
    array, values = harness.filled()
    harness.assert_contents(array, values, "before a fork")

    def use() -> None:
        harness.assert_contents(array, values, "after a fork")
        with harness.device("writing after a fork"):
            array[...] = harness.put(values[::-1].copy())
        harness.assert_contents(array, values[::-1], "written after a fork")

    assert_works_in_child(use, harness.case("reading and writing"), advice=harness.advice)


@array_check(
    _ROWS,
    source="ours",
    severity="stored wrong",
    advice="Take the prototype of this operation, and keep none on the array.",
)
def check_threads_of_both_devices(harness: ArrayHarness) -> None:
    """Threads that use one array with different prototypes each get arrays of their own.

    Half of them read and write with the device's prototype, half with the host's, at the same
    time: what an array keeps of one operation must not affect another.
    """
    array, values = harness.filled()

    def work(number: int) -> None:
        rows = _rows(array, number)
        prototype = _prototype(harness, number)
        given = values[rows] if number % 2 else harness.put(values[rows])
        for _ in range(3):
            found: Any = array.get_basic_selection(rows, prototype=prototype)
            _assert_result(harness, found, values[rows], number)
            array.set_basic_selection(rows, given, prototype=prototype)

    with harness.host("working in threads, on the host and on the device"):
        _in_threads(work)
    harness.assert_contents(array, values, "after threads of both devices")


@array_check(
    _ROWS,
    source="ours",
    severity="stored wrong",
    advice="Keep the prototype of a task in its own coroutine.",
)
def check_asynchronous_together(harness: ArrayHarness) -> None:
    """Tasks that use the asynchronous array at the same time read and write what they should.

    All begin before any has ended, on an event loop that is not zarr's, each with its prototype.
    """
    array, values = harness.filled()
    inner = array.async_array
    other = numbers(values.shape, values.dtype, 700)

    async def work(number: int) -> Any:
        rows = _rows(array, number)
        prototype = _prototype(harness, number)
        found = await inner.getitem(rows, prototype=prototype)
        given = other[rows] if number % 2 else harness.put(other[rows])
        await inner.setitem(rows, given, prototype=prototype)
        return found

    async def together() -> list[Any]:
        return list(await asyncio.gather(*map(work, range(_WORKERS))))

    with harness.host("using the asynchronous array from several tasks"):
        results = asyncio.run(together())
    for number, found in enumerate(results):
        _assert_result(harness, found, values[_rows(array, number)], number)
    harness.assert_contents(array, other, "after all tasks")


def _rows(array: Any, number: int) -> slice:
    length = chunk_shape(array)[0]
    return slice(number * length, (number + 1) * length)


def _in_threads(work: Callable[[int], None]) -> None:
    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(work, number) for number in range(_WORKERS)]:
            future.result()


# Workers with odd numbers use the host, the others the device.


def _prototype(harness: ArrayHarness, number: int) -> Any:
    return HOST if number % 2 else harness.backend.prototype


def _assert_result(harness: ArrayHarness, found: Any, expected: Any, number: int) -> None:
    if number % 2:
        harness.assert_result(found, expected, f"worker {number}, on the host", on_host=True)
    else:
        harness.assert_result(found, expected, f"worker {number}, on the device")
