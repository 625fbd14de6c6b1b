"""Checks of how the bytes of a `Buffer` come out, and how many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.errors import during, violated
from zarr_devbuf.checks.prototype.harness import (
    BYTES,
    LARGE,
    buffer_of,
    expect_buffer,
    expect_same,
)
from zarr_devbuf.checks.registry import check
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from zarr.abc.buffer import BufferPrototype

    from zarr_devbuf.backend import Backend


@check("prototype")
def check_to_host(prototype: BufferPrototype, backend: Backend) -> None:
    """`as_numpy_array`, `as_buffer_like` and `to_bytes` give the bytes of the buffer on the host.

    Of slices too, which begin in the middle of memory; and as they are now, also where they were
    read before. What was read of one buffer stays when another is read.
    """
    whole = buffer_of(prototype, backend, BYTES)
    for start, stop in ((0, 257), (0, 0), (1, 2), (3, 257), (256, 257)):
        _expect_on_host(whole[start:stop], BYTES[start:stop], f"buffer[{start}:{stop}]")
    expect_buffer(whole, prototype, backend, BYTES, case="the buffer, after it was read")
    _expect_on_host(buffer_of(prototype, backend, LARGE), LARGE, f"a buffer of {len(LARGE)} bytes")
    one, other = (buffer_of(prototype, backend, data) for data in (b"first", b"other"))
    held: tuple[Any, ...] = one.as_numpy_array(), memoryview(one.as_buffer_like())
    other.as_numpy_array(), other.as_buffer_like()
    for name, read in zip(("as_numpy_array", "as_buffer_like"), held, strict=True):
        expect_same(
            np.frombuffer(bytes(read), dtype="B"),
            np.frombuffer(b"first", dtype="B"),
            case=f"what {name}() gave, after another buffer was read",
            advice="read into memory that is the caller's alone, not into one staging area",
        )
    with unrecorded_transfers():
        array: Any = one.as_array_like()
        array[...] = backend.from_host(np.frombuffer(b"again", dtype="B"))
    _expect_on_host(one, b"again", "a buffer that was read, written to, and read again:")


@check("prototype")
def check_length(prototype: BufferPrototype, backend: Backend) -> None:
    """`len` of a buffer is its number of bytes, however the buffer was made.

    Whole, part of another, empty, combined. Stores and the sharding codec compute offsets from it.
    """
    for size in (0, 1, 3, len(BYTES)):
        whole = buffer_of(prototype, backend, BYTES[:size])
        made = (
            (f"buffer of {size} bytes", whole, size),
            (f"buffer[1:3] of {size} bytes", whole[1:3], min(max(size - 1, 0), 2)),
            (f"buffer[:2] of {size} bytes", whole[:2], min(size, 2)),
            (f"buffer + buffer[:2], of {size} bytes", whole + whole[:2], size + min(size, 2)),
            (f"from_buffer(buffer of {size} bytes)", prototype.buffer.from_buffer(whole), size),
        )
        for name, buffer, expected in made:
            with during(f"taking the length of {name}"):
                length = len(buffer)
            if length != expected:
                raise violated(
                    case=f"len({name})",
                    expected=str(expected),
                    actual=str(length),
                    advice="count the bytes of the array that the buffer holds, each time",
                )


def _expect_on_host(buffer: Any, data: bytes, case: str) -> None:
    """Demand these bytes of a buffer, by every way to the host."""
    expect_same(
        buffer.as_numpy_array(),
        np.frombuffer(data, dtype="B"),
        case=f"{case}.as_numpy_array()",
        advice="return a one-dimensional uint8 numpy.ndarray of the bytes",
    )
    with during(f"reading {case}.as_buffer_like()"):
        seen = bytes(memoryview(buffer.as_buffer_like()))
    copied = buffer.to_bytes()
    if not isinstance(copied, bytes):
        raise violated(
            case=f"{case}.to_bytes()",
            expected="bytes",
            actual=f"a {type(copied).__name__}",
            advice="return `bytes` of all the bytes, in order",
        )
    for name, found in (("to_bytes", copied), ("as_buffer_like", seen)):
        expect_same(
            np.frombuffer(found, dtype="B"),
            np.frombuffer(data, dtype="B"),
            case=f"{case}.{name}()",
            advice="return host memory with these bytes, all of them and in order",
        )
