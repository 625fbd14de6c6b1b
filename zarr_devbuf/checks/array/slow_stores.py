"""Checks of time: the store answers late, in another order, or when a write has failed already."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.array.array_params import numbers
from zarr_devbuf.checks.array.comparing import same
from zarr_devbuf.checks.array.fault_injection import (
    attempt,
    on_faulty_store,
    on_store,
    part_of,
    reads_right,
    trials_that_fail,
    works,
    writes_right,
)
from zarr_devbuf.checks.array.harness import trials
from zarr_devbuf.checks.errors import NotApplicable
from zarr_devbuf.checks.registry import check
from zarr_devbuf.config import use_backend
from zarr_devbuf.faults import FaultyStore, InjectedFault

if TYPE_CHECKING:
    import zarr
    from zarr.abc.buffer import Buffer

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.array.harness import Trial


# Seconds for which a call is held back, unless it is let go: whatever waits for it, waits so long.
_HELD = 0.25
# Seconds in which a chunk that has been read is decoded, with certainty.
_DECODED = 0.1
# Seconds by which calls are late, each by another part of it.
_LATE = (0, 0.004)

_END = "when one chunk fails, end the others, and wait for their end, before the error is raised"
_ADVICE = "do not take answers in the order in which they come, and wait for all of them"


@check("array")
def check_slow_store(subject: Any, backend: Backend) -> None:
    """A store that answers late, and in another order than it was asked, makes no difference.

    Whatever takes answers in the order in which they come mixes up chunks.
    """
    for trial in trials_that_fail(subject, backend):
        _slowly(trial, np.s_[...], "all")
        _slowly(trial, None, "a part")


@check("array")
def check_failed_writes_end(subject: Any, backend: Backend) -> None:
    """When a write has raised, it is over: what it has begun writes nothing afterwards.

    One chunk fails while another is late. The caller sees the error and writes other values, and
    these must stay. Work that goes on behind the caller's back (`asyncio.gather`, which does not
    end the others when one fails; a pool that nobody waits for) overwrites them later.
    """
    for trial in trials(subject, backend):
        _end_of_writing(trial)


@check("array")
def check_failed_reads_end(subject: Any, backend: Backend) -> None:
    """When a read into `out` has raised, it is over: nothing is put into `out` afterwards.

    One chunk fails while another is late. The memory is the caller's, who may use it for something
    else once the error is there.
    """
    for trial in trials(subject, backend):
        _end_of_reading(trial)


def _end_of_writing(trial: Trial) -> None:
    array, values = trial.filled()
    store = _holding(trial, array)
    twin = on_store(array, store)
    case = trial.name("writing all, the first chunk failing while another is late")
    given = trial.put(numbers(values.shape, values.dtype, 400))

    def write_to(target: Any) -> None:
        target[...] = given

    if not works(trial, lambda: write_to(array)):
        return
    with use_backend(trial.backend):
        attempt(lambda: write_to(twin), case, InjectedFault)
    last = numbers(values.shape, values.dtype, 600)
    trial.fill(array, last)
    store.let_go()
    case = f"{case}; then other values written, and read when all is over"
    same(trial.contents(array), last, case, advice=_END)


def _end_of_reading(trial: Trial) -> None:
    array, values = trial.filled()
    store = _holding(trial, array)
    twin = on_store(array, store)
    case = trial.name("reading all into `out`, the first chunk failing while another is late")
    memory = trial.put(values * 0)

    def read_from(source: Any, memory: Any) -> None:
        out = trial.backend.prototype.nd_buffer.from_ndarray_like(memory)
        source.get_basic_selection(..., out=out)

    if not works(trial, lambda: read_from(array, trial.put(values * 0))):
        return
    with use_backend(trial.backend):
        failed, _ = attempt(lambda: read_from(twin, memory), case, InjectedFault)
    if not failed:
        return
    before = np.array(trial.to_host(memory))
    store.let_go()
    deadline = time.monotonic() + _DECODED
    while time.monotonic() < deadline and np.array_equal(trial.to_host(memory), before):
        time.sleep(0.002)
    case = f"{case}; what is in `out` when the error has come, and when all is over"
    same(trial.to_host(memory), before, case, advice=_END)


def _holding(trial: Trial, array: zarr.Array[Any]) -> _Held:
    keys = trial.keys(array)
    if len(keys) < 2:
        raise NotApplicable(f"an array with chunks {sorted(keys)} has no two of them")
    return _Held(array.store, f"{array.path}/{min(keys)}" if array.path else min(keys))


def _slowly(trial: Trial, selection: Any, name: str) -> None:
    array, values = trial.filled()
    array, store = on_faulty_store(array)
    at = part_of(array) if selection is None else selection

    def read() -> Any:
        return array[at]

    if reads_right(trial, read, values[at]):
        case = trial.name(f"reading {name}, each call late by another time")
        store.restart(latency=_LATE, seed=3)
        with use_backend(trial.backend):
            _, found = attempt(read, case, InjectedFault)
        same(np.asarray(trial.to_host(found)), values[at], case, swapped=True, advice=_ADVICE)
    due = values.copy()
    due[at] = numbers(values.shape, values.dtype, 300)[at]

    def write() -> None:
        array[at] = trial.put(np.asarray(due[at]))

    store.restart()
    if writes_right(trial, write, array, due):
        trial.fill(array, values)
        case = trial.name(f"writing {name}, each call late by another time")
        store.restart(latency=_LATE, seed=4)
        with use_backend(trial.backend):
            attempt(write, case, InjectedFault)
        store.restart()
        same(trial.contents(array), due, case, advice=_ADVICE)


class _Held(FaultyStore[Any]):
    """A store that fails for one key, once another has come, and holds that other back."""

    def __init__(self, store: Any, failing: str) -> None:
        super().__init__(store)
        self._failing = failing
        self._other = threading.Event()
        self._gate = threading.Event()
        self._lock = threading.Lock()
        self._arrived = 0
        self._left = 0

    def let_go(self) -> None:
        """Let it go, and wait until all that has come has gone."""
        self._gate.set()
        deadline = time.monotonic() + 10
        while self._left < self._arrived and time.monotonic() < deadline:
            time.sleep(0.001)

    def _waits_for(self, key: str) -> threading.Event | None:
        """Count a value in; tell what it has to wait for, if for anything."""
        with self._lock:
            self._arrived += 1
            if key == self._failing:
                return self._other
            first = not self._other.is_set()
            self._other.set()
            return self._gate if first else None

    def _leaves(self) -> None:
        with self._lock:
            self._left += 1

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

    async def get(self, key: str, *args: Any, **kwargs: Any) -> Buffer | None:
        try:
            await self._wait(key)
            return await self._store.get(key, *args, **kwargs)  # type: ignore[no-any-return]
        finally:
            self._leaves()

    def get_sync(self, key: str, **kwargs: Any) -> Buffer | None:
        try:
            self._wait_sync(key)
            return super().get_sync(key, **kwargs)
        finally:
            self._leaves()

    async def set(self, key: str, value: Buffer) -> None:
        try:
            await self._wait(key)
            await self._store.set(key, value)
        finally:
            self._leaves()

    def set_sync(self, key: str, value: Buffer) -> None:
        try:
            self._wait_sync(key)
            super().set_sync(key, value)
        finally:
            self._leaves()
