"""Checks of slicing, assigning to, combining and comparing a `Buffer`."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr.buffer.cpu

from zarr_devbuf.checks._inputs import (
    BYTES,
    LARGE,
    SIZES,
    drawn,
    drawn_parts,
    random_bytes,
    show_key,
)
from zarr_devbuf.checks.errors import during
from zarr_devbuf.checks.prototype.harness import PrototypeHarness, prototype_check

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer


_HELLO = b"hello world"
_BOUNDS = product((None, -3, 0, 5, np.int64(1)), (None, -3, 0, 5, 99, np.int64(4)))
_FAR = (slice(0, 3, 1), slice(11, 20), slice(-99, 4), slice(-99, -12), slice(2**40), slice(7, 2))
_SLICES = (*(slice(start, stop) for start, stop in _BOUNDS), *_FAR, slice(-(2**62), 2**62))
_LONG = random_bytes(4096)


# What a shard of so many chunks is combined from, and parts larger than any staging memory.
_MANY = (
    *(drawn_parts(count, 0, 3) for count in (63, 64, 65, 66, 129, 257, 1025)),
    *(drawn_parts(count, 1, 1) for count in (64, 65, 300)),
    drawn_parts(70, 900, 1100),
    tuple(random_bytes(size) for size in SIZES[2:5]),
    (b"", random_bytes(SIZES[-1]), b"x", random_bytes(SIZES[-4])),
)
_PAIRS = (
    (b"hello", b"hello"),
    (b"hello", b"hellO"),
    (b"hello", b"Hello"),
    (b"hello", b"hell"),
    (b"hell", b"hello"),
    (b"aa", b"a"),
    (b"a", b"aa"),
    (b"\x00", b""),
    (b"", b"\x00"),
    (b"", b""),
    (b"\xff", b"\x00"),
    (b"\xff" * 16, b"\xff" * 16),
    (bytes(8), bytes(7) + b"\x80"),
    (_LONG, _LONG),
    (_LONG, _LONG[:-1] + bytes([_LONG[-1] ^ 1])),
    (_LONG, _LONG[:1000] + bytes([_LONG[1000] ^ 1]) + _LONG[1001:]),
)


@prototype_check(
    source="documented",
    severity="read wrong",
    advice="Pass the key to the underlying array as it is.",
    cases=zip(_SLICES),
)
def check_slices(harness: PrototypeHarness, key: slice) -> None:
    """A slice of a buffer has the bytes of that range; so does a slice of a slice.

    The bounds are Python's: negative ones count from the end, those out of range are cut. Source:
    `Buffer` in zarr.abc.buffer: "all indexing and sizes are in bytes".
    """
    buffer = harness.buffer(_HELLO)
    with during(f"buffer[{show_key(key)}] of 11 bytes") as case:
        part = buffer[key]
    parts = ((case, part, _HELLO[key]), (f"{case}, then [1:]", part[1:], _HELLO[key][1:]))
    for name, found, data in parts:
        harness.assert_buffer(found, data, name)


@prototype_check(
    source="ours",
    severity="wasteful",
    advice="Return `type(self)(array[key])` of the underlying array: a slice of it is a view.",
)
def check_slice_views(harness: PrototypeHarness) -> None:
    """A slice of a buffer shares its memory, and so does a slice of a slice.

    Byte-range reads and the sharding codec cut chunks out of large values; a copy of each would
    double the memory. Source: zarr's own classes do so.
    """
    for size in (11, 4097, SIZES[3]):
        for start, stop in ((0, size), (3, size - 2), (size // 2, size), (-7, -1)):
            buffer = harness.buffer(random_bytes(size))
            with during(f"buffer[{start}:{stop}] of {size} bytes") as case:
                part = buffer[start:stop]
                parts = ((case, part), (f"{case}, then [1:]", part[1:]))
            for name, found in parts:
                harness.assert_shared_memory(buffer.as_array_like(), found.as_array_like(), name)


@prototype_check(
    source="documented",
    severity="read wrong",
    advice="Return the bytes from `start` to `stop` of any buffer, however long or large.",
)
def check_slices_of_large_buffers(harness: PrototypeHarness) -> None:
    """A slice of a large buffer has its bytes, at any offset.

    Offsets and lengths are drawn, odd ones among them, for buffers from 4 KiB to several MiB: a
    shard is one value, and its chunks lie anywhere in it. Source: `Buffer` in zarr.abc.buffer: "all
    indexing and sizes are in bytes".
    """
    random = drawn("slices of large buffers")
    for size in SIZES:
        data = random_bytes(size)
        buffer = harness.buffer(data)
        for _ in range(6):
            start, stop = (int(each) for each in random.integers(-size - 9, size + 9, 2))
            key = slice(start, stop)
            with during(f"buffer[{show_key(key)}] of {size} bytes") as case:
                part = buffer[key]
                parts = [(case, part, data[key])]
                parts.append((f"{case}, then [-1001:-1]", part[-1001:-1], data[key][-1001:-1]))
            for name, found, expected in parts:
                harness.assert_buffer(found, expected, name)


@prototype_check(
    source="documented",
    severity="read wrong",
    advice="Call the method of zarr.abc.buffer.Buffer, which checks the key.",
)
def check_slice_keys(harness: PrototypeHarness) -> None:
    """Any key but a slice raises `TypeError`, and any step but 1 `ValueError`.

    A buffer is contiguous, as zarr's `check_item_key_is_1d_contiguous` requires. Source: `Buffer`
    in zarr.abc.buffer, which calls it.
    """
    buffer: Any = harness.buffer(_HELLO)
    steps = np.s_[::2], np.s_[::-1], np.s_[5:0:-1], np.s_[::-5], np.s_[0:11:11]
    keys: tuple[Any, ...] = (0, -1, (slice(0, 1),), None, ..., [0, 1], "a", np.array([1]), *steps)
    for key in keys:
        error = ValueError if isinstance(key, slice) else TypeError
        case = f"buffer[{show_key(key)}]"
        harness.assert_raises(error, buffer.__getitem__, key, case=case)
        case = f"{case} = 0"
        harness.assert_raises(error, buffer.__setitem__, key, 0, case=case)
    harness.assert_buffer(buffer, _HELLO, "the buffer, after these errors")


@prototype_check(
    source="documented",
    severity="stored wrong",
    advice="Write to the slice of the array that the buffer holds, not to a copy.",
)
def check_slice_assignment(harness: PrototypeHarness) -> None:
    """Assigning an array or a scalar to a slice changes these bytes, and no others.

    The sharding codec builds shards this way. An array that does not fit is a `ValueError`, as in
    NumPy, and changes nothing: neither cut off nor repeated. Source: `Buffer` in zarr.abc.buffer.
    """
    keys = (np.s_[0:1], np.s_[4:7], np.s_[-2:], np.s_[:], np.s_[3:3])
    for key, value in zip(keys, (b"J", b"...", b"ds", b"HELLO WORLD", b""), strict=True):
        buffer = harness.buffer(_HELLO)
        expected = bytearray(_HELLO)
        expected[key] = value
        with during(f"buffer[{show_key(key)}] = array of {value!r}") as case:
            buffer[key] = harness.array(np.frombuffer(value, dtype="B"))
        harness.assert_buffer(buffer, bytes(expected), case)
    buffer = harness.buffer(_HELLO)
    part = buffer[2:9]
    part[1:3] = harness.array(np.frombuffer(b"LO", dtype="B"))
    harness.assert_buffer(buffer, b"helLO world", "buffer[2:9][1:3] = array, in the buffer")
    buffer = harness.buffer(_HELLO)
    buffer[2:4] = 255
    harness.assert_buffer(buffer, b"he\xff\xffo world", "buffer[2:4] = 255")
    buffer = harness.buffer(_HELLO)
    for stop, length in ((3, 2), (2, 3), (9, 3), (0, 2)):
        value = harness.array(np.full(length, 7, "B"))
        case = f"buffer[0:{stop}] = array of {length} bytes"
        key = slice(0, stop)
        harness.assert_raises(ValueError, buffer.__setitem__, key, value, case=case)
        harness.assert_buffer(buffer, _HELLO, f"the buffer, after {case}")
    random = drawn("slice assignment")
    for size in SIZES[::2]:
        data = bytearray(random_bytes(size))
        buffer = harness.buffer(bytes(data))
        for start, stop in ((1, size - 1), *random.integers(0, size, (3, 2)).tolist()):
            start, stop = sorted((start, stop))  # noqa: PLW2901
            key, written = slice(start - size, stop), data[start:stop][::-1]
            with during(f"buffer[{show_key(key)}] = array, of {size} bytes") as case:
                buffer[key] = harness.array(np.frombuffer(written, "B"))
            data[key] = written
            harness.assert_buffer(buffer, bytes(data), case)


@prototype_check(
    source="documented",
    severity="stored wrong",
    advice="Concatenate the arrays of all buffers in the given order; iterate once over `others`.",
    cases=(
        (b"hello",),
        (b"hello", b" ", b"world"),
        (b"", b"a"),
        (b"a", b""),
        (b"", b""),
        (b"a", b"", b"bc", b"", b"d"),
        (b"same", b"same", b"same"),
        (BYTES, BYTES[::-1]),
        *_MANY,
    ),
)
def check_combine(harness: PrototypeHarness, *parts: bytes) -> None:
    """`combine` and `+` concatenate buffers of the device in order.

    There may be none, one or many, given as a list or an iterator; empty ones may be anywhere. The
    parts do not change. Source: ``Buffer.combine`` in zarr.abc.buffer: "Concatenate many buffers".
    """
    first, *others = (harness.buffer(part) for part in parts)
    # CuPy uploads the addresses of more than eight parts: other checks look at transfers.
    with harness.calling(f"combining {_sizes(parts)} bytes") as case:
        results = [
            ("combine(list)", first.combine(others)),
            ("combine(iterator)", first.combine(iter(others))),
            ("combine(tuple)", first.combine(tuple(others))),
        ]
        if len(parts) < 20:  # else each byte is copied as often
            results.append(("+", _sum(first, others)))
    for call, combined in results:
        harness.assert_buffer(combined, b"".join(parts), f"{case}, by {call}")
    for part, buffer in (*zip(parts, (first, *others), strict=True),)[:100]:
        harness.assert_buffer(buffer, part, f"a part, after {case}")
    whole = harness.buffer(b"".join(parts))
    harness.assert_buffer(whole + whole, b"".join(parts) * 2, f"{case}, and the result to itself")


@prototype_check(
    source="ours",
    severity="stored wrong",
    advice="Concatenate in any case: a single array, or none to add, is copied, too.",
    cases=(
        *((b"hello",), (b"hello", b""), (b"hello", b"xyz"), (b"", b"xyz"), (b"", b"", b"z")),
        (b"", LARGE),
        (random_bytes(SIZES[-2]), b""),
    ),
)
def check_combine_copies(harness: PrototypeHarness, *parts: bytes) -> None:
    """A combined buffer has memory of its own, even if only one of the parts is not empty.

    Zarr writes into a combined shard while its parts are still in use. Source: this project; zarr's
    own classes do so.
    """
    first, *others = buffers = [harness.buffer(part) for part in parts]
    combined = first.combine(others).as_array_like()
    for part, buffer in zip(parts, buffers, strict=True):
        if part:
            case = f"combining {_sizes(parts)} bytes: the result, and the part {_shorten(part)}"
            harness.assert_own_memory(buffer.as_array_like(), combined, case)


@prototype_check(
    source="precedent",
    severity="stored wrong",
    advice="Copy each host buffer to its place in the result on the device.",
    cases=product(
        (
            "host",
            "device host",
            "host device",
            "host host",
            "device host device",
            "host device " * 40,
        ),
        (3, 70_000),
    ),
)
def check_combine_host_buffers(harness: PrototypeHarness, memory: str, size: int) -> None:
    """`combine` accepts host buffers among those of the device; the result is on the device.

    Zarr encodes the index of a shard with the host's prototype, by design, and combines it with
    chunks on the device. Source: ``combine`` of zarr.buffer.gpu.Buffer, of zarr-python's pull
    request 2978, does so.
    """
    make = {"host": zarr.buffer.cpu.Buffer.from_bytes, "device": harness.buffer}
    kinds = memory.split()
    if len(kinds) > 5:
        size = min(size, 300)
    parts = [(kind, random_bytes(size + i)) for i, kind in enumerate(kinds)]
    for start in (b"", b"start"):
        with during(f"combining {len(start)} bytes on the device with: {memory}") as case:
            combined = harness.buffer(start).combine([make[kind](part) for kind, part in parts])
        harness.assert_buffer(combined, start + b"".join(part for _, part in parts), case)


@prototype_check(
    source="documented",
    severity="read wrong",
    advice="Compare lengths, then the bytes on the device, and return a `bool`.",
)
def check_equality(harness: PrototypeHarness) -> None:
    """Buffers are equal if their bytes are, on any device; nothing else equals a buffer.

    Bytes are not compared as floats, among which a NaN does not equal itself and 0 equals -0. The
    buffers may be parts of larger ones. The answer is a `bool`, and `!=` is its opposite. One byte
    that differs is found at any place, first and last, in buffers of up to several MiB. Source:
    ``Buffer.__eq__`` in zarr.abc.buffer.
    """
    for one, other in _PAIRS:
        left = harness.buffer(one)
        larger = harness.buffer(b"x" + other + b"y")
        for memory, right in (
            ("device", harness.buffer(other)),
            ("device, part of a larger one", larger[1 : 1 + len(other)]),
            ("host", zarr.buffer.cpu.Buffer.from_bytes(other)),
        ):
            with during(f"{_shorten(one)} == {_shorten(other)} on the {memory}") as case:
                answers = (left == right, right == left, not left != right)  # noqa: SIM202
            for answer in answers:
                harness.assert_answer(answer, one == other, case)
    random = drawn("equality")
    for size in SIZES:
        host = np.frombuffer(random_bytes(size), "B")
        left, same = harness.buffer(host.tobytes()), harness.buffer(host.tobytes())
        with during(f"two equal buffers of {size} bytes") as case:
            harness.assert_answer(left == same, True, case)
        places = (0, size - 1, *(int(each) for each in random.integers(1, size - 1, 2)))
        for place in places:
            other_data = host.copy()
            other_data[place] ^= 0x80
            right = harness.buffer(other_data.tobytes())
            with during(f"buffers of {size} bytes, of which that at {place} differs") as case:
                harness.assert_answer(left == right, False, case)
    buffer = harness.buffer(b"hello")
    for stranger in (b"hello", "hello", None, 5, object()):
        with during(f"buffer == {type(stranger).__name__}") as case:
            harness.assert_answer(buffer == stranger, False, case)


def _sizes(parts: tuple[bytes, ...]) -> str:
    if len(parts) > 8:
        return f"{len(parts)} parts of {len(min(parts, key=len))} to {len(max(parts, key=len))}"
    return " + ".join(str(len(part)) for part in parts)


def _shorten(data: bytes) -> str:
    return repr(data) if len(data) < 20 else f"{len(data)} bytes {data[:4]!r} … {data[-4:]!r}"


def _sum(first: Buffer, others: list[Buffer]) -> Buffer:
    for other in others:
        first = first + other
    return first if others else first.combine([])
