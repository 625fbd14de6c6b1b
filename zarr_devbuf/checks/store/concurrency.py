"""Checks of concurrency: tasks on one event loop, and threads."""

from __future__ import annotations

import asyncio
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any

from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest

from zarr_devbuf.checks.store.harness import StoreHarness, store_check
from zarr_devbuf.checks.store.sample_values import pattern

_KEYS = 8
# Too far apart to be merged into one read, whatever gap is allowed.
_PARTS = (RangeByteRequest(3, 20), OffsetByteRequest(50), SuffixByteRequest(7))
_THREADS, _ROUNDS = 4, 6


@store_check(advice="Keep what a call needs in local variables across an `await`.")
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


@store_check(advice="Keep what a call needs in local variables, and guard shared state by a lock.")
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
