"""Checks of concurrency: tasks on one event loop, and threads."""

from __future__ import annotations

import asyncio
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any

from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest

from zarr_devbuf.checks._assertions import show_bytes
from zarr_devbuf.checks._child_process import (
    assert_works_in_child,
    require_fork,
    works_in_threads_of_its_own,
)
from zarr_devbuf.checks.errors import NotApplicable, during
from zarr_devbuf.checks.store.harness import StoreHarness, device_memory, store_check
from zarr_devbuf.checks.store.sample_values import NEW, OLD, pattern

_KEYS = 8
# Too far apart to be merged into one read, whatever gap is allowed.
_PARTS = (RangeByteRequest(3, 20), OffsetByteRequest(50), SuffixByteRequest(7))
_THREADS, _ROUNDS = 4, 6


@store_check(
    "documented",
    "read wrong",
    advice="Keep what a call needs in local variables across an `await`.",
)
def check_tasks(harness: StoreHarness) -> None:
    """Concurrent reads and writes on one event loop do not affect each other.

    Zarr has up to a configured number of chunks under way (``async.concurrency``), of arrays that
    may have different prototypes.
    """
    store, prototypes = harness.store, harness.prototypes()
    values = {harness.key(): pattern(64, seed=i) for i in range(_KEYS)}

    async def write() -> None:
        pairs = [(key, harness.value(data)) for key, data in values.items()]
        await asyncio.gather(*(store.set(key, value) for key, value in pairs))

    async def read() -> list[Any]:
        reads = [store.get(key, prototype) for key in values for prototype in prototypes]
        return await asyncio.gather(*reads)

    async def read_parts(key: str) -> list[Any]:
        groups = store.get_ranges(key, _PARTS, prototype=harness.prototype)
        return [pair async for group in groups for pair in group]

    async def read_parts_of_all() -> list[list[Any]]:
        return await asyncio.gather(*map(read_parts, values))

    harness.run(write())
    requests = product(values.items(), prototypes)
    for ((key, data), prototype), found in zip(requests, harness.run(read()), strict=True):
        case = f"{key!r}, one of {_KEYS * len(prototypes)} reads at a time"
        harness.assert_value(found, data, case, prototype)
    if "get_ranges" in harness.reads():
        found = harness.run(read_parts_of_all())
        for (key, data), pairs in zip(values.items(), found, strict=True):
            case = f"{key!r}, one of {_KEYS} get_ranges at a time"
            harness.assert_ranges(pairs, data, _PARTS, case)


@store_check(
    "ours",
    "raises",
    advice="Bind locks and sessions to the running event loop, and make others for another.",
)
def check_event_loops(harness: StoreHarness) -> None:
    """A store works on zarr's event loop and on others, in turn.

    Zarr's synchronous functions run on a loop of zarr's own; users of `zarr.api.asynchronous` have
    others, each call of `asyncio.run` a new one. Many calls at a time: locks are waited for.
    """
    store = harness.store
    shared = harness.put(pattern(99))

    async def use(values: dict[str, bytes]) -> list[Any]:
        pairs = [(key, harness.value(data)) for key, data in values.items()]
        await asyncio.gather(*(store.set(key, value) for key, value in pairs))
        if store.supports_listing:
            assert [key async for key in store.list()]  # noqa: S101 - what it lists is checked elsewhere
        keys = [*values, *[shared] * len(values)]
        return await asyncio.gather(*(store.get(key, harness.prototype) for key in keys))

    loops = ("zarr's event loop", "asyncio.run", "asyncio.run again", "zarr's event loop again")
    for number, loop in enumerate(loops):
        values = {harness.key(): pattern(50, seed=10 * number + i) for i in range(_KEYS)}
        with during(f"using the store on {loop}, after {', '.join(loops[:number]) or 'nothing'}"):
            coroutine = use(values)
            if loop.startswith("zarr"):
                found = harness.run(coroutine)
            else:
                found = harness.call(asyncio.run, coroutine)
        expected = [*values.values(), *[pattern(99)] * len(values)]
        for buffer, data in zip(found, expected, strict=True):
            harness.assert_value(buffer, data, f"one of {len(found)} reads on {loop}")


