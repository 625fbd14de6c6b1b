"""Checks of partial reads: which part of a value each kind of byte range means."""

from __future__ import annotations

import asyncio
import random
from functools import partial
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest

from zarr_devbuf.checks.errors import NotApplicable
from zarr_devbuf.checks.store.harness import StoreHarness, store_check, try_call
from zarr_devbuf.checks.store.sample_values import part_of, pattern
from zarr_devbuf.checks.store.wrapped import innermost_store

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


# Pairs of start and end: adjacent, 5, 90 and 800 bytes apart.
_APART = ((0, 10), (10, 25), (30, 41), (131, 140), (940, 960))
# The largest gap, the largest read, how many at a time.
_LIMITS = ((0, 1 << 24, 10), (5, 1 << 24, 1), (90, 60, 2), (100, 1 << 24, 2))

_draw = random.Random(3)  # noqa: S311 - no secret
# Some are drawn, the same in every run: what is merged must not change what is read.
_SETTINGS: tuple[dict[str, int], ...] = (
    {},
    {"max_gap_bytes": 0},
    {"max_gap_bytes": 1 << 20},
    {"max_gap_bytes": 1 << 20, "max_coalesced_bytes": 1},
    {"max_concurrency": 1},
    *(
        {
            "max_gap_bytes": _draw.randint(1, 900),
            "max_coalesced_bytes": _draw.randint(5, 950),
            "max_concurrency": _draw.randint(1, 4),
        }
        for _ in range(6)
    ),
)


@store_check(
    "documented",
    "read wrong",
    advice="Cut the part as slicing does, within the length of the value.",
)
def check_byte_ranges(harness: StoreHarness) -> None:
    """`get` with a byte range returns exactly that part, in the prototype's class and memory.

    Ranges, offsets and suffixes at either end of the value and past it, and across blocks: what
    there is of them is returned, as slicing does. A range of no bytes, or one that starts past the
    end, gives no bytes or raises (`Store.get` documents an error, zarr's own stores do the one or
    the other); it must not give other bytes, nor ``None``.
    """
    _assert_parts(harness, "get")


@store_check(
    "documented",
    "read wrong",
    needs="get_sync",
    advice="Let `get_sync` cut byte ranges as `get` does.",
)
def check_byte_ranges_sync(harness: StoreHarness) -> None:
    """`get_sync` with a byte range returns exactly that part, in the prototype's class and memory.

    See `check_byte_ranges`.
    """
    _assert_parts(harness, "get_sync")


@store_check(
    "documented", "read wrong", advice="Apply each byte range to the key of its own request."
)
def check_byte_ranges_of_many_keys(harness: StoreHarness) -> None:
    """`get_partial_values` cuts each value as `get` does, in one call for many.

    One call mixes several kinds of ranges and keys, so that a range that is applied to another key
    is found; another call has no requests. See `check_byte_ranges`.
    """
    _assert_parts(harness, "get_partial_values")
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
        part = part_of(keys[key], byte_range)
        alone = partial(_assert_part, harness, key, byte_range, part)
        harness.assert_batch(partial(harness.assert_value, buffer, part, case), alone)
    harness.get_partial_values([])


@store_check(
    "documented",
    "read wrong",
    needs="get_ranges",
    advice="Number the values as their ranges, and cut each out of the merged part.",
)
def check_many_ranges(harness: StoreHarness) -> None:
    """`get_ranges` and `get_ranges_sync` return every range of a key, however they merge them.

    Ranges out of order, adjacent, overlapping, equal, with gaps, offsets and suffixes among them,
    with every setting of merging and concurrency, and none at all: the parts of a merged read must
    be cut at the right places, and stay in the prototype's class and memory. Zarr reads the chunks
    of a shard so.
    """
    names = [name for name in ("get_ranges", "get_ranges_sync") if name in harness.reads()]
    for name in names:
        _assert_parts(harness, name, nothing=False)
    data = pattern(997)
    key = harness.put(data)
    for name in names:
        for given in _SETTINGS:
            settings = dict(given)
            if name.endswith("_sync"):  # it has no concurrency to limit
                settings.pop("max_concurrency", None)
            pairs = harness.get_ranges(key, _MANY, sync=name.endswith("_sync"), **settings)
            harness.assert_ranges(pairs, data, _MANY, f"{name} of {len(_MANY)} ranges, {settings}")
        pairs = harness.get_ranges(key, [], sync=name.endswith("_sync"))
        harness.assert_equal(pairs, [], f"{name} without ranges")


