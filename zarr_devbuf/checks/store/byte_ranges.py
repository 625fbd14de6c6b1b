"""Checks of partial reads: what part of a value each kind of byte range means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest

from zarr_devbuf.checks.errors import CheckFailed, NotApplicable, violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.checks.store.harness import trial
from zarr_devbuf.checks.store.io_methods import reads
from zarr_devbuf.checks.store.sample_values import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zarr.abc.store import ByteRequest

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.store.harness import Trial
    from zarr_devbuf.checks.store.io_methods import Read


_LENGTH = 23

# About the ends of the blocks that a store may read by.
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

# HTTP cannot ask for these, and `Store.get` says that they are errors; MemoryStore answers with
# no bytes. ``SuffixByteRequest(0)`` is left out: stores on HTTP read it as the whole value.
_NOTHING: tuple[ByteRequest, ...] = (
    RangeByteRequest(5, 5),
    RangeByteRequest(_LENGTH, _LENGTH + 4),
    RangeByteRequest(_LENGTH + 9, _LENGTH + 12),
    OffsetByteRequest(_LENGTH),
    OffsetByteRequest(_LENGTH + 9),
)
# Of a value without bytes.
_OF_EMPTY: tuple[ByteRequest, ...] = (
    RangeByteRequest(0, 5),
    OffsetByteRequest(0),
    OffsetByteRequest(3),
    SuffixByteRequest(5),
)


def part_of(data: bytes, byte_range: ByteRequest | None) -> bytes:
    """Cut out of a value what a byte range asks for: the oracle of all checks on ranges."""
    match byte_range:
        case None:
            return data
        case RangeByteRequest(start=start, end=end):
            return data[start:end]
        case OffsetByteRequest(offset=offset):
            return data[offset:]
        case SuffixByteRequest(suffix=suffix):
            return data[max(0, len(data) - suffix) :]
    raise TypeError(f"no byte range: {byte_range!r}")


@check("store")
def check_byte_ranges(subject: Any, backend: Backend) -> None:
    """`get` with a byte range gives exactly that part, in the prototype's class and memory.

    Ranges, offsets and suffixes at either end of the value and past it, and across blocks: what
    there is of them is returned, as slicing does. A range of no bytes, or one that starts past the
    end, gives no bytes or raises (`Store.get` documents an error, Zarr's own stores do the one or
    the other); it must not give other bytes, nor ``None``.
    """
    with trial(subject, backend) as case:
        _judge_ranges(case, "get")


@check("store")
def check_byte_ranges_sync(subject: Any, backend: Backend) -> None:
    """`get_sync` with a byte range gives exactly that part, in the prototype's class and memory.

    See `check_byte_ranges`.
    """
    with trial(subject, backend) as case:
        case.require_sync()
        _judge_ranges(case, "get_sync")


@check("store")
def check_byte_ranges_of_many_keys(subject: Any, backend: Backend) -> None:
    """`get_partial_values` and `_get_many` cut each value as `get` does, in one call for many.

    Ranges of several kinds and keys are mixed in one call, so that one applied to its neighbour
    shows; and none at all. See `check_byte_ranges`.
    """
    with trial(subject, backend) as case:
        for name in ("get_partial_values", "_get_many"):
            _judge_ranges(case, name)
        values = {case.put(f"mixed/{i}", data): data for i, data in enumerate(_values())}
        requests = [
            (key, byte_range)
            for byte_range in (*_PLAIN, None)
            for key, data in values.items()
            if part_of(data, byte_range)
        ]
        found = case.run(case.store.get_partial_values(case.prototype, iter(requests)))
        if len(found) != len(requests):
            raise violated(
                expected=f"{len(requests)} values for {len(requests)} requests",
                actual=f"{len(found)}",
                advice="Answer every request of get_partial_values.",
            )
        for (key, byte_range), buffer in zip(requests, found, strict=True):
            what = f"get_partial_values of many, byte_range={byte_range}"
            case.judge(buffer, part_of(values[key], byte_range), what)
        store: Any = case.store
        none = {
            "get_partial_values": case.run(store.get_partial_values(case.prototype, iter(()))),
            "_get_many": case.collect(store._get_many, []),  # noqa: SLF001
        }
        for name, answers in none.items():
            _expect_nothing(answers, f"{name} without requests")


@check("store")
def check_many_ranges(subject: Any, backend: Backend) -> None:
    """`get_ranges` and `get_ranges_sync` answer every range of a key, however they merge them.

    Ranges out of order, adjacent, overlapping, equal, with gaps, offsets and suffixes among them,
    with merging on and off, and none at all: the parts of a merged read must be cut at the right
    places, and stay in the prototype's class and memory. Zarr reads the chunks of a shard so.
    """
    with trial(subject, backend) as case:
        if "get_ranges" not in reads(case):
            raise NotApplicable("stores of the installed Zarr have no get_ranges")
        for name in ("get_ranges", "get_ranges_sync"):
            if name in reads(case):
                _judge_ranges(case, name, nothing=False)
        data = pattern(997)
        key = case.put("ranges/c/0", data)
        bounds = ((40, 60), (0, 10), (10, 20), (50, 70), (900, 950), (40, 60), (120, 121))
        byte_ranges = [
            *(RangeByteRequest(start, end) for start, end in bounds),
            OffsetByteRequest(990),
            SuffixByteRequest(5),
            None,
        ]
        for gap in (None, 0, 1 << 20):
            merging = {} if gap is None else {"max_gap_bytes": gap}
            _judge_merged(case, key, data, byte_ranges, merging)
        store: Any = case.store
        groups = case.collect(lambda: store.get_ranges(key, [], prototype=case.prototype))
        _expect_nothing([pair for group in groups for pair in group], "get_ranges without ranges")
        if "get_ranges_sync" in reads(case):
            pairs = case.call(lambda: store.get_ranges_sync(key, [], prototype=case.prototype))
            _expect_nothing(pairs, "get_ranges_sync without ranges")


def _expect_nothing(answers: Sequence[object], what: str) -> None:
    if len(answers):
        raise violated(
            case=what,
            expected="no answers",
            actual=f"{len(answers)}",
            advice="Answer what is asked, which may be nothing.",
        )


def _judge_merged(
    case: Trial,
    key: str,
    data: bytes,
    byte_ranges: list[ByteRequest | None],
    merging: dict[str, int],
) -> None:
    store: Any = case.store
    found = {
        "get_ranges": case.collect(
            lambda: store.get_ranges(key, byte_ranges, prototype=case.prototype, **merging)
        )
    }
    if "get_ranges_sync" in reads(case):
        found["get_ranges_sync"] = [
            case.call(
                lambda: store.get_ranges_sync(key, byte_ranges, prototype=case.prototype, **merging)
            )
        ]
    for name, groups in found.items():
        pairs = [pair for group in groups for pair in group]
        if sorted(number for number, _ in pairs) != list(range(len(byte_ranges))):
            raise violated(
                case=f"{name} of {len(byte_ranges)} ranges, {merging}",
                expected=f"each of the numbers 0 to {len(byte_ranges) - 1} once",
                actual=f"{sorted(number for number, _ in pairs)}",
                advice="Give each value the number of its range in the order of asking.",
            )
        for number, buffer in pairs:
            what = f"{name}, {byte_ranges[number]} among {len(byte_ranges)} ranges, {merging}"
            case.judge(buffer, part_of(data, byte_ranges[number]), what)


def _judge_ranges(case: Trial, name: str, *, nothing: bool = True) -> None:
    read = reads(case)[name]
    stem = name.strip("_")
    for number, (length, ranges) in enumerate(((_LENGTH, _PLAIN), (_LONG, _BLOCKS))):
        data = pattern(length)
        key = case.put(f"{stem}/c/{number}", data)
        for byte_range in ranges:
            what = f"{name}, byte_range={byte_range} of {length} bytes"
            part = part_of(data, byte_range)
            case.judge(read(case, key, case.prototype, byte_range), part, what)
    if nothing:
        _judge_empty_ranges(case, f"{name} of {_LENGTH} bytes", case.key(f"{stem}/c/0"), read)
        key = case.put(f"{stem}/empty", b"")
        _judge_empty_ranges(case, f"{name} of an empty value", key, read, _OF_EMPTY)


def _judge_empty_ranges(
    case: Trial,
    name: str,
    key: str,
    read: Read,
    byte_ranges: tuple[ByteRequest, ...] = _NOTHING,
) -> None:
    for byte_range in byte_ranges:
        what = f"{name}, byte_range={byte_range}"
        try:
            buffer = read(case, key, case.prototype, byte_range)
        except (CheckFailed, NotApplicable):
            raise
        except Exception:  # noqa: BLE001, S112 - whatever the store says: it said no
            continue
        case.judge(buffer, b"", what)


def _values() -> Iterable[bytes]:
    return (pattern(_LENGTH + 10 * i, seed=i) for i in range(3))
