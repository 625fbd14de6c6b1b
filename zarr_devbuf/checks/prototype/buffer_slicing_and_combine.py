"""Checks of parts and sums of a `Buffer`: slices, assignment, combination, equality."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import zarr.buffer.cpu

from zarr_devbuf.checks.errors import during
from zarr_devbuf.checks.prototype.harness import (
    BYTES,
    buffer_of,
    expect_answer,
    expect_buffer,
    expect_own_memory,
    expect_raises,
    expect_shared_memory,
    on_device,
)
from zarr_devbuf.checks.registry import check

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer, BufferPrototype

    from zarr_devbuf.backend import Backend


_HELLO = b"hello world"
_EQUALITY = "compare lengths first, then the bytes on the device, and return a bool"
_SLICES = (
    slice(None),
    slice(2, 5),
    slice(-3, None),
    slice(None, -3),
    slice(5, 99),
    slice(0, 3, 1),
    slice(np.int64(1), np.int64(4)),
    slice(0, 0),
    slice(11, 20),
    slice(5, 2),
)


@check("prototype")
def check_slices(prototype: BufferPrototype, backend: Backend) -> None:
    """A slice of a buffer has the bytes of that range and shares their memory.

    So has a slice of a slice. Byte-range reads and the sharding codec cut chunks out of large
    values; a copy for each would double the memory.
    """
    for key in _SLICES:
        buffer = buffer_of(prototype, backend, _HELLO)
        case = f"buffer[{_show(key)}] of 11 bytes"
        with during(case):
            part = buffer[key]
        expect_buffer(part, prototype, backend, _HELLO[key], case=case)
        inner = part[1:]
        expect_buffer(inner, prototype, backend, _HELLO[key][1:], case=f"{case}, then [1:]")
        for name, piece, size in (
            (case, part, len(_HELLO[key])),
            (f"{case}, then [1:]", inner, len(_HELLO[key][1:])),
        ):
            if size:
                expect_shared_memory(
                    backend,
                    buffer.as_array_like(),
                    piece.as_array_like(),
                    case=name,
                    advice="wrap the slice of the underlying array, which is a view",
                )


@check("prototype")
def check_slice_keys(prototype: BufferPrototype, backend: Backend) -> None:
    """Any key but a slice is a `TypeError`, and any step but 1 a `ValueError`.

    A buffer is contiguous: what `check_item_key_is_1d_contiguous` of zarr demands.
    """
    buffer: Any = buffer_of(prototype, backend, _HELLO)
    wrong_type: tuple[Any, ...] = (0, (slice(0, 1),), None, ..., [0, 1], "a")
    for error, keys in (
        (TypeError, wrong_type),
        (ValueError, (slice(None, None, 2), slice(None, None, -1))),
    ):
        for key in keys:
            advice = f"raise {error.__name__}: call the method of zarr.abc.buffer.Buffer"
            case = f"buffer[{_show(key)}]"
            expect_raises((error,), buffer.__getitem__, key, case=case, advice=advice)
            expect_raises(
                (error,),
                buffer.__setitem__,
                key,
                0,
                case=f"{case} = 0",
                advice=advice,
            )
    expect_buffer(buffer, prototype, backend, _HELLO, case="the buffer, after refusing these")


@check("prototype")
def check_slice_assignment(prototype: BufferPrototype, backend: Backend) -> None:
    """Assigning to a slice changes these bytes, and no others, from an array or a scalar.

    The sharding codec builds shards this way.
    """
    for key, value in (
        (slice(0, 1), b"J"),
        (slice(4, 7), b"..."),
        (slice(-2, None), b"ds"),
        (slice(None), b"HELLO WORLD"),
        (slice(3, 3), b""),
    ):
        buffer = buffer_of(prototype, backend, _HELLO)
        expected = bytearray(_HELLO)
        expected[key] = value
        case = f"buffer[{_show(key)}] = array of {value!r}"
        with during(case):
            buffer[key] = on_device(backend, np.frombuffer(value, dtype="B"))
        expect_buffer(buffer, prototype, backend, bytes(expected), case=case)
    buffer = buffer_of(prototype, backend, _HELLO)
    part = buffer[2:9]
    part[1:3] = on_device(backend, np.frombuffer(b"LO", dtype="B"))
    expect_buffer(
        buffer, prototype, backend, b"helLO world", case="buffer[2:9][1:3] = array, in the buffer"
    )
    buffer = buffer_of(prototype, backend, _HELLO)
    buffer[2:4] = 255
    expect_buffer(buffer, prototype, backend, b"he\xff\xffo world", case="buffer[2:4] = 255")


@check("prototype")
def check_combine(prototype: BufferPrototype, backend: Backend) -> None:
    """`combine` and `+` put buffers of the device one after the other, in order.

    None, one, many, empty ones in any place, given by a list or an iterator; the parts stay as
    they are.
    """
    for parts in (
        (b"hello",),
        (b"hello", b" ", b"world"),
        (b"", b"a"),
        (b"a", b""),
        (b"", b""),
        (b"a", b"", b"bc", b"", b"d"),
        (b"same", b"same", b"same"),
        (BYTES, BYTES[::-1]),
    ):
        whole = b"".join(parts)
        first, *others = (buffer_of(prototype, backend, part) for part in parts)
        case = f"combining parts of {', '.join(str(len(part)) for part in parts)} bytes"
        for way, combined in (
            ("by combine(list)", first.combine(others)),
            ("by combine(iterator)", first.combine(iter(others))),
            ("by +", _sum(first, others)),
        ):
            expect_buffer(combined, prototype, backend, whole, case=f"{case} {way}")
        for part, buffer in zip(parts, (first, *others), strict=True):
            expect_buffer(buffer, prototype, backend, part, case=f"a part, after {case}")
    own = buffer_of(prototype, backend, b"ab")
    expect_buffer(own + own, prototype, backend, b"abab", case="buffer + buffer, one and the same")


@check("prototype")
def check_combine_copies(prototype: BufferPrototype, backend: Backend) -> None:
    """What is combined has memory of its own, also where there is nothing to add, or to add to.

    Zarr writes into a combined shard while its parts are still in use.
    """
    for parts in (
        (b"hello",),
        (b"hello", b""),
        (b"hello", b"xyz"),
        (b"", b"xyz"),
        (b"", b"", b"z"),
    ):
        first, *others = buffers = [buffer_of(prototype, backend, part) for part in parts]
        combined = first.combine(others)
        for part in buffers:
            if len(part):
                expect_own_memory(
                    backend,
                    part.as_array_like(),
                    combined.as_array_like(),
                    case=f"combining parts of {', '.join(str(len(each)) for each in parts)} bytes: "
                    f"the result, and the part of {len(part)} bytes",
                    advice="concatenate always; a single array is copied, too",
                )


@check("prototype")
def check_combine_host_buffers(prototype: BufferPrototype, backend: Backend) -> None:
    """`combine` takes buffers of the host among those of the device, and leaves all on the device.

    The index of a shard is encoded with the host's prototype, by design, and joined to chunks on
    the device.
    """
    for where in ("host", "device host", "host device", "host host", "device host device"):
        kinds = where.split()
        datas = [bytes([65 + index]) * (3 + index) for index in range(len(kinds))]
        others: list[Buffer] = [
            zarr.buffer.cpu.Buffer.from_bytes(data)
            if kind == "host"
            else buffer_of(prototype, backend, data)
            for kind, data in zip(kinds, datas, strict=True)
        ]
        for start in (b"", b"start"):
            case = f"combining {len(start)} bytes on the device with buffers of: {where}"
            with during(case):
                combined = buffer_of(prototype, backend, start).combine(others)
            expect_buffer(combined, prototype, backend, start + b"".join(datas), case=case)


@check("prototype")
def check_equality(prototype: BufferPrototype, backend: Backend) -> None:
    """Buffers are equal where their bytes are, wherever they are; nothing else equals a buffer.

    Bytes are compared as bytes: they are no numbers, among which a NaN is no NaN's equal and 0 is
    -0. Parts of larger buffers, too. The answer is a `bool`, and `!=` is its opposite.
    """
    long = bytes(range(256)) * 16
    for one, other in (
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
        (long, long),
        (long, long[:-1] + b"\x00"),
        (long, long[:1000] + b"\x00" + long[1001:]),
    ):
        left = buffer_of(prototype, backend, one)
        for where, right in (
            ("device", buffer_of(prototype, backend, other)),
            ("device, part of a larger one", buffer_of(prototype, backend, b"x" + other + b"y")),
            ("host", zarr.buffer.cpu.Buffer.from_bytes(other)),
        ):
            if "part" in where:
                right = right[1 : 1 + len(other)]  # noqa: PLW2901
            case = f"{_shorten(one)} == {_shorten(other)} on the {where}"
            with during(case):
                answers = (left == right, right == left, not left != right)  # noqa: SIM202
            for answer in answers:
                expect_answer(answer, one == other, case=case, advice=_EQUALITY)
    buffer = buffer_of(prototype, backend, b"hello")
    for stranger in (b"hello", "hello", None, 5, object()):
        with during(f"comparing with {stranger!r}"):
            answer = buffer == stranger
        case = f"buffer == {type(stranger).__name__}"
        expect_answer(answer, False, case=case, advice=_EQUALITY)


def _shorten(data: bytes) -> str:
    return repr(data) if len(data) < 20 else f"{len(data)} bytes {data[:4]!r} … {data[-4:]!r}"


def _sum(first: Buffer, others: list[Buffer]) -> Buffer:
    for other in others:
        first = first + other
    if not others:
        return first.combine([])
    return first


def _show(key: Any) -> str:
    if isinstance(key, slice):
        start, stop = ("" if each is None else int(each) for each in (key.start, key.stop))
        return f"{start}:{stop}" + ("" if key.step is None else f":{key.step}")
    return repr(key)
