"""Checks of how a `Buffer` is created."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr.abc.buffer
import zarr.buffer.cpu

from zarr_devbuf.checks._inputs import BYTES, LARGE, SIZES, random_bytes
from zarr_devbuf.checks.errors import during
from zarr_devbuf.checks.prototype.harness import PrototypeHarness, prototype_check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr.abc.buffer import Buffer

_DATA = (b"", BYTES[:1], BYTES[:3], BYTES)


@prototype_check(
    source="documented",
    severity="raises",
    advice="Pass classes that define all abstract methods: "
    "BufferPrototype(buffer=YourBuffer, nd_buffer=YourNDBuffer).",
    cases=(("buffer", zarr.abc.buffer.Buffer), ("nd_buffer", zarr.abc.buffer.NDBuffer)),
)
def check_prototype_classes(harness: PrototypeHarness, field: str, base: type) -> None:
    """A prototype has a concrete subclass of `Buffer` and one of `NDBuffer`.

    Zarr creates buffers of these classes without checking them. An abstract class, or an instance
    in place of a class, fails far from its cause. Source: `BufferPrototype` in zarr.abc.buffer.
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


@prototype_check(
    source="documented",
    severity="stored wrong",
    advice="Return `cls(xp.empty(0, dtype='B'))`: a new buffer for each call.",
)
def check_zero_length(harness: PrototypeHarness) -> None:
    """`create_zero_length` returns a buffer of 0 bytes on the device, each time.

    Zarr combines the parts of a shard into it. It is also empty after it was combined before.
    Source: ``Buffer.create_zero_length`` in zarr.abc.buffer.
    """
    for time in ("the first time", "the second time"):
        buffer = harness.buffer_class.create_zero_length()
        harness.assert_buffer(buffer, b"", f"create_zero_length(), {time}")
        buffer.combine([harness.buffer(b"more")])


@prototype_check(
    source="documented",
    severity="stored wrong",
    advice="Create a new buffer on the device of all bytes of `memoryview(bytes_like)`.",
)
def check_from_bytes(harness: PrototypeHarness) -> None:
    """`from_bytes` copies all bytes of a bytes-like object to the device.

    The bytes are those of ``zarr.core.common.BytesLike``: bytes, bytearray and memoryview, which
    may start in the middle of other memory and be read-only. There may be more of them than fit
    into staging memory. Every codec that works on the host returns its result this way.

    A memoryview may have items of several bytes and several axes. One that is not contiguous is
    rejected, as NumPy's ``frombuffer`` rejects it, or gives its own bytes, never others. Source:
    ``Buffer.from_bytes`` in zarr.abc.buffer.
    """
    from_bytes = harness.buffer_class.from_bytes
    for data in (*_DATA, LARGE, *map(random_bytes, SIZES)):
        for kind, given in (
            ("bytes", data),
            ("bytearray", bytearray(data)),
            ("memoryview", memoryview(data)),
            ("memoryview from the middle", memoryview(b"x" + data + b"y")[1:-1]),
        ):
            with during(f"from_bytes({kind} of {len(data)} bytes)") as case:
                harness.assert_buffer(from_bytes(given), data, case)
    for kind, view in _memoryviews():
        with during(f"from_bytes(memoryview {kind})") as case:
            try:
                buffer = from_bytes(view)
            except (BufferError, ValueError, TypeError):
                if view.c_contiguous:
                    raise
                continue
        harness.assert_buffer(buffer, view.tobytes(), case)
    first, second = from_bytes(b"first"), from_bytes(b"other")
    harness.assert_buffer(first, b"first", "the first of two from_bytes()")
    harness.assert_buffer(second, b"other", "the second of two from_bytes()")
    for data in (b"alike", bytes(5)):
        one, other = (from_bytes(bytearray(data)).as_array_like() for _ in range(2))
        # Arrays outside of NumPy's family have no flags; what is made of bytes may be read-only.
        if getattr(getattr(one, "flags", None), "writeable", True):
            harness.assert_own_memory(one, other, f"from_bytes() of two bytearrays {data!r}")


