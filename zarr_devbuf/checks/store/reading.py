"""Checks of reading: each method returns the right bytes, in the right class and memory."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest

from zarr_devbuf.checks.store.harness import StoreHarness, is_not_found, store_check
from zarr_devbuf.checks.store.sample_values import LARGE, VALUES, noise, part_of, pattern

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@store_check(
    "documented",
    "read wrong",
    advice="Return `prototype.buffer.from_bytes(...)` of the stored bytes from `get`.",
)
def check_get(harness: StoreHarness) -> None:
    """`get` returns the value in the prototype's buffer class, in the backend's memory.

    `zarr.abc.store.Store.get`: "the prototype of the output buffer". Values of no, one, an odd
    number of and many bytes, written by `set` in buffers of the backend.
    """
    _assert_reads(harness, "get")


@store_check(
    "documented", "read wrong", needs="get_sync", advice="Let `get_sync` return what `get` returns."
)
def check_get_sync(harness: StoreHarness) -> None:
    """`get_sync` returns the value in the prototype's buffer class, in the backend's memory.

    Zarr's fused codec pipeline reads only by `get_sync` if a store has it.
    """
    _assert_reads(harness, "get_sync")


@store_check(
    "documented",
    "read wrong",
    advice="Consume the requests once, and return a value or None for each, in order.",
)
def check_get_partial_values(harness: StoreHarness) -> None:
    """`get_partial_values` answers every request, in order, in the prototype's class and memory.

    Its requests are an iterable, which may be consumed only once; a key may occur many times. A
    missing key gives None in its place, or `FileNotFoundError`.
    """
    _assert_reads(harness, "get_partial_values")
    values = _put_three(harness)
    a, b, c = values
    _assert_answers(harness, values, [b, a, c, a, b])
    try:
        _assert_answers(harness, values, [a, harness.key("missing"), b])
    except Exception as error:
        if not is_not_found(error):
            raise


@store_check(
    "documented",
    "read wrong",
    needs="get_ranges",
    advice="Pass the prototype of `get_ranges` on to every read.",
)
def check_get_ranges(harness: StoreHarness) -> None:
    """`get_ranges` yields the value in the prototype's buffer class, in the backend's memory.

    Zarr reads the chunks of a shard by it (zarr 3.3 and later).
    """
    _assert_reads(harness, "get_ranges")


@store_check(
    "documented",
    "read wrong",
    needs="get_ranges_sync",
    advice="Let `get_ranges_sync` read as `get_ranges` does.",
)
def check_get_ranges_sync(harness: StoreHarness) -> None:
    """`get_ranges_sync` returns the value in the prototype's buffer class and backend's memory.

    Zarr's fused pipeline reads the chunks of a shard by it.
    """
    _assert_reads(harness, "get_ranges_sync")


@store_check(
    "documented",
    "read wrong",
    writes=False,
    each="reads",
    advice="Return None for a key that was never written, whatever the byte range.",
)
def check_missing_keys(harness: StoreHarness, name: str, read: Any) -> None:
    """A missing key reads as ``None``, whole or in part, and does not exist.

    Zarr fills missing chunks with the fill value; it does not fill empty ones. `get_partial_values`
    and the `get_ranges` pair may raise `FileNotFoundError` instead, alone or in an exception group:
    zarr's own stores differ there.
    """
    key = harness.key("missing/c/0")
    for byte_range in (None, RangeByteRequest(0, 2)):
        harness.assert_missing(name, read, key, "a key that was never written", byte_range)
    harness.assert_equal(bool(harness.run(harness.store.exists(key))), False, "exists")


@store_check(
    "documented",
    "read wrong",
    advice="Move values of any length: loop until all bytes are read or written.",
)
def check_large_values(harness: StoreHarness) -> None:
    """A value of about 1 MiB, and one of several MiB, is stored and read whole by every method.

    `zarr.abc.store.Store.get` and `set` have no limit of length. Also parts: across the middle, the
    end from an offset on, and a suffix.
    """
    writes, reads = harness.writes(), harness.reads()
    for number, length in enumerate(LARGE):
        data = noise(length, seed=number)
        # The longest is written by each method, the others by one after the other.
        names = [*writes] if length == max(LARGE) else [[*writes][number % len(writes)]]
        middle = RangeByteRequest(length // 3, length // 3 + 40_001)
        parts = (None, middle, OffsetByteRequest(length - 65_537), SuffixByteRequest(70_003))
        for name in names:
            key = harness.key()
            writes[name](key, harness.value(data))
            for reader, read in reads.items():
                for part in parts if name == names[0] else (None,):
                    case = f"{name} of {length} bytes, {part or 'all'} read by {reader}"
                    harness.assert_value(read(key, byte_range=part), part_of(data, part), case)


def _assert_reads(harness: StoreHarness, name: str) -> None:
    for size, data in VALUES.items():
        found = harness.reads()[name](harness.put(data))
        harness.assert_value(found, data, f"{name} of a value, {size}")


def _put_three(harness: StoreHarness) -> dict[str, bytes]:
    return {harness.put(data): data for data in (pattern(17 + i, seed=i) for i in range(3))}


def _assert_answers(
    harness: StoreHarness, values: Mapping[str, bytes], keys: Sequence[str]
) -> None:
    def alone() -> None:
        for key in values:
            (buffer,) = harness.get_partial_values([(key, None)])
            harness.assert_value(buffer, values[key], f"get_partial_values of {key!r} alone")

    found = harness.get_partial_values([(key, None) for key in keys])
    for number, (key, buffer) in enumerate(zip(keys, found, strict=True)):
        case = f"get_partial_values, request {number} of {len(keys)}"
        harness.assert_batch(partial(harness.assert_value, buffer, values.get(key), case), alone)
