"""Checks of how a `Buffer` is created."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import zarr.abc.buffer
import zarr.buffer.cpu

from zarr_devbuf.checks._assertions import assert_raises
from zarr_devbuf.checks.errors import during
from zarr_devbuf.checks.prototype.harness import BYTES, LARGE, PrototypeHarness, prototype_check

_DATA = (b"", BYTES[:1], BYTES[:3], BYTES)


@prototype_check(
    advice="Pass classes that define all abstract methods: "
    "BufferPrototype(buffer=YourBuffer, nd_buffer=YourNDBuffer).",
    cases=(("buffer", zarr.abc.buffer.Buffer), ("nd_buffer", zarr.abc.buffer.NDBuffer)),
)
def check_prototype_classes(harness: PrototypeHarness, field: str, base: type) -> None:
    """A prototype has a concrete subclass of `Buffer` and one of `NDBuffer`.

    Zarr creates buffers of these classes without checking them. An abstract class, or an instance
    in place of a class, fails far from its cause.
    """
    cls: Any = getattr(harness.prototype, field)
    found = repr(cls)
    if isinstance(cls, type) and issubclass(cls, base):
        # `NDBuffer` is no ABC: nothing stops its abstract methods from being called.
        missing = {name for name in dir(base) if _is_abstract(base, name) & _is_abstract(cls, name)}
        missing |= getattr(cls, "__abstractmethods__", frozenset())
        if not missing:
            return
        found = f"{cls.__qualname__}, which leaves abstract: {', '.join(sorted(missing))}"
    expected = f"a concrete subclass of zarr.abc.buffer.{base.__name__}"
    raise harness.violated(f"prototype.{field}", expected, found)


@prototype_check(advice="Return `cls(xp.empty(0, dtype='B'))`: a new buffer for each call.")
def check_zero_length(harness: PrototypeHarness) -> None:
    """`create_zero_length` returns a buffer of 0 bytes on the device, each time.

    Zarr combines the parts of a shard into it. It is also empty after it was combined before.
    """
    for time in ("the first time", "the second time"):
        buffer = harness.buffer_class.create_zero_length()
        harness.assert_buffer(buffer, b"", f"create_zero_length(), {time}")
        buffer.combine([harness.buffer(b"more")])


@prototype_check(
    advice="Create a new buffer on the device of all bytes of `memoryview(bytes_like)`."
)
def check_from_bytes(harness: PrototypeHarness) -> None:
    """`from_bytes` copies all bytes of a bytes-like object to the device.

    The bytes are those of ``zarr.core.common.BytesLike``: bytes, bytearray and memoryview, which
    may start in the middle of other memory and be read-only. There may be more of them than fit
    into staging memory. Every codec that works on the host returns its result this way.
    """
    from_bytes = harness.buffer_class.from_bytes
    for data in (*_DATA, LARGE):
        for kind, given in (
            ("bytes", data),
            ("bytearray", bytearray(data)),
            ("memoryview", memoryview(data)),
            ("memoryview from the middle", memoryview(b"x" + data + b"y")[1:-1]),
        ):
            with during(f"from_bytes({kind} of {len(data)} bytes)") as case:
                harness.assert_buffer(from_bytes(given), data, case)
    first, second = from_bytes(b"first"), from_bytes(b"other")
    harness.assert_buffer(first, b"first", "the first of two from_bytes()")
    harness.assert_buffer(second, b"other", "the second of two from_bytes()")
    one, other = (from_bytes(bytearray(b"alike")).as_array_like() for _ in range(2))
    # Arrays outside of NumPy's family have no flags; what is made of bytes may be read-only.
    if getattr(getattr(one, "flags", None), "writeable", True):
        harness.assert_own_memory(one, other, "from_bytes() of two equal bytearrays")


@prototype_check(advice="Keep the array itself, and return it from `as_array_like`.")
def check_from_array_like(harness: PrototypeHarness) -> None:
    """`from_array_like` shares the memory of a device array, and `as_array_like` returns it.

    `as_array_like` "will never copy data", by zarr's documentation. The bytes codec relies on both
    to reinterpret a chunk without a copy.
    """
    for data in _DATA:
        array = harness.array(np.frombuffer(data, dtype="B"))
        with during(f"from_array_like(array of {len(data)} bytes)") as case:
            buffer = harness.buffer_class.from_array_like(array)
        harness.assert_buffer(buffer, data, case)
        if data:
            held = buffer.as_array_like()
            harness.assert_shared_memory(array, held, f"{case}, the array written to")
            harness.assert_shared_memory(held, array, f"{case}, the buffer written to")


@prototype_check(
    advice="Wrap `buffer.as_array_like()` if it is an array of this device; do not copy it."
)
def check_from_buffer(harness: PrototypeHarness) -> None:
    """`from_buffer` of a buffer on the same device shares its memory.

    Stores call it for every value that they return. By zarr's documentation it copies only "if the
    data has to be moved between memory types". The source may have another class, since a store
    may hold another one's buffers. A call with a host buffer before makes no difference.
    """
    for data in _DATA:
        harness.buffer_class.from_buffer(zarr.buffer.cpu.Buffer.from_bytes(b"from the host"))
        array = harness.array(np.frombuffer(data, dtype="B"))
        for which, source in (
            ("of this class", harness.buffer(data)),
            ("of another class", harness.backend.prototype.buffer.from_array_like(array)),
        ):
            with during(f"from_buffer(buffer {which} of {len(data)} bytes on the device)") as case:
                buffer = harness.buffer_class.from_buffer(source)
            harness.assert_buffer(buffer, data, case)
            if data:
                harness.assert_shared_memory(source.as_array_like(), buffer.as_array_like(), case)


@prototype_check(
    advice="Copy host buffers to the device, and return host memory from `as_numpy_array`.",
    cases=zip((*_DATA, LARGE)),
)
def check_from_host_buffer(harness: PrototypeHarness, data: bytes) -> None:
    """`from_buffer` copies a host buffer to the device, and zarr's host class accepts ours.

    A `MemoryStore` that was written with one prototype is read with another, in both directions.
    """
    host_class = zarr.buffer.cpu.Buffer
    with during(f"from_buffer(host buffer of {len(data)} bytes)") as case:
        buffer = harness.buffer_class.from_buffer(host_class.from_bytes(data))
    harness.assert_buffer(buffer, data, case)
    with during(f"zarr.buffer.cpu.Buffer.from_buffer(buffer of {len(data)} bytes)") as case:
        host_buffer = host_class.from_buffer(harness.buffer(data))
    harness.assert_host_bytes(host_buffer.as_numpy_array(), data, case)


@prototype_check(
    advice="Call `super().__init__(array_like)`: it raises ValueError for such arrays.",
    cases=(
        *product(("u1",), ((), (2, 3), (1, 1), (0, 1))),
        *product(("i1", "?", "u2", "f8"), ((4,), (0,))),
    ),
)
def check_bad_arrays(harness: PrototypeHarness, dtype: str, shape: tuple[int, ...]) -> None:
    """A `Buffer` of an array that is not one-dimensional, or not of bytes, is a `ValueError`.

    Its length would not be the number of its bytes, and stores would truncate values.
    """
    cls: Any = harness.buffer_class
    for name, make in (("Buffer", cls), ("Buffer.from_array_like", cls.from_array_like)):
        array = harness.array(np.zeros(shape, dtype))
        case = f"{name}(array of {array.dtype}, shape {shape})"
        assert_raises((ValueError,), make, array, case=case, advice=harness.advice)


def _is_abstract(cls: type, name: str) -> bool:
    return getattr(getattr(cls, name, None), "__isabstractmethod__", False)
