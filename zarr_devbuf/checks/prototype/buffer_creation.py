"""Checks of how a `Buffer` comes to be."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr.abc.buffer
import zarr.buffer.cpu

from zarr_devbuf.checks.errors import during, violated
from zarr_devbuf.checks.prototype.harness import (
    BYTES,
    LARGE,
    buffer_of,
    expect_buffer,
    expect_own_memory,
    expect_raises,
    expect_same,
    expect_shared_memory,
    is_writable,
    on_device,
)
from zarr_devbuf.checks.registry import check

if TYPE_CHECKING:
    from zarr.abc.buffer import BufferPrototype

    from zarr_devbuf.backend import Backend


_SIZES = (0, 1, 3, len(BYTES))


@check("prototype")
def check_prototype_classes(prototype: BufferPrototype, backend: Backend) -> None:  # noqa: ARG001
    """A prototype names a concrete subclass of `Buffer` and one of `NDBuffer`.

    Zarr makes buffers of these classes without looking; an abstract one, or an instance in place
    of a class, fails far from its cause.
    """
    bases = (zarr.abc.buffer.Buffer, zarr.abc.buffer.NDBuffer)
    classes: tuple[Any, ...] = tuple(prototype)
    for field, cls, base in zip(("buffer", "nd_buffer"), classes, bases, strict=True):
        wanted = f"a concrete subclass of zarr.abc.buffer.{base.__name__}"
        if not (isinstance(cls, type) and issubclass(cls, base)):
            raise violated(
                case=f"prototype.{field}",
                expected=wanted,
                actual=repr(cls),
                advice="BufferPrototype(buffer=YourBuffer, nd_buffer=YourNDBuffer) takes classes",
            )
        missing = sorted(
            name
            for name in dir(base)
            if getattr(getattr(base, name, None), "__isabstractmethod__", False)
            and getattr(getattr(cls, name, None), "__isabstractmethod__", False)
        )
        if inspect.isabstract(cls) or missing:
            raise violated(
                case=f"prototype.{field}",
                expected=wanted,
                actual=f"{cls.__qualname__} leaves abstract: {', '.join(missing)}",
                advice="define these methods",
            )


@check("prototype")
def check_zero_length(prototype: BufferPrototype, backend: Backend) -> None:
    """`create_zero_length` gives a buffer of 0 bytes on the device, each time.

    Zarr uses it as what the first part of a shard is combined with: also after something was.
    """
    for case in ("the first", "the second"):
        buffer = prototype.buffer.create_zero_length()
        expect_buffer(buffer, prototype, backend, b"", case=f"create_zero_length(), {case}")
        buffer.combine([buffer_of(prototype, backend, b"more")])


@check("prototype")
def check_from_bytes(prototype: BufferPrototype, backend: Backend) -> None:
    """`from_bytes` puts all bytes of a bytes-like object on the device.

    The bytes are those of ``zarr.core.common.BytesLike``: bytes, bytearray and memoryview, which
    may begin in the middle of other memory and be read-only; more of them than any staging memory
    holds. Every codec that works on the host returns its result this way.
    """
    for data in (*(BYTES[:size] for size in _SIZES), LARGE):
        size = len(data)
        padded = memoryview(b"x" + data + b"y")
        for kind, given in (
            ("bytes", data),
            ("bytearray", bytearray(data)),
            ("memoryview", memoryview(data)),
            ("memoryview from the middle", padded[1 : 1 + size]),
        ):
            case = f"from_bytes({kind} of {size} bytes)"
            with during(case):
                buffer = prototype.buffer.from_bytes(given)
            expect_buffer(buffer, prototype, backend, data, case=case)
    one, other = (prototype.buffer.from_bytes(each) for each in (b"first", b"other"))
    expect_buffer(one, prototype, backend, b"first", case="the first of two from_bytes()")
    expect_buffer(other, prototype, backend, b"other", case="the second of two from_bytes()")
    arrays = [prototype.buffer.from_bytes(bytearray(b"alike")).as_array_like() for _ in range(2)]
    if is_writable(arrays[0]):
        expect_own_memory(
            backend,
            *arrays,
            case="from_bytes() of two bytearrays that are alike",
            advice="make a new buffer each time; do not remember one by its bytes",
        )


@check("prototype")
def check_from_array_like(prototype: BufferPrototype, backend: Backend) -> None:
    """`from_array_like` shares the memory of an array of the device, and `as_array_like` gives it.

    `as_array_like` "will never copy data", by zarr's documentation; the bytes codec relies on both
    to reinterpret a chunk without a copy.
    """
    for size in _SIZES:
        case = f"from_array_like(array of {size} bytes)"
        array = on_device(backend, np.frombuffer(BYTES[:size], dtype="B"))
        buffer = prototype.buffer.from_array_like(array)
        expect_buffer(buffer, prototype, backend, BYTES[:size], case=case)
        if size == 0:
            continue
        for way, written, read in (
            ("into the array, seen in the buffer", array, buffer.as_array_like()),
            ("into the buffer's array, seen in the array", buffer.as_array_like(), array),
        ):
            advice = "keep the array itself, and return it from as_array_like()"
            expect_shared_memory(
                backend, written, read, case=f"{case}: written {way}", advice=advice
            )


@check("prototype")
def check_from_buffer(prototype: BufferPrototype, backend: Backend) -> None:
    """`from_buffer` of a buffer on the same device shares its memory.

    Stores call it for every value that they return; zarr's documentation has it copy only "if the
    data has to be moved between memory types". Whatever the class of the source: a store may hold
    another one's buffers. Also after it was called with a buffer of the host.
    """
    for size in _SIZES:
        prototype.buffer.from_buffer(zarr.buffer.cpu.Buffer.from_bytes(b"from the host"))
        array = on_device(backend, np.frombuffer(BYTES[:size], dtype="B"))
        for which, source in (
            ("of this class", buffer_of(prototype, backend, BYTES[:size])),
            ("of another class", backend.prototype.buffer.from_array_like(array)),
        ):
            case = f"from_buffer(buffer {which} of {size} bytes on the same device)"
            buffer = prototype.buffer.from_buffer(source)
            expect_buffer(buffer, prototype, backend, BYTES[:size], case=case)
            if size:
                expect_shared_memory(
                    backend,
                    source.as_array_like(),
                    buffer.as_array_like(),
                    case=case,
                    advice="wrap `buffer.as_array_like()` where it is an array of this device",
                )


@check("prototype")
def check_from_host_buffer(prototype: BufferPrototype, backend: Backend) -> None:
    """`from_buffer` moves a host buffer to the device, and zarr's host buffer takes ours back.

    A `MemoryStore` that was written with one prototype is read with another, in both directions.
    """
    for data in (*(BYTES[:size] for size in _SIZES), LARGE):
        size = len(data)
        host = zarr.buffer.cpu.Buffer.from_bytes(data)
        case = f"from_buffer(host buffer of {size} bytes)"
        with during(case):
            moved = prototype.buffer.from_buffer(host)
        expect_buffer(moved, prototype, backend, data, case=case)
        case = f"zarr.buffer.cpu.Buffer.from_buffer(buffer of {size} bytes)"
        with during(case):
            back = zarr.buffer.cpu.Buffer.from_buffer(buffer_of(prototype, backend, data))
        expect_same(
            back.as_numpy_array(),
            np.frombuffer(data, dtype="B"),
            case=case,
            advice="as_numpy_array() has to give the bytes in host memory",
        )


@check("prototype")
def check_bad_arrays(prototype: BufferPrototype, backend: Backend) -> None:
    """A `Buffer` of an array that is not one-dimensional, or not of bytes, is a `ValueError`.

    Its length would not be the number of its bytes, and stores would cut values short.
    """
    advice = "raise ValueError, as `Buffer.__init__` of zarr.abc.buffer does: call it"
    for shape, dtype in (
        ((), "u1"),
        ((2, 3), "u1"),
        ((1, 1), "u1"),
        ((0, 1), "u1"),
        ((4,), "i1"),
        ((4,), "?"),
        ((4,), "u2"),
        ((4,), "f8"),
        ((0,), "f8"),
    ):
        for way in ("from_array_like", "__call__"):
            array = on_device(backend, np.zeros(shape, dtype))
            make: Any = prototype.buffer if way == "__call__" else prototype.buffer.from_array_like
            call = "Buffer" if way == "__call__" else "Buffer.from_array_like"
            expect_raises(
                (ValueError,),
                make,
                array,
                case=f"{call}(array of {np.dtype(dtype)}, shape {shape})",
                advice=advice,
            )
