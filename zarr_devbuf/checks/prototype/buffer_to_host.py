"""Checks of how the bytes of a `Buffer` are read on the host, and of its length."""

from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.checks._inputs import BYTES, LARGE, SIZES, random_bytes
from zarr_devbuf.checks.errors import during
from zarr_devbuf.checks.prototype.harness import PrototypeHarness, prototype_check
from zarr_devbuf.transfers import unrecorded_transfers


@prototype_check(
    source="documented",
    severity="stored wrong",
    advice="Return all the bytes, as they are now, in host memory that no other buffer uses.",
)
def check_to_host(harness: PrototypeHarness) -> None:
    """`as_numpy_array`, `as_buffer_like` and `to_bytes` return the bytes of the buffer on the host.

    This includes slices, which start in the middle of memory. The bytes are the current ones, even
    if they were read before. What was read of one buffer stays when another is read. Source: these
    methods of ``Buffer`` in zarr.abc.buffer.
    """
    whole = harness.buffer(BYTES)
    for start, stop in ((0, 257), (0, 0), (1, 2), (3, 257), (256, 257)):
        _assert_on_host(harness, whole[start:stop], BYTES[start:stop], f"buffer[{start}:{stop}]")
    harness.assert_buffer(whole, BYTES, "the buffer, after it was read")
    for large in (LARGE, *map(random_bytes, SIZES)):
        buffer = harness.buffer(large)
        _assert_on_host(harness, buffer, large, f"a buffer of {len(large)} bytes")
        start = len(large) // 3 | 1
        part = buffer[start:-5]
        _assert_on_host(harness, part, large[start:-5], f"buffer[{start}:-5] of {len(large)} bytes")
    one, other = harness.buffer(b"first"), harness.buffer(b"other")
    read: tuple[Any, Any] = one.as_numpy_array(), one.as_buffer_like()
    other.as_numpy_array(), other.as_buffer_like()
    for method, found in zip(("as_numpy_array", "as_buffer_like"), read, strict=True):
        case = f"the result of {method}(), after another buffer was read"
        harness.assert_host_bytes(found, b"first", case)
    with unrecorded_transfers():
        array: Any = one.as_array_like()
        array[...] = harness.array(np.frombuffer(b"again", dtype="B"))
    _assert_on_host(harness, one, b"again", "a buffer that was read, written to, and read again")


@prototype_check(
    source="documented",
    severity="stored wrong",
    advice="Return the current size of the array that the buffer holds.",
)
def check_length(harness: PrototypeHarness) -> None:
    """`len` of a buffer is its number of bytes, however the buffer was created.

    It may be whole, part of another, empty or combined. Stores and the sharding codec compute
    offsets from it. Source: `Buffer` in zarr.abc.buffer: "all indexing and sizes are in bytes".
    """
    for size in (0, 1, 3, len(BYTES), *SIZES):
        whole = harness.buffer(BYTES[:size] if size <= len(BYTES) else random_bytes(size))
        for name, buffer, expected in (
            (f"buffer of {size} bytes", whole, size),
            (f"buffer[1:3] of {size} bytes", whole[1:3], min(max(size - 1, 0), 2)),
            (f"buffer[:2] of {size} bytes", whole[:2], min(size, 2)),
            (f"buffer + buffer[:2], of {size} bytes", whole + whole[:2], size + min(size, 2)),
            (f"from_buffer(buffer of {size} bytes)", harness.buffer_class.from_buffer(whole), size),
        ):
            with during(f"len({name})") as case:
                length = len(buffer)
            if length != expected:
                raise harness.violated(case, str(expected), str(length))


def _assert_on_host(harness: PrototypeHarness, buffer: Any, data: bytes, name: str) -> None:
    """Assert the bytes that each method returns on the host."""
    with during(f"{name}: as_numpy_array()") as case:
        harness.assert_host_array(buffer.as_numpy_array(), np.frombuffer(data, "B"), case)
    with during(f"{name}: as_buffer_like()") as case:
        harness.assert_host_bytes(buffer.as_buffer_like(), data, case)
    with during(f"{name}: to_bytes()") as case:
        copied = buffer.to_bytes()
    if not isinstance(copied, bytes):
        raise harness.violated(case, "bytes", f"a {type(copied).__name__}")
    harness.assert_host_bytes(copied, data, case)
