"""Checks with slow stores: answers late, in another order, or after a failure."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf._backends.zarr_internals import array_on_store
from zarr_devbuf.checks.array.array_params import numbers
from zarr_devbuf.checks.array.failing_operations import attempt, fault_check, operations, works
from zarr_devbuf.checks.array.harness import ArrayHarness, array_check
from zarr_devbuf.checks.errors import NotApplicable
from zarr_devbuf.faults import FaultyStore, InjectedFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    import zarr
    from zarr.abc.buffer import Buffer


# Seconds for which a call is held back unless it is released: whatever waits for it takes as long.
_HELD = 0.25
# Seconds in which a chunk that was read is decoded, on a slow machine; it ends earlier if it is.
_DECODED = 1.0
# Seconds by which calls are late, each by another part of it.
_LATENCY = (0, 0.004)


@fault_check(
    source="documented",
    severity="stored wrong",
    advice="Match answers to requests by key, not by order, and wait for all of them.",
)
def check_slow_store(harness: ArrayHarness) -> None:
    """A store that answers late, and in another order than requests came, makes no difference.

    Code that takes answers in the order in which they come mixes up chunks.
    """
    for operation in operations(harness, "reading", "writing"):
        doing = f"{operation.doing}, each call late by another time"
        operation.fail(latency=_LATENCY, seed=4)
        _, result = attempt(harness, operation.run, doing, InjectedFault)
        operation.store.restart()
        operation.assert_done(result, doing)


@array_check(
    source="precedent",
    severity="leaks",
    advice="If one chunk fails, cancel the other writes, and wait for them, then raise.",
)
def check_failed_writes_end(harness: ArrayHarness) -> None:
    """When a write has raised, it is over: what it has begun writes nothing afterwards.

    One chunk fails while another is late. The caller sees the error and writes other values, and
    these must stay. Work that goes on in the background (`asyncio.gather`, which does not end the
    others when one fails; a pool that is not waited for) overwrites them later.
    """
    array, values = harness.filled()
    store = _holding(harness, array)
    copy = array_on_store(array, store)
    doing = "writing all, the first chunk failing while another is late"
    given = harness.put(numbers(values.shape, values.dtype, 400))

    def write_to(target: Any) -> None:
        target[...] = given

    if not works(harness, lambda: write_to(array)):
        return
    attempt(harness, lambda: write_to(copy), doing, InjectedFault)
    last = numbers(values.shape, values.dtype, 600)
    harness.fill(array, last)
    store.release()
    harness.assert_contents(array, last, f"{doing}; then other values written, and read at the end")


@array_check(
    source="precedent",
    severity="leaks",
    advice="If one chunk fails, cancel the other reads, and wait for them, then raise.",
)
def check_failed_reads_end(harness: ArrayHarness) -> None:
    """When a read into `out` has raised, it is over: nothing is written into `out` afterwards.

    One chunk fails while another is late. The memory is the caller's, who may use it for something
    else after the error.
    """
    array, values = harness.filled()
    store = _holding(harness, array)
    copy = array_on_store(array, store)
    doing = "reading all into `out`, the first chunk failing while another is late"
    memory = harness.put(values * 0)

    def read_from(source: Any, memory: Any) -> None:
        out = harness.backend.prototype.nd_buffer.from_ndarray_like(memory)
        source.get_basic_selection(..., out=out)

    if not works(harness, lambda: read_from(array, harness.put(values * 0))):
        return
    failed, _ = attempt(harness, lambda: read_from(copy, memory), doing, InjectedFault)
    if not failed:
        return
    before = np.array(harness.to_host(memory))
    store.release()
    deadline = time.monotonic() + _DECODED
    while time.monotonic() < deadline and np.array_equal(harness.to_host(memory), before):
        time.sleep(0.002)
    harness.assert_values(memory, before, f"{doing}; `out` after the error, and at the end")


def _holding(harness: ArrayHarness, array: zarr.Array[Any]) -> _HoldingStore:
    keys = harness.stored(array)
    if len(keys) < 2:
        raise NotApplicable(f"an array with chunks {sorted(keys)} has no two of them")
    return _HoldingStore(array.store, f"{array.path}/{min(keys)}" if array.path else min(keys))


class _HoldingStore(FaultyStore[Any]):
    """A store that fails for one key once another was requested, and holds that other back."""

    def __init__(self, store: Any, failing: str) -> None:
        super().__init__(store)
        self._failing = failing
        self._other = threading.Event()
        self._gate = threading.Event()
        self._lock = threading.Lock()
        self._arrived = 0
        self._left = 0

    def release(self) -> None:
        """Release the other key, and wait until all requests are over."""
        self._gate.set()
        deadline = time.monotonic() + 10
        while self._left < self._arrived and time.monotonic() < deadline:
            time.sleep(0.001)

    def _waits_for(self, key: str) -> threading.Event | None:
        """Count a request; return what it has to wait for, if anything."""
        with self._lock:
            self._arrived += 1
            if key == self._failing:
                return self._other
            first = not self._other.is_set()
            self._other.set()
            return self._gate if first else None

    def _fails(self, key: str) -> None:
        if key == self._failing:
            raise InjectedFault(f"injected: {key!r} was made to fail")

    async def _wait(self, key: str) -> None:
        event = self._waits_for(key)
        deadline = time.monotonic() + _HELD
        while event is not None and not event.is_set() and time.monotonic() < deadline:
            await asyncio.sleep(0.002)
        self._fails(key)

    def _wait_sync(self, key: str) -> None:
        event = self._waits_for(key)
        if event is not None:
            event.wait(_HELD)
        self._fails(key)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        try:
            yield
        finally:
            with self._lock:
                self._left += 1

    async def get(self, key: str, *args: Any, **kwargs: Any) -> Buffer | None:
        with self._counted():
            await self._wait(key)
            return await self._store.get(key, *args, **kwargs)  # type: ignore[no-any-return]

    def get_sync(self, key: str, **kwargs: Any) -> Buffer | None:
        with self._counted():
            self._wait_sync(key)
            return super().get_sync(key, **kwargs)

    async def set(self, key: str, value: Buffer) -> None:
        with self._counted():
            await self._wait(key)
            await self._store.set(key, value)

    def set_sync(self, key: str, value: Buffer) -> None:
        with self._counted():
            self._wait_sync(key)
            super().set_sync(key, value)
