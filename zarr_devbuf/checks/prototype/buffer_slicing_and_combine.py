"""Checks of slicing, assigning to, combining and comparing a `Buffer`."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr.buffer.cpu

from zarr_devbuf.checks._assertions import assert_raises
from zarr_devbuf.checks.errors import during
from zarr_devbuf.checks.prototype.harness import BYTES, PrototypeHarness, prototype_check, show_key

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer


_HELLO = b"hello world"
_BOUNDS = product((None, -3, 0, 5, np.int64(1)), (None, -3, 0, 5, 99, np.int64(4)))
_SLICES = (*(slice(start, stop) for start, stop in _BOUNDS), slice(0, 3, 1), slice(11, 20))
_LONG = bytes(range(256)) * 16
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
    (_LONG, _LONG[:-1] + b"\x00"),
    (_LONG, _LONG[:1000] + b"\x00" + _LONG[1001:]),
)


@prototype_check(
    advice="Return `type(self)(array[key])` of the underlying array: a slice of it is a view.",
    cases=zip(_SLICES),
)
def check_slices(harness: PrototypeHarness, key: slice) -> None:
    """A slice of a buffer has the bytes of that range and shares their memory.

    So does a slice of a slice. Byte-range reads and the sharding codec cut chunks out of large
    values; a copy of each would double the memory.
    """
    buffer = harness.buffer(_HELLO)
    with during(f"buffer[{show_key(key)}] of 11 bytes") as case:
        part = buffer[key]
    parts = ((case, part, _HELLO[key]), (f"{case}, then [1:]", part[1:], _HELLO[key][1:]))
    for name, found, data in parts:
        harness.assert_buffer(found, data, name)
    for name, found, data in parts:
        if data:
            harness.assert_shared_memory(buffer.as_array_like(), found.as_array_like(), name)


@prototype_check(advice="Call the method of zarr.abc.buffer.Buffer, which checks the key.")
def check_slice_keys(harness: PrototypeHarness) -> None:
    """Any key but a slice raises `TypeError`, and any step but 1 `ValueError`.

    A buffer is contiguous, as zarr's `check_item_key_is_1d_contiguous` requires.
    """
    buffer: Any = harness.buffer(_HELLO)
    keys: tuple[Any, ...] = (0, (slice(0, 1),), None, ..., [0, 1], "a", np.s_[::2], np.s_[::-1])
    for key in keys:
        errors = (ValueError if isinstance(key, slice) else TypeError,)
        case = f"buffer[{show_key(key)}]"
        assert_raises(errors, buffer.__getitem__, key, case=case, advice=harness.advice)
        case = f"{case} = 0"
        assert_raises(errors, buffer.__setitem__, key, 0, case=case, advice=harness.advice)
    harness.assert_buffer(buffer, _HELLO, "the buffer, after these errors")


@prototype_check(advice="Write to the slice of the array that the buffer holds, not to a copy.")
def check_slice_assignment(harness: PrototypeHarness) -> None:
    """Assigning an array or a scalar to a slice changes these bytes, and no others.

    The sharding codec builds shards this way.
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


@prototype_check(
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
    ),
)
def check_combine(harness: PrototypeHarness, *parts: bytes) -> None:
    """`combine` and `+` concatenate buffers of the device in order.

    There may be none, one or many, given as a list or an iterator; empty ones may be anywhere. The
    parts do not change.
    """
    first, *others = (harness.buffer(part) for part in parts)
    case = f"combining {_sizes(parts)} bytes"
    for call, combined in (
        ("combine(list)", first.combine(others)),
        ("combine(iterator)", first.combine(iter(others))),
        ("+", _sum(first, others)),
    ):
        harness.assert_buffer(combined, b"".join(parts), f"{case}, by {call}")
    for part, buffer in zip(parts, (first, *others), strict=True):
        harness.assert_buffer(buffer, part, f"a part, after {case}")
    whole = harness.buffer(b"".join(parts))
    harness.assert_buffer(whole + whole, b"".join(parts) * 2, f"{case}, and the result to itself")


@prototype_check(
    advice="Concatenate in any case: a single array, or none to add, is copied, too.",
    cases=((b"hello",), (b"hello", b""), (b"hello", b"xyz"), (b"", b"xyz"), (b"", b"", b"z")),
)
def check_combine_copies(harness: PrototypeHarness, *parts: bytes) -> None:
    """A combined buffer has memory of its own, even if only one of the parts is not empty.

    Zarr writes into a combined shard while its parts are still in use.
    """
    first, *others = buffers = [harness.buffer(part) for part in parts]
    combined = first.combine(others).as_array_like()
    for part, buffer in zip(parts, buffers, strict=True):
        if part:
            case = f"combining {_sizes(parts)} bytes: the result, and the part {part!r}"
            harness.assert_own_memory(buffer.as_array_like(), combined, case)


@prototype_check(
    advice="Copy each host buffer to its place in the result on the device.",
    cases=zip(("host", "device host", "host device", "host host", "device host device")),
)
def check_combine_host_buffers(harness: PrototypeHarness, memory: str) -> None:
    """`combine` accepts host buffers among those of the device; the result is on the device.

    Zarr encodes the index of a shard with the host's prototype, by design, and combines it with
    chunks on the device.
    """
    make = {"host": zarr.buffer.cpu.Buffer.from_bytes, "device": harness.buffer}
    parts = [(kind, bytes([65 + i]) * (3 + i)) for i, kind in enumerate(memory.split())]
    for start in (b"", b"start"):
        with during(f"combining {len(start)} bytes on the device with: {memory}") as case:
            combined = harness.buffer(start).combine([make[kind](part) for kind, part in parts])
        harness.assert_buffer(combined, start + b"".join(part for _, part in parts), case)


@prototype_check(advice="Compare lengths, then the bytes on the device, and return a `bool`.")
def check_equality(harness: PrototypeHarness) -> None:
    """Buffers are equal if their bytes are, on any device; nothing else equals a buffer.

    Bytes are not compared as floats, among which a NaN does not equal itself and 0 equals -0. The
    buffers may be parts of larger ones. The answer is a `bool`, and `!=` is its opposite.
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
    buffer = harness.buffer(b"hello")
    for stranger in (b"hello", "hello", None, 5, object()):
        with during(f"buffer == {type(stranger).__name__}") as case:
            harness.assert_answer(buffer == stranger, False, case)


def _sizes(parts: tuple[bytes, ...]) -> str:
    return " + ".join(str(len(part)) for part in parts)


def _shorten(data: bytes) -> str:
    return repr(data) if len(data) < 20 else f"{len(data)} bytes {data[:4]!r} … {data[-4:]!r}"


def _sum(first: Buffer, others: list[Buffer]) -> Buffer:
    for other in others:
        first = first + other
    return first if others else first.combine([])
