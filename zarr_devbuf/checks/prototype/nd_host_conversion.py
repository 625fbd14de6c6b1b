"""Checks of how values get into an `NDBuffer`, and out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.errors import during, violated
from zarr_devbuf.checks.prototype.harness import (
    DTYPES,
    FOREIGN_DTYPES,
    expect_nd_buffer,
    expect_raises,
    expect_same,
    expect_shared_memory,
    grid,
    holds,
    nd_buffer_of,
    on_device,
    show,
)
from zarr_devbuf.checks.registry import check

if TYPE_CHECKING:
    from zarr.abc.buffer import BufferPrototype, NDBuffer

    from zarr_devbuf.backend import Backend


# Scalars of which some bit is lost by a detour through another type.
_DELICATE: tuple[Any, ...] = (
    np.int64(2**53 + 1),
    np.uint64(2**64 - 1),
    np.float64(-0.0),
    np.float32(0.1),
    np.float64(float("nan")),
    np.complex128(complex(0.0, -0.0)),
)
_NAN_WITH_PAYLOAD = np.frombuffer(b"\x01\x00\xc0\xff", dtype="<f4").astype("=f4", copy=False)[0]


@check("prototype")
def check_from_ndarray_like(prototype: BufferPrototype, backend: Backend) -> None:
    """`from_ndarray_like` shares the memory of an array of the device, whatever its layout.

    Zarr wraps the array that the user gives as ``out=`` this way, and writes the result into it.
    """
    for name, key in (
        ("an array in C order", ...),
        ("every other column", (slice(None), slice(None, None, 2))),
        ("rows backwards", slice(None, None, -1)),
        ("its middle", (slice(1, 3), slice(1, 3))),
    ):
        for transposed in (False, True):
            array = on_device(backend, grid("i4", (4, 5)))[key]
            array = array.transpose() if transposed else array
            values = backend.to_host(array).copy()
            case = f"from_ndarray_like({name}{', transposed' if transposed else ''})"
            with during(case):
                buffer = prototype.nd_buffer.from_ndarray_like(array)
            expect_nd_buffer(buffer, prototype, backend, values, case=case)
            for way, written, read in (
                ("into the array", array, buffer.as_ndarray_like()),
                ("into the buffer", buffer.as_ndarray_like(), array),
            ):
                expect_shared_memory(
                    backend,
                    written,
                    read,
                    case=f"{case}, written {way}",
                    advice="keep the array itself, or a view of it",
                )


@check("prototype")
def check_from_numpy_array(prototype: BufferPrototype, backend: Backend) -> None:
    """`from_numpy_array` brings host values to the device, all bits of them, from any layout.

    C and F order, strided, reversed, broadcast, read-only, 0-d, empty, large, of another byte
    order; and what NumPy makes an array of: a list, a scalar. A device that does not hold a byte
    order takes the values in its own. The values are those at the time of the call, also of an
    array that was given before.
    """
    for dtype in (*DTYPES, *FOREIGN_DTYPES):
        native = np.dtype(dtype).newbyteorder("=")
        if not (holds(backend, dtype) or holds(backend, native)):
            continue
        for name, array in _layouts(dtype):
            case = f"from_numpy_array({name} of {np.dtype(dtype)}, shape {array.shape})"
            before = array.copy()
            with during(case):
                buffer = prototype.nd_buffer.from_numpy_array(array)
            came = buffer.as_ndarray_like().dtype
            expected = array.astype(native) if came == native else array
            expect_nd_buffer(buffer, prototype, backend, expected, case=case)
            expect_same(array, before, case=f"the host array, after {case}")
    payload = np.array([_NAN_WITH_PAYLOAD, -0.0, 0.0, np.inf], dtype="f4")
    for array in (payload, np.array(-0.0), np.array([-0.0]), np.array(complex(0.0, -0.0))):
        case = f"from_numpy_array({show(array)})"
        buffer = prototype.nd_buffer.from_numpy_array(array)
        expect_nd_buffer(buffer, prototype, backend, array, case=case)
    large = grid("f8", (3, 2917))
    case = f"from_numpy_array({large.nbytes} bytes)"
    expect_nd_buffer(
        prototype.nd_buffer.from_numpy_array(large), prototype, backend, large, case=case
    )
    again = grid("i4", (3, 4))
    for value in (1, 2):
        again += 1
        case = f"from_numpy_array(one array, time {value}, after it was changed)"
        buffer = prototype.nd_buffer.from_numpy_array(again)
        expect_nd_buffer(buffer, prototype, backend, again, case=case)
    given: tuple[Any, ...] = ([[1, 2], [3, 4]], 5, 2.5, [True, False], np.float32(1.5))
    for value in given:
        case = f"from_numpy_array({value!r})"
        with during(case):
            buffer = prototype.nd_buffer.from_numpy_array(value)
        expect_nd_buffer(buffer, prototype, backend, np.asarray(value), case=case)


@check("prototype")
def check_as_numpy_array(prototype: BufferPrototype, backend: Backend) -> None:
    """`as_numpy_array` gives the values on the host, whatever the layout on the device.

    The buffer stays as it is. The values are those at the time of the call, also of a buffer that
    was read before; and what was read stays as it is when another buffer is.
    """
    for dtype in DTYPES:
        values = grid(dtype, (4, 5))
        buffer = nd_buffer_of(prototype, backend, values)
        for name, key in (
            ("all", ...),
            ("every other column", (slice(None), slice(None, None, 2))),
            ("rows backwards", slice(None, None, -1)),
            ("the middle", (slice(1, 3), slice(1, 3))),
            ("nothing", slice(0, 0)),
            ("one element", (1, 2)),
        ):
            array: Any = buffer.as_ndarray_like()
            part = prototype.nd_buffer.from_ndarray_like(
                array[(*key, ...) if isinstance(key, tuple) else key]
            )
            expected = values[key]
            expect_same(
                part.as_numpy_array(), np.asarray(expected), case=f"{name} of {np.dtype(dtype)}"
            )
            turned = prototype.nd_buffer.from_ndarray_like(part.as_ndarray_like().transpose(None))
            expect_same(
                turned.as_numpy_array(),
                np.asarray(expected).transpose(),
                case=f"{name} of {np.dtype(dtype)}, transposed",
            )
        expect_nd_buffer(buffer, prototype, backend, values, case="the buffer, after it was read")
    large = grid("f8", (3, 2917))
    case = f"{large.nbytes} bytes of float64"
    expect_same(nd_buffer_of(prototype, backend, large).as_numpy_array(), large, case=case)
    one, other = nd_buffer_of(prototype, backend, grid()), nd_buffer_of(prototype, backend, -grid())
    held = one.as_numpy_array()
    other.as_numpy_array()
    advice = "read into memory that is the caller's alone, not into one staging area"
    expect_same(held, grid(), case="what was read, after another buffer was", advice=advice)
    beneath: Any = one.as_ndarray_like()
    for name, write in (
        ("buffer[...] = -7", lambda: one.__setitem__(..., -7)),
        ("buffer.fill(-7)", lambda: one.fill(-7)),
        ("array under the buffer: array[...] = -7", lambda: beneath.__setitem__(..., -7)),
    ):
        one[...] = other
        one.as_numpy_array()
        write()
        expect_same(
            one.as_numpy_array(),
            np.full((3, 4), -7, "i4"),
            case=f"a buffer that was read, and read again after {name}",
            advice="read the device's memory each time; a copy that is kept gets stale",
        )


@check("prototype")
def check_as_scalar(prototype: BufferPrototype, backend: Backend) -> None:
    """`as_scalar` gives the one element of a 0-d buffer to the last bit, and refuses several.

    Or none. ``array[()]`` and ``array[0, 0]`` of a Zarr array end here.
    """
    values = (*(grid(dtype, (1,))[0] for dtype in DTYPES), *_DELICATE)
    for value in values:
        dtype = value.dtype
        case = f"as_scalar() of {value!r}"
        with during(case):
            scalar = nd_buffer_of(prototype, backend, np.array(value)).as_scalar()
        if not isinstance(scalar, int | float | complex | np.generic):
            raise violated(
                case=case,
                expected="a scalar of Python or NumPy",
                actual=f"a {type(scalar).__name__}",
                advice="return `self.as_numpy_array()[()]`",
            )
        expect_same(
            np.asarray(scalar, dtype),
            np.asarray(value),
            case=case,
            advice="return the value as it is on the device",
        )
    for shape in ((0,), (2,), (2, 1)):
        buffer = nd_buffer_of(prototype, backend, np.zeros(shape))
        expect_raises(
            (ValueError,),
            buffer.as_scalar,
            case=f"as_scalar() of shape {shape}",
            advice="raise ValueError where there is not exactly one element",
        )


@check("prototype")
def check_attributes(prototype: BufferPrototype, backend: Backend) -> None:
    """`shape`, `dtype`, `byteorder` and `len` are those of the array, however the buffer was made.

    The bytes codec decides by `byteorder` whether to swap.
    """
    for dtype in ("u1", "<i4", ">i4", "f8"):
        if not holds(backend, dtype):
            continue
        for shape in ((5,), (3, 4), (0, 2), ()):
            values = np.zeros(shape, dtype)
            _expect_attributes(nd_buffer_of(prototype, backend, values), values, "a buffer")
    values = grid("<i4", (3, 4))
    whole = nd_buffer_of(prototype, backend, values)
    for name, buffer, host in (
        ("buffer.reshape((2, 6))", whole.reshape((2, 6)), values.reshape(2, 6)),
        ("buffer.reshape((12,))", whole.reshape((12,)), values.reshape(12)),
        ("buffer.transpose((1, 0))", whole.transpose((1, 0)), values.transpose()),
        ("buffer[1:, ::2]", whole[1:, ::2], values[1:, ::2]),
        ("buffer[:1].squeeze((0,))", whole[:1].squeeze((0,)), values[0]),
        ("buffer.astype('f8')", whole.astype("f8"), values.astype("f8")),
        ("buffer.copy()", whole.copy(), values),
    ):
        _expect_attributes(buffer, host, name)


def _expect_attributes(buffer: NDBuffer, values: np.ndarray[Any, Any], name: str) -> None:
    order = values.dtype.byteorder
    little = order == "<" or (order in "=|" and np.little_endian)
    found: dict[str, Any] = {
        "shape": tuple(buffer.shape),
        "dtype": buffer.dtype,
        # An enumeration in old versions of zarr.
        "byteorder": getattr(buffer.byteorder, "value", buffer.byteorder),
    }
    due: dict[str, Any] = {
        "shape": values.shape,
        "dtype": values.dtype,
        "byteorder": "little" if little else "big",
    }
    if values.ndim:
        found["len"] = len(buffer)
        due["len"] = len(values)
    for key, value in due.items():
        if found[key] != value:
            raise violated(
                case=f"{key} of {name}, of {values.dtype}, shape {values.shape}",
                expected=repr(value),
                actual=repr(found[key]),
                advice="ask the array that the buffer holds, each time",
            )


def _layouts(dtype: str) -> list[tuple[str, np.ndarray[Any, Any]]]:
    kind = np.dtype(dtype).kind
    plain = grid("i8", (3, 4)).astype(dtype) if kind not in "SU" else grid("i8").astype("U2")
    plain = plain.astype(dtype)
    frozen = plain.copy()
    frozen.flags.writeable = False
    return [
        ("C order", plain),
        ("F order", np.asfortranarray(plain)),
        ("every other column", plain[:, ::2]),
        ("rows backwards", plain[::-1]),
        ("a broadcast row", np.broadcast_to(plain[0], (2, 4))),
        ("a read-only array", frozen),
        ("a 0-d array", plain[1:2, 1:2].reshape(())),
        ("no elements", plain[:0]),
        ("one element", plain[:1, :1]),
    ]