@store_check(
    "documented",
    "wasteful",
    needs="get_ranges",
    advice="Pass max_gap_bytes, max_coalesced_bytes and max_concurrency on to what merges ranges.",
)
def check_range_settings(harness: StoreHarness) -> None:
    """`get_ranges` merges no ranges that its settings keep apart, and reads no more at a time.

    `zarr.abc.store.Store.get_ranges`: ranges "separated by at most this many bytes may be merged"
    (`max_gap_bytes`), "upper bound on the size of a single merged fetch" (`max_coalesced_bytes`),
    "maximum number of merged fetches in flight at once" (`max_concurrency`). Each of these is seen
    only if `get_ranges` calls `get` of the store, or of the one that it wraps, as zarr's own does.
    """
    data, fetches, seen = pattern(2000), _Fetches(innermost_store(harness.store)), 0
    key = harness.put(data)
    ranges = [RangeByteRequest(*each) for each in _APART]
    names = [name for name in ("get_ranges", "get_ranges_sync") if name in harness.reads()]
    for name, (gap, most, at_once) in product(names, _LIMITS):
        settings = {"max_gap_bytes": gap, "max_coalesced_bytes": most}
        if name == "get_ranges":
            settings["max_concurrency"] = at_once
        with fetches:
            pairs = harness.get_ranges(key, ranges, sync=name != "get_ranges", **settings)
        case = f"{name} of {_APART}, {settings}"
        harness.assert_ranges(pairs, data, ranges, case)
        for each in fetches.requests:
            start, end = each.start if each else 0, each.end if each else len(data)
            merged = [pair for pair in _APART if start <= pair[0] and pair[1] <= end]
            gaps = [after[0] - before[1] for before, after in pairwise(merged)]
            if max(gaps, default=0) > gap or (len(merged) > 1 and end - start > most):
                raise harness.violated(
                    case=case,
                    expected=f"no gap of over {gap} bytes, and {most} bytes at most if merged",
                    actual=f"one read of bytes {start} to {end}",
                )
        seen += len(fetches.requests)
        found = max(fetches.at_once, at_once)
        harness.assert_equal(found, at_once, f"how many reads there are at a time, {case}")
    if not seen:
        raise NotApplicable("`get_ranges` of the store reads by no `get`")


class _Fetches:
    """While it is entered: the ranges that a store reads, and how many at a time it awaits."""

    def __init__(self, store: Any) -> None:
        self.store, self.requests, self.now, self.at_once = store, list[Any](), 0, 0

    def __enter__(self) -> None:
        self.requests, self.at_once = [], 0
        get: Any = self.store.get
        get_sync: Any = getattr(self.store, "get_sync", None)

        async def watched(key: str, prototype: Any = None, byte_range: Any = None) -> Any:
            self.requests.append(byte_range)
            self.now += 1
            self.at_once = max(self.at_once, self.now)
            try:
                await asyncio.sleep(0)
                return await get(key, prototype, byte_range)
            finally:
                self.now -= 1

        def watched_sync(key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
            self.requests.append(byte_range)
            return get_sync(key, prototype=prototype, byte_range=byte_range)

        try:
            self.store.get = watched
            if get_sync is not None:
                self.store.get_sync = watched_sync
        except (AttributeError, TypeError) as error:
            raise NotApplicable("the methods of the store cannot be watched") from error

    def __exit__(self, *_: object) -> None:
        for name in ("get", "get_sync"):
            vars(self.store).pop(name, None)


def _assert_part(harness: StoreHarness, key: str, byte_range: Any, part: bytes) -> None:
    (found,) = harness.get_partial_values([(key, byte_range)])
    harness.assert_value(found, part, f"get_partial_values alone, byte_range={byte_range}")


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
