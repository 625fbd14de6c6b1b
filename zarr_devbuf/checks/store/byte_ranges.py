"""Checks of partial reads: which part of a value each kind of byte range means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest

from zarr_devbuf._backends.zarr_internals import get_many
from zarr_devbuf.checks.store.harness import StoreHarness, store_check, try_call
from zarr_devbuf.checks.store.sample_values import part_of, pattern

if TYPE_CHECKING:
    from zarr.abc.store import ByteRequest


_LENGTH = 23

# Around the ends of the blocks that a store may read by.
_LONG = 8300
_BLOCKS: tuple[ByteRequest, ...] = (
    RangeByteRequest(4090, 4096),
    RangeByteRequest(4096, 4097),
    RangeByteRequest(4000, 4100),
    RangeByteRequest(100, 8192),
    RangeByteRequest(8191, 8193),
    OffsetByteRequest(4096),
    SuffixByteRequest(_LONG - 4096),
)

# Every byte of the value at either end, and what reaches past it.
_PLAIN: tuple[ByteRequest, ...] = (
    RangeByteRequest(0, 1),
    RangeByteRequest(0, _LENGTH),
    RangeByteRequest(3, 10),
    RangeByteRequest(_LENGTH - 1, _LENGTH),
    RangeByteRequest(20, _LENGTH + 40),
    OffsetByteRequest(0),
    OffsetByteRequest(7),
    OffsetByteRequest(_LENGTH - 1),
    SuffixByteRequest(1),
    SuffixByteRequest(9),
    SuffixByteRequest(_LENGTH),
    SuffixByteRequest(_LENGTH + 7),  # len - suffix is negative, and an index from the end
    SuffixByteRequest(_LENGTH + 40),
)

# HTTP has no such requests, and `Store.get` documents them as errors; MemoryStore returns no
# bytes. ``SuffixByteRequest(0)`` is left out: stores on HTTP read it as the whole value.
_NOTHING: tuple[ByteRequest, ...] = (
    RangeByteRequest(5, 5),
    RangeByteRequest(_LENGTH, _LENGTH + 4),
    RangeByteRequest(_LENGTH + 9, _LENGTH + 12),
    OffsetByteRequest(_LENGTH),
    OffsetByteRequest(_LENGTH + 9),
)
# Of an empty value.
_OF_EMPTY: tuple[ByteRequest, ...] = (
    RangeByteRequest(0, 5),
    OffsetByteRequest(0),
    OffsetByteRequest(3),
    SuffixByteRequest(5),
)

# Of one value in one call: out of order, adjacent, overlapping, equal, with gaps.
_MANY: tuple[ByteRequest | None, ...] = (
    RangeByteRequest(40, 60),
    RangeByteRequest(0, 10),
    RangeByteRequest(10, 20),
    RangeByteRequest(50, 70),
    RangeByteRequest(900, 950),
    RangeByteRequest(40, 60),
    RangeByteRequest(120, 121),
    OffsetByteRequest(990),
    SuffixByteRequest(5),
    None,
)


@store_check(advice="Cut the part as slicing does, within the length of the value.")
def check_byte_ranges(harness: StoreHarness) -> None:
    """`get` with a byte range returns exactly that part, in the prototype's class and memory.

    Ranges, offsets and suffixes at either end of the value and past it, and across blocks: what
    there is of them is returned, as slicing does. A range of no bytes, or one that starts past the
    end, gives no bytes or raises (`Store.get` documents an error, zarr's own stores do the one or
    the other); it must not give other bytes, nor ``None``.
    """
    _assert_parts(harness, "get")


@store_check(needs="get_sync", advice="Let `get_sync` cut byte ranges as `get` does.")
def check_byte_ranges_sync(harness: StoreHarness) -> None:
    """`get_sync` with a byte range returns exactly that part, in the prototype's class and memory.

    See `check_byte_ranges`.
    """
    _assert_parts(harness, "get_sync")


@store_check(advice="Apply each byte range to the key of its own request.")
def check_byte_ranges_of_many_keys(harness: StoreHarness) -> None:
    """`get_partial_values` and `_get_many` cut each value as `get` does, in one call for many.

    One call mixes several kinds of ranges and keys, so that a range that is applied to another key
    is found; another call has no requests. See `check_byte_ranges`.
    """
    for name in ("get_partial_values", "_get_many"):
        _assert_parts(harness, name)
    values = [pattern(_LENGTH + 10 * i, seed=i) for i in range(3)]
    keys = {harness.put(data): data for data in values}
    requests = [
        (key, byte_range)
        for byte_range in (*_PLAIN, None)
        for key, data in keys.items()
        if part_of(data, byte_range)
    ]
    found = harness.get_partial_values(requests)
    for (key, byte_range), buffer in zip(requests, found, strict=True):
        case = f"get_partial_values of many, byte_range={byte_range}"
        harness.assert_value(buffer, part_of(keys[key], byte_range), case)
    harness.get_partial_values([])
    found = harness.collect(get_many, harness.store, [])
    harness.assert_equal(found, [], "_get_many without requests")


@store_check(
    needs="get_ranges",
    advice="Number the values as their ranges, and cut each out of the merged part.",
)
def check_many_ranges(harness: StoreHarness) -> None:
    """`get_ranges` and `get_ranges_sync` return every range of a key, however they merge them.

    Ranges out of order, adjacent, overlapping, equal, with gaps, offsets and suffixes among them,
    with merging on and off, and none at all: the parts of a merged read must be cut at the right
    places, and stay in the prototype's class and memory. Zarr reads the chunks of a shard so.
    """
    names = [name for name in ("get_ranges", "get_ranges_sync") if name in harness.reads()]
    for name in names:
        _assert_parts(harness, name, nothing=False)
    data = pattern(997)
    key = harness.put(data)
    for name in names:
        for merging in ({}, {"max_gap_bytes": 0}, {"max_gap_bytes": 1 << 20}):
            pairs = harness.get_ranges(key, _MANY, sync=name.endswith("_sync"), **merging)
            harness.assert_ranges(pairs, data, _MANY, f"{name} of {len(_MANY)} ranges, {merging}")
        pairs = harness.get_ranges(key, [], sync=name.endswith("_sync"))
        harness.assert_equal(pairs, [], f"{name} without ranges")


def _assert_parts(harness: StoreHarness, name: str, *, nothing: bool = True) -> None:
    read = harness.reads()[name]
    for length, ranges in ((_LENGTH, _PLAIN), (_LONG, _BLOCKS)):
        data = pattern(length)
        key = harness.put(data)
        for byte_range in ranges:
            case = f"{name}, byte_range={byte_range} of {length} bytes"
            harness.assert_value(read(key, byte_range=byte_range), part_of(data, byte_range), case)
    if not nothing:
        return
    for data, ranges in ((pattern(_LENGTH), _NOTHING), (b"", _OF_EMPTY)):
        key = harness.put(data)
        for byte_range in ranges:
            raised, found = try_call(read, key, harness.prototype, byte_range)
            if not raised:
                case = f"{name}, byte_range={byte_range} of {len(data)} bytes"
                harness.assert_value(found, b"", case)