@store_check(
    "ours",
    "raises",
    advice="Make sessions, pools and locks again in the child: `os.register_at_fork(...)`, or keep "
    "the process id beside them.",
)
def check_fork(harness: StoreHarness) -> None:
    """A store that was used can be used in a process that is forked then.

    Data loaders fork, and so does `multiprocessing` on Linux before Python 3.14. The child has none
    of its parent's threads: what waits for one of them waits for ever, and a lock that one of them
    held stays locked. Stores that work in threads of their own are not judged: pools of threads do
    not work in a forked process, whoever uses them. Source: this project; zarr makes its own
    threads and event loop again.
    """
    require_fork(harness.backend)
    data = pattern(300)
    key = harness.put(data)

    def use() -> None:
        for name, read in harness.reads().items():
            harness.assert_value(read(key, harness.prototype), data, name)
        for name, write in harness.writes().items():
            new = harness.key()
            write(new, harness.value(data))
            harness.assert_value(harness.get(new), data, f"{name}, then get")

    if works_in_threads_of_its_own(use):
        raise NotApplicable("the store works in threads of its own, which a forked process lacks")
    assert_works_in_child(use, "reading and writing by each method", advice=harness.advice)


@store_check(
    "ours",
    "leaks",
    advice="Release locks and what was allocated in `finally`, and cancel only your own.",
)
def check_cancelled_read(harness: StoreHarness) -> None:  # noqa: C901 - three helpers inside
    """A read that is cancelled ends, disturbs no other, holds nothing, and the next one works.

    Zarr cancels the reads of a batch if one of them fails (`zarr.abc.store.Store.get_ranges`), and
    users time out. Three tasks read one key; the first is cancelled, at several moments.
    """
    store, key, memory = harness.store, harness.put(OLD), device_memory(harness)

    async def read_three(cancel_after: int | None) -> list[Any]:
        tasks = [asyncio.ensure_future(store.get(key, harness.prototype)) for _ in range(3)]
        if cancel_after is not None:
            for _ in range(cancel_after):
                await asyncio.sleep(0)
            tasks[0].cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    async def abandoned() -> None:
        groups = store.get_ranges(key, _PARTS, prototype=harness.prototype, max_gap_bytes=0)
        async for _ in groups:
            break
        await groups.aclose()

    def assert_read(data: bytes, after: str) -> None:
        for name, read in harness.reads().items():
            harness.assert_value(read(key), data, f"{name} after {after}")

    assert_read(OLD, "it was written")
    harness.run(read_three(None))  # what a cache or a pool keeps of reads that end is no leak
    if memory is not None:
        memory.mark()
    for ticks in (0, 1, 2, 3, 7):
        case = f"a read was cancelled after {ticks} steps of the event loop"
        _assert_undisturbed(harness, harness.run(read_three(ticks)), OLD, case)
        if memory is not None:
            memory.assert_no_more(case, advice=harness.advice)
        assert_read(OLD, case)
    if "get_ranges" in harness.reads():
        harness.run(abandoned())
        harness.assert_stored(key, OLD, "a value after get_ranges was abandoned")
    if store.supports_deletes:
        harness.set(key, NEW)
        harness.assert_stored(key, NEW, "a value that was written again")


def _assert_undisturbed(harness: StoreHarness, found: list[Any], data: bytes, case: str) -> None:
    """Assert that the first of several reads was cancelled, if it was in time, and no other."""
    for number, each in enumerate(found):
        if isinstance(each, asyncio.CancelledError) and not number:
            continue
        name = "another read" if number else "a read that was cancelled late"
        if isinstance(each, BaseException):
            raise harness.violated(
                case=f"{name}, if {case}",
                expected=show_bytes(data),
                actual=f"{type(each).__name__}: {each}",
            )
        harness.assert_value(each, data, f"{name}, if {case}")


@store_check(
    "precedent",
    "read wrong",
    advice="Keep what a call needs in local variables, and guard shared state by a lock.",
)
def check_threads(harness: StoreHarness) -> None:
    """Concurrent reads and writes from several threads do not affect each other.

    Zarr's fused pipeline calls `get_sync` and `set_sync` from a pool of threads, and users call
    zarr from threads of their own. Each thread has keys of its own and two prototypes in turn; all
    read one common key.
    """
    shared, prototypes = harness.put(pattern(128)), harness.prototypes()
    suffix = "_sync" if harness.supports_sync else ""
    read, write = harness.reads()[f"get{suffix}"], harness.writes()[f"set{suffix}"]
    read(shared)  # so that no race decides which prototype reads it first
    start = threading.Barrier(_THREADS)

    def work(number: int) -> None:
        start.wait()
        for turn in range(_ROUNDS):
            key = harness.key(f"{number}/{turn}")
            data = pattern(64, seed=number * _ROUNDS + turn)
            write(key, harness.value(data))
            prototype = prototypes[(number + turn) % len(prototypes)]
            case = f"thread {number}, turn {turn}"
            harness.assert_value(read(key, prototype), data, case, prototype)
            harness.assert_value(read(shared, prototype), pattern(128), case, prototype)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        # Every call has a time limit, so that the threads come to an end.
        with ThreadPoolExecutor(_THREADS) as threads:
            list(threads.map(work, range(_THREADS)))
    finally:
        sys.setswitchinterval(interval)
