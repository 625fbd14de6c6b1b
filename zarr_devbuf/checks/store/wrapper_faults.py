"""Checks of a store that wraps another, if the other fails, is slow, or reads short."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from zarr.abc.store import RangeByteRequest, SuffixByteRequest

from zarr_devbuf.checks._harness import attempt
from zarr_devbuf.checks.store.harness import StoreHarness, device_memory, store_check, try_call
from zarr_devbuf.checks.store.sample_values import NEW, OLD, part_of, pattern
from zarr_devbuf.checks.store.wrapped import around, wrapped_stores
from zarr_devbuf.faults import FaultyStore, InjectedFault

# Which call of the underlying store fails.
_CALLS = (1, 2, 3)
# So many that they hardly ever arrive in the order of the requests by chance.
_KEYS = 8


@store_check(
    "ours",
    "stored wrong",
    wraps=True,
    advice="Pass errors on, and remember a value only after it was stored.",
)
def check_underlying_failure(wrapper: StoreHarness, faulty: FaultyStore[Any]) -> None:
    """A store that wraps another passes its failures on, and works again when they are over.

    The underlying store is put into a `FaultyStore`, whose first, second and third call raises,
    for every method that reads and writes. Caches and retries must not turn a
    failure into a missing key, or into a value that was never stored; the old value stays whole; no
    device memory stays held; no call hangs.
    """
    for name, read in wrapper.reads().items():
        _assert_failed_reads(wrapper, faulty, name, read)
    for name, write in wrapper.writes().items():
        for number in _CALLS:
            case = f"{name} if underlying call {number} fails"
            key = wrapper.key()
            failed = _fail(faulty, number, partial(write, key, wrapper.value(NEW)), case)[0]
            if not failed:
                wrapper.assert_stored(key, NEW, case)
            _assert_agrees(wrapper, key, case)
            if name in wrapper.replacing_writes():
                key = wrapper.put(OLD)
                failed = _fail(faulty, number, partial(write, key, wrapper.value(NEW)), case)[0]
                wrapper.assert_stored(key, OLD if failed else NEW, f"the value after {case}")


@store_check(
    "ours",
    "read wrong",
    wraps=True,
    advice="Match answers with requests by key, not by the order of arrival.",
)
def check_underlying_latency(wrapper: StoreHarness, faulty: FaultyStore[Any]) -> None:
    """A store that wraps another returns the right values, each in its place, if the other is slow.

    Every underlying call takes a different time, so that the first
    request is not the first to be answered. Slow is not missing, and every key and range gets its
    own value.
    """
    store, prototype = wrapper.store, wrapper.prototype
    values = {wrapper.key(): pattern(40 + i, seed=i) for i in range(_KEYS)}
    # A different time for each key and call, and the first mostly later than the last.
    faulty.restart(latency=(0.0005, 0.004), seed=1)

    async def write() -> None:
        pairs = [(key, wrapper.value(data)) for key, data in values.items()]
        await asyncio.gather(*(store.set(key, value) for key, value in pairs))

    async def read() -> list[Any]:
        return await asyncio.gather(*(store.get(key, prototype) for key in values))

    wrapper.run(write())
    pairs = list(zip(values, wrapper.run(read()), strict=True))
    found = wrapper.get_partial_values([(key, None) for key in values])
    pairs += zip(values, found, strict=True)
    methods = ("get", "get_partial_values")
    for number, (key, buffer) in enumerate(pairs):
        case = f"{key!r}, one of {_KEYS} slow reads by {methods[number // _KEYS]}"
        wrapper.assert_value(buffer, values[key], case)
    if "get_ranges" in wrapper.reads():
        key, data = next(iter(values.items()))
        parts = (RangeByteRequest(0, 3), SuffixByteRequest(4), RangeByteRequest(20, 30), None)
        found = wrapper.get_ranges(key, parts, max_gap_bytes=0)
        wrapper.assert_ranges(found, data, parts, "slow get_ranges")


@store_check(
    "ours", "read wrong", wraps=True, advice="Pass a short read on, or raise; do not extend it."
)
def check_underlying_short_read(wrapper: StoreHarness, faulty: FaultyStore[Any]) -> None:
    """If the underlying store reads short, a wrapper passes on what it got, or raises.

    A short read is not treated as a missing key, nor extended. It
    may be remembered: `Store.get` has no length by which a cache could tell.
    """
    for name, read in wrapper.reads().items():
        key = wrapper.put(OLD)
        for byte_range in (None, RangeByteRequest(10, 500)):
            expected = part_of(OLD, byte_range)
            faulty.restart(short_rate=1.0)
            raised, found = try_call(read, key, wrapper.prototype, byte_range)
            faulty.restart()
            if not raised:
                length = len(expected) if found is None else len(found)
                case = f"{name}, byte_range={byte_range}, if underlying reads are short"
                wrapper.assert_value(found, expected[:length], case)
            # What is read next may be short again: a cache cannot know how long the value is.
            key = wrapper.put(OLD)


def _fail(faulty: FaultyStore[Any], number: int, call: partial[Any], case: str) -> tuple[bool, Any]:
    """Return whether a call fails if an underlying one does, and what it returns."""
    faulty.restart(fail_at=number)
    try:
        return attempt(call, case, InjectedFault)
    finally:
        faulty.restart()


def _assert_failed_reads(
    wrapper: StoreHarness, faulty: FaultyStore[Any], name: str, read: Any
) -> None:
    keys = [wrapper.put(OLD) for _ in _CALLS]
    for key in keys:
        read(key)  # what is kept of a read that succeeds is no leak
    memory = device_memory(wrapper)
    if memory is not None:
        memory.mark()
    for number, key in zip(_CALLS, keys, strict=True):
        case = f"{name} if underlying call {number} fails"
        failed, found = _fail(faulty, number, partial(read, key), case)
        if not failed:  # it made fewer calls, or tried again: both are fine
            wrapper.assert_value(found, OLD, case)
        del found
        if memory is not None:
            memory.assert_no_more(case, advice=wrapper.advice)
        wrapper.assert_value(read(key), OLD, f"{name} when the underlying failure is over")


def _assert_agrees(wrapper: StoreHarness, key: str, case: str) -> None:
    """Assert that the wrapper has a value if, and only if, a new one on the same contents has."""
    inner = wrapped_stores(wrapper.store).get("_store")
    other = None if inner is None else around(wrapper.store, inner)
    if other is None:  # the wrapper cannot be copied
        return
    found, stored = wrapper.get(key), wrapper.on(other).get(key)
    if (found is None) is not (stored is None):
        raise wrapper.violated(
            case=case,
            expected="None" if stored is None else f"the {len(stored)} bytes that are stored",
            actual="None" if found is None else f"{len(found)} bytes that are not stored",
        )
