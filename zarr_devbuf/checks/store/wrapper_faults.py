"""Checks of a store that wraps another, where the other fails, is late, or answers too little."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from zarr.abc.store import RangeByteRequest, SuffixByteRequest
from zarr.storage import WrapperStore

from zarr_devbuf.checks.errors import CheckFailed, NotApplicable, violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.checks.store.assertions import comes_of
from zarr_devbuf.checks.store.byte_ranges import part_of
from zarr_devbuf.checks.store.harness import Trial, trial
from zarr_devbuf.checks.store.held_memory import HeldMemory
from zarr_devbuf.checks.store.io_methods import reads, writes
from zarr_devbuf.checks.store.sample_values import pattern
from zarr_devbuf.faults import FaultyStore, InjectedFault

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.abc.buffer import Buffer

    from zarr_devbuf.backend import Backend


_OLD, _NEW = pattern(1200), pattern(1100, seed=4)
# So many that they hardly ever arrive in the order of asking, by chance.
_KEYS = 8


@check("store")
def check_failure_beneath(subject: Any, backend: Backend) -> None:
    """A store that wraps another passes on its failures, and works on when they are over.

    Of a `WrapperStore` only. What it wraps is put into a `FaultyStore`, whose first, second and
    third call raises, for every way of reading and writing. Caches and retries must not turn a
    failure into a missing key, or into a value that was never stored; the old value stays whole; no
    device memory stays held; no call waits for ever.
    """
    with trial(subject, backend) as case:
        wrapper, faulty = _over_faults(case)
        used = HeldMemory(backend)
        for name, read in reads(wrapper).items():
            for number in (1, 2, 3):
                key = wrapper.put(f"{name.strip('_')}/{number}", _OLD)
                call = partial(read, wrapper, key, wrapper.prototype, None)
                call()  # what is kept of a read that succeeds is no leak
                what = f"{name} where call {number} beneath it fails"
                used.mark()
                faulty.restart(fail_at=number)
                failed, found = _attempt(call)
                if not failed:  # it made fewer calls, or helped itself: both are fine
                    wrapper.judge(found, _OLD, what)
                del found
                faulty.restart()
                used.expect_no_more(what)
                wrapper.judge(call(), _OLD, f"{name} when the failure beneath it is over")
        for name, write in writes(wrapper).items():
            for number in (1, 2, 3):
                key = wrapper.key(f"{name.strip('_')}/fails/{number}")
                what = f"{name} where call {number} beneath it fails"
                faulty.restart(fail_at=number)
                failed, _ = _attempt(partial(write, wrapper, key, wrapper.value(_NEW)))
                faulty.restart()
                if not failed:
                    wrapper.holds(key, _NEW, what)
                _agrees_with_beneath(case, wrapper, key, what)
                if name == "set_if_not_exists" or not case.store.supports_deletes:
                    continue
                key = wrapper.put(f"{name.strip('_')}/replaces/{number}", _OLD)
                faulty.restart(fail_at=number)
                failed, _ = _attempt(partial(write, wrapper, key, wrapper.value(_NEW)))
                faulty.restart()
                wrapper.holds(key, _OLD if failed else _NEW, f"the value after {what}")


@check("store")
def check_latency_beneath(subject: Any, backend: Backend) -> None:
    """A store that wraps another gives right answers, each in its place, where the other is late.

    Of a `WrapperStore` only. Every call beneath is late by another time, so that what was asked for
    first does not arrive first. Late is not missing, and answers have their own keys' and ranges'
    values.
    """
    with trial(subject, backend) as case:
        wrapper, faulty = _over_faults(case)
        store: Any = wrapper.store
        values = {wrapper.key(f"c/{i}"): pattern(40 + i, seed=i) for i in range(_KEYS)}
        # A different time for each key and call, and the first mostly later than the last.
        faulty.restart(latency=(0.0005, 0.004), seed=1)

        async def write() -> None:
            pairs = [(key, wrapper.value(data)) for key, data in values.items()]
            await asyncio.gather(*(store.set(key, value) for key, value in pairs))

        async def read() -> list[Any]:
            return await asyncio.gather(*(store.get(key, wrapper.prototype) for key in values))

        wrapper.run(write())
        for key, found in zip(values, wrapper.run(read()), strict=True):
            wrapper.judge(found, values[key], f"{key!r}, one of {_KEYS} that are late")
        requests = [(key, None) for key in values]
        answers = wrapper.run(store.get_partial_values(wrapper.prototype, iter(requests)))
        for key, found in zip(values, answers, strict=True):
            wrapper.judge(found, values[key], f"get_partial_values of {_KEYS} that are late")
        many = [(key, wrapper.prototype, None) for key in values]
        for key, found in wrapper.collect(store._get_many, many):  # noqa: SLF001
            wrapper.judge(found, values[key], f"_get_many of {_KEYS} that are late, {key!r}")
        if "get_ranges" not in reads(wrapper):
            return
        key, data = next(iter(values.items()))
        parts = (RangeByteRequest(0, 3), SuffixByteRequest(4), RangeByteRequest(20, 30), None)
        groups = wrapper.collect(
            lambda: store.get_ranges(key, parts, prototype=wrapper.prototype, max_gap_bytes=0)
        )
        for number, found in (pair for group in groups for pair in group):
            due = part_of(data, parts[number])
            wrapper.judge(found, due, f"get_ranges, {parts[number]} of {len(parts)} that are late")


@check("store")
def check_short_read_beneath(subject: Any, backend: Backend) -> None:
    """A read that comes back short beneath a wrapper is passed on as it is, or raises.

    Of a `WrapperStore` only. It is not taken for a missing key, nor filled up, nor remembered: when
    the other answers in full again, so does the wrapper.
    """
    with trial(subject, backend) as case:
        wrapper, faulty = _over_faults(case)
        for name, read in reads(wrapper).items():
            key = wrapper.put(f"{name.strip('_')}/0", _OLD)
            for byte_range in (None, RangeByteRequest(10, 500)):
                due = part_of(_OLD, byte_range)
                what = f"{name}, byte_range={byte_range}, where reads beneath it come back short"
                call = partial(read, wrapper, key, wrapper.prototype, byte_range)
                faulty.restart(short_rate=1.0)
                try:
                    found = call()
                except CheckFailed:
                    raise
                except Exception:  # noqa: BLE001 - whatever the store says: it has noticed
                    faulty.restart()
                else:
                    faulty.restart()
                    _begins(wrapper, found, due, what)
                wrapper.judge(call(), due, f"{name} when reads beneath it are whole again")


def _over_faults(case: Trial) -> tuple[Trial, FaultyStore[Any]]:
    """Put the wrapper over what it wraps, made to fail when told to."""
    store = case.store
    if not isinstance(store, WrapperStore):
        raise NotApplicable("the store wraps no other (zarr.storage.WrapperStore)")
    faulty = FaultyStore(store._store)  # noqa: SLF001 - how Zarr's wrappers are composed
    try:
        wrapper = Trial(store._with_store(faulty), case.backend)  # noqa: SLF001
    except NotImplementedError as error:
        raise NotApplicable("the store wraps no other than its own, and says so") from error
    wrapper.root = case.root
    return wrapper, faulty


def _attempt(call: Callable[[], Any]) -> tuple[bool, Any]:
    """Tell whether a call ends in an injected failure, or what it returns."""
    try:
        return False, call()
    except CheckFailed:
        raise
    except Exception as error:
        if not comes_of(error, InjectedFault):
            raise
        return True, None


def _agrees_with_beneath(case: Trial, wrapper: Trial, key: str, what: str) -> None:
    """Judge that the wrapper has a value exactly where a new one on the same contents has."""
    fresh = Trial(case.store._with_store(case.store._store), case.backend)  # type: ignore[attr-defined] # noqa: SLF001
    found, stored = wrapper.fetch(key), fresh.fetch(key)
    if (found is None) is not (stored is None):
        raise violated(
            case=what,
            expected="None" if stored is None else f"the {len(stored)} bytes that are stored",
            actual="None" if found is None else f"{len(found)} bytes that are not stored",
            advice="Do not remember a value before the store beneath has taken it.",
        )


def _begins(wrapper: Trial, found: Buffer | None, due: bytes, what: str) -> None:
    """Demand a part of the due bytes, from their first on; or all of them, from elsewhere."""
    length = len(due) if found is None else len(found)
    wrapper.judge(found, due[:length], what)
