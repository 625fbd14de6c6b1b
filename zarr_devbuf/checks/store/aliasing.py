"""Checks of aliasing: which memory a store, and its callers, go on using after a call."""

from __future__ import annotations

import gc
import weakref
from contextlib import suppress
from itertools import product
from typing import Any

from zarr.abc.store import RangeByteRequest

from zarr_devbuf.checks.errors import NotApplicable
from zarr_devbuf.checks.store.harness import StoreHarness, store_check
from zarr_devbuf.checks.store.sample_values import SIZES, part_of, pattern
from zarr_devbuf.checks.store.wrapped import wrapped_stores
from zarr_devbuf.store import BufferMismatchError
from zarr_devbuf.transfers import unrecorded_transfers

_PART = RangeByteRequest(5, 31)
_MANY = 12
# Bytes: a larger cache takes too long to fill.
_MOST = 1 << 20
# How long a buffer is, and which part of it is written: all of it, or some bytes.
_BLOCKS = (*((length, None) for length in SIZES), (5003, None), (5003, slice(100, 164)))


@store_check(
    "precedent",
    "stored wrong",
    each="writes",
    advice="Copy the bytes of a buffer before you keep them: the caller may change it.",
)
def check_keeps_no_memory_of_callers(harness: StoreHarness, name: str, write: Any) -> None:
    """A stored value does not change when the buffer that was written changes afterwards.

    Encoding may pass the store a view of the user's own array: an uncompressed chunk is one. Keep a
    copy, as zarr's `MemoryStore` does since 3.3: otherwise ``array[:] = x`` followed by
    ``x[:] = 0`` rewrites chunks that are stored.
    """
    for host in (False, True):
        memory = "zarr's host class" if host else f"backend {harness.backend.name!r}"
        for length, part in _BLOCKS:
            data = pattern(length)
            whole, key = harness.value(data, host=host), harness.key()
            try:
                write(key, whole if part is None else whole[part])
            except BufferMismatchError:
                if host:  # the store serves one prototype only, and reports it
                    break
                raise
            array: Any = whole.as_array_like()
            with unrecorded_transfers():
                array[...] = 0xEE
            data = data if part is None else data[part]
            case = f"{name} of {len(data)} bytes of {length} in {memory}, changed afterwards"
            harness.assert_stored(key, data, case)


@store_check(
    "ours",
    "read wrong",
    each="reads",
    advice="Return memory that the store does not write to again.",
)
def check_results_are_independent(harness: StoreHarness, name: str, read: Any) -> None:
    """What was read does not change, whatever is read, written or deleted afterwards.

    A store that reads into a staging area, or a cache that updates in place, returns memory that it
    goes on using: with several reads under way, one chunk turns into another. Sharing a stored
    value that never changes is fine: zarr's `MemoryStore` does.
    """
    for length in SIZES:
        _assert_independent(harness, name, read, [pattern(length, seed=i) for i in range(3)])


def _assert_independent(harness: StoreHarness, name: str, read: Any, values: list[bytes]) -> None:
    first, second, third = values
    key, other = harness.put(first), harness.put(second)
    held, part = read(key), read(key, byte_range=_PART)
    steps: dict[str, Any] = {
        "nothing else": lambda: None,
        "another value was read": lambda: (read(other), read(other, byte_range=_PART)),
        "another value was written": lambda: harness.put(third),
    }
    if harness.store.supports_deletes:
        steps["its key was written again"] = lambda: harness.set(key, third)
        steps["its key was deleted"] = lambda: harness.delete(key)
    for after, step in steps.items():
        step()
        harness.assert_value(held, first, f"{len(first)} bytes read by {name}, after {after}")
        harness.assert_value(part, part_of(first, _PART), f"part read by {name}, after {after}")


@store_check(
    "ours",
    "leaks",
    deletes=True,
    advice="Keep a bounded number of buffers, and drop those whose key is deleted.",
)
def check_frees_memory(harness: StoreHarness) -> None:
    """The store drops the buffers of a value when the value is deleted, at the latest.

    Otherwise device memory runs out. Many values are written, read by every method and deleted;
    most of the buffers must be freed. A cache, or a pool, may keep a few.
    """
    alive: dict[str, list[weakref.ref[Any]]] = {}

    def note(name: str, buffer: Any) -> None:
        with suppress(TypeError):  # arrays may not support weak references; buffers do
            alive.setdefault(name, []).append(weakref.ref(buffer))
            alive[name].append(weakref.ref(buffer.as_array_like()))

    for number in range(_MANY):
        key = harness.key()
        for name, write in harness.writes().items():
            value = harness.value(pattern(40 + number))
            write(key, value)
            note(name, value)
        for name, read in harness.reads().items():
            for byte_range in (None, _PART):
                note(name, read(key, byte_range=byte_range))
        harness.delete(key)
    del value
    if any(_count(references) > _MANY for references in alive.values()):
        gc.collect()  # what is merely in a cycle is not kept
    for name, references in alive.items():
        if (count := _count(references)) > _MANY:
            raise harness.violated(
                case=f"{_MANY} values written, read and deleted, by {name} among others",
                expected="most buffers have been freed",
                actual=f"{count} of {len(references)} buffers and arrays are still referenced",
            )


@store_check(
    "documented", "leaks", advice="Evict until a new value fits, and cache none that is larger."
)
def check_cache_limit(harness: StoreHarness) -> None:
    """A cache in another store keeps to its limit, and every value is still read.

    `zarr.experimental.cache_store.CacheStore`: "Maximum size of the cache in bytes", "individual
    values larger than max_size will not be cached". Of a store with an attribute `max_size`, and a
    second store beside the one that it wraps.
    """
    limit, stores = getattr(harness.store, "max_size", None), wrapped_stores(harness.store)
    if not isinstance(limit, int) or len(stores) < 2 or limit > _MOST:
        raise NotApplicable(f"the store has no second one with a `max_size` of up to {_MOST} bytes")
    lengths = (limit // 3, limit // 2, limit // 3, limit, limit + 1, 3 * limit, limit // 5)
    values = {harness.key(): pattern(length, seed=i) for i, length in enumerate(lengths)}
    for turn, (key, data) in product(range(2), values.items()):
        if not turn:
            harness.set(key, data)
        harness.assert_stored(key, data, f"a value of {len(data)} bytes, max_size={limit}")
        sizes = [harness.run(each.getsize_prefix("")) for each in stores.values()]
        # The largest is the one that has all values.
        if (cached := sum(sizes) - max(sizes)) > limit:
            raise harness.violated(
                case=f"a value of {len(data)} bytes was read, max_size={limit}",
                expected=f"at most {limit} bytes in the cache",
                actual=f"{cached} bytes",
            )


def _count(references: list[weakref.ref[Any]]) -> int:
    return sum(reference() is not None for reference in references)
