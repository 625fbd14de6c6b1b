"""Checks of many at once: tasks on one event loop, and threads."""

from __future__ import annotations

import asyncio
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest

from zarr_devbuf.checks.errors import violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.checks.store.byte_ranges import part_of
from zarr_devbuf.checks.store.harness import PATIENCE, trial
from zarr_devbuf.checks.store.io_methods import reads
from zarr_devbuf.checks.store.sample_values import HOST, pattern
from zarr_devbuf.store import BufferMismatchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.store.harness import Trial


_KEYS = 8
# Not to be merged into one read, whatever the gap that is allowed.
_PARTS = (RangeByteRequest(3, 20), OffsetByteRequest(50), SuffixByteRequest(7))
_ROUNDS = 6


@check("store")
def check_tasks(subject: Any, backend: Backend) -> None:
    """Reads and writes that are under way at the same time on one event loop do not mix.

    Zarr has up to a configured number of chunks under way (``async.concurrency``), of arrays that
    may have different prototypes: what a call needs must not be kept in the store across `await`.
    """
    with trial(subject, backend) as case:
        values = {case.key(f"c/{i}"): pattern(64, seed=i) for i in range(_KEYS)}
        prototypes = [case.prototype, HOST] if _serves_both(case) else [case.prototype]

        async def write() -> None:
            pairs = [(key, case.value(data)) for key, data in values.items()]
            await asyncio.gather(*(case.store.set(key, value) for key, value in pairs))

        async def read() -> list[Any]:
            return await asyncio.gather(
                *(case.store.get(key, prototype) for key in values for prototype in prototypes)
            )

        async def parts(key: str) -> list[Any]:
            store: Any = case.store
            groups = store.get_ranges(key, _PARTS, prototype=case.prototype)
            return [pair async for group in groups for pair in group]

        async def read_parts() -> list[list[Any]]:
            return await asyncio.gather(*(parts(key) for key in values))

        case.run(write())
        found = iter(case.run(read()))
        for key, data in values.items():
            for prototype in prototypes:
                what = f"{key!r}, one of {_KEYS * len(prototypes)} reads at a time"
                case.judge(next(found), data, what, prototype)
        if "get_ranges" not in reads(case):
            return
        for (key, data), pairs in zip(values.items(), case.run(read_parts()), strict=True):
            for number, buffer in pairs:
                what = f"{key!r}, {_PARTS[number]}, one of {_KEYS} get_ranges at a time"
                case.judge(buffer, part_of(data, _PARTS[number]), what)


@check("store")
def check_threads(subject: Any, backend: Backend) -> None:
    """Reads and writes from several threads at once do not mix.

    Zarr's fused pipeline calls `get_sync` and `set_sync` from a pool of threads, and users call
    Zarr from threads of their own. Each thread has keys of its own and two prototypes in turn;
    all read one key in common.
    """
    with trial(subject, backend) as case:
        shared = case.put("shared", pattern(128))
        prototypes = [case.prototype, HOST] if _serves_both(case) else [case.prototype]

        def work(number: int) -> None:
            store: Any = case.store
            for turn in range(_ROUNDS):
                key = case.key(f"{number}/{turn}")
                data = pattern(64, seed=number * _ROUNDS + turn)
                if case.supports_sync:
                    store.set_sync(key, case.value(data))
                else:
                    case.run(store.set(key, case.value(data)))
                prototype = prototypes[(number + turn) % len(prototypes)]
                what = f"thread {number}, turn {turn}"
                read = reads(case)["get_sync" if case.supports_sync else "get"]
                case.judge(read(case, key, prototype, None), data, what, prototype)
                case.judge(read(case, shared, prototype, None), pattern(128), what, prototype)

        with _frequent_switches():
            _in_threads(work)


def _serves_both(case: Trial) -> bool:
    key = case.put("asked", b"x")
    try:
        case.fetch(key, HOST)
    except BufferMismatchError:
        return False
    return True


@contextmanager
def _frequent_switches() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)


def _in_threads(work: Callable[[int], None], count: int = 4) -> None:
    errors: list[BaseException] = []
    start = threading.Barrier(count)

    def run(number: int) -> None:
        try:
            start.wait()
            work(number)
        except BaseException as error:  # noqa: BLE001 - raised below, by the check's own thread
            errors.append(error)

    threads = [
        threading.Thread(target=run, args=(i,), name=f"check-{i}", daemon=True)
        for i in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    if any(thread.is_alive() for thread in threads):
        raise violated(
            case=f"{count} threads that read and write",
            expected="every call comes to an end",
            actual=f"some did not within {PATIENCE:g} seconds",
            advice="Look for locks that are taken in different orders, or by their holder.",
        )
    if errors:
        raise errors[0]