@prototype_check(
    source="documented",
    severity="wasteful",
    advice="Keep the array itself, and return it from `as_array_like`.",
)
def check_from_array_like(harness: PrototypeHarness) -> None:
    """`from_array_like` shares the memory of a device array, and `as_array_like` returns it.

    `as_array_like` "will never copy data", by zarr's documentation. The bytes codec relies on both
    to reinterpret a chunk without a copy. Source: ``Buffer.from_array_like`` and ``as_array_like``
    in zarr.abc.buffer.
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
    source="documented",
    severity="read wrong",
    advice="Take all the bytes of `buffer.as_array_like()`, whatever the class of the buffer.",
)
def check_from_buffer(harness: PrototypeHarness) -> None:
    """`from_buffer` of a buffer on the same device has its bytes.

    Stores call it for every value that they return. The source may have another class, since a
    store may hold another one's buffers. A call with a host buffer before makes no difference.
    Source: ``Buffer.from_buffer`` in zarr.abc.buffer.
    """
    for case, source, buffer, data in _from_buffers(harness):
        harness.assert_buffer(buffer, data, case)
        harness.assert_array(
            source.as_array_like(), np.frombuffer(data, "B"), f"{case}: the source"
        )


@prototype_check(
    source="documented",
    severity="wasteful",
    advice="Wrap `buffer.as_array_like()` if it is an array of this device; do not copy it.",
)
def check_from_buffer_shares(harness: PrototypeHarness) -> None:
    """`from_buffer` of a buffer on the same device shares its memory.

    It copies only "if the data has to be moved between memory types". Source:
    ``Buffer.from_buffer`` in zarr.abc.buffer.
    """
    for case, source, buffer, data in _from_buffers(harness):
        if data:
            harness.assert_shared_memory(source.as_array_like(), buffer.as_array_like(), case)


def _from_buffers(harness: PrototypeHarness) -> Iterator[tuple[str, Buffer, Buffer, bytes]]:
    """Yield what `from_buffer` makes: the case, the source, the result, its bytes."""
    for data in (*_DATA, LARGE, random_bytes(SIZES[-2])):
        harness.buffer_class.from_buffer(zarr.buffer.cpu.Buffer.from_bytes(b"from the host"))
        array = harness.array(np.frombuffer(data, dtype="B"))
        for which, source in (
            ("of this class", harness.buffer(data)),
            ("of this class, a part of another", harness.buffer(b"xy" + data + b"z")[2:-1]),
            ("of another class", harness.backend.prototype.buffer.from_array_like(array)),
        ):
            with during(f"from_buffer(buffer {which} of {len(data)} bytes on the device)") as case:
                yield case, source, harness.buffer_class.from_buffer(source), data


@prototype_check(
    source="documented",
    severity="read wrong",
    advice="Copy host buffers to the device, and return host memory from `as_numpy_array`.",
    cases=zip((*_DATA, LARGE, *map(random_bytes, SIZES))),
)
def check_from_host_buffer(harness: PrototypeHarness, data: bytes) -> None:
    """`from_buffer` copies a host buffer to the device, and zarr's host class accepts ours.

    A `MemoryStore` that was written with one prototype is read with another, in both directions.
    Source: ``Buffer.from_buffer`` in zarr.abc.buffer.
    """
    host_class = zarr.buffer.cpu.Buffer
    with during(f"from_buffer(host buffer of {len(data)} bytes)") as case:
        buffer = harness.buffer_class.from_buffer(host_class.from_bytes(data))
    harness.assert_buffer(buffer, data, case)
    with during(f"zarr.buffer.cpu.Buffer.from_buffer(buffer of {len(data)} bytes)") as case:
        host_buffer = host_class.from_buffer(harness.buffer(data))
    harness.assert_host_bytes(host_buffer.as_numpy_array(), data, case)


@prototype_check(
    source="documented",
    severity="stored wrong",
    advice="Call `super().__init__(array_like)`: it raises ValueError for such arrays.",
    cases=(
        *product(("u1",), ((), (2, 3), (1, 1), (0, 1))),
        *product(("i1", "?", "u2", "f8"), ((4,), (0,))),
    ),
)
def check_bad_arrays(harness: PrototypeHarness, dtype: str, shape: tuple[int, ...]) -> None:
    """A `Buffer` of an array that is not one-dimensional, or not of bytes, is a `ValueError`.

    Its length would not be the number of its bytes, and stores would truncate values. Source:
    `Buffer` in zarr.abc.buffer: "must be 1-dim, contiguous, and byte dtype".
    """
    cls: Any = harness.buffer_class
    for name, make in (("Buffer", cls), ("Buffer.from_array_like", cls.from_array_like)):
        array = harness.array(np.zeros(shape, dtype))
        case = f"{name}(array of {array.dtype}, shape {shape})"
        harness.assert_raises(ValueError, make, array, case=case)


def _memoryviews() -> tuple[tuple[str, memoryview], ...]:
    numbers = np.arange(1, 25, dtype="<i4")
    return (
        ("of int32", memoryview(numbers)),
        ("of int16 of shape (4, 6)", memoryview(numbers.astype("<i2").reshape(4, 6))),
        ("of a writable bytearray, from the middle", memoryview(bytearray(BYTES))[100:200]),
        ("of every other byte", memoryview(BYTES)[::2]),
        ("backwards", memoryview(BYTES)[::-1]),
        ("in F order", memoryview(np.asfortranarray(numbers.astype("u1").reshape(4, 6)))),
        ("of columns", memoryview(numbers.astype("u1").reshape(4, 6)[:, 1:3])),
    )


def _is_abstract(cls: type, name: str) -> bool:
    return getattr(getattr(cls, name, None), "__isabstractmethod__", False)
