"""Laws of how values get into an `NDBuffer`, and out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.law import law
from zarr_devbuf.checks.outcome import during, violated
from zarr_devbuf.checks.prototype.examine import (
    DTYPES,
    FOREIGN_DTYPES,
    expect_nd_buffer,
    expect_raises,
    expect_same,
    grid,
    holds,
    nd_buffer_of,
    on_device,
    sees_writes,
    show,
)

if TYPE_CHECKING:
    from zarr.abc.buffer import BufferPrototype

    from zarr_devbuf.backend import Backend

__all__ = [
    "check_as_numpy_array",
    "check_as_scalar",
    "check_attributes",
    "check_from_ndarray_like",
    "check_from_numpy_array",
]

_NAN_WITH_PAYLOAD = np.frombuffer(b"\x01\x00\xc0\xff", dtype="<f4").astype("=f4", copy=False)[0]


@law("prototype")
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
                if not sees_writes(backend, written, read):
                    raise violated(
                        case=f"{case}, written {way}",
                        expected="one memory",
                        actual="a copy: the other does not see it",
                        advice="keep the array itself, or a view of it",
                    )


@law("prototype")
def check_from_numpy_array(prototype: BufferPrototype, backend: Backend) -> None:
    """`from_numpy_array` brings host values to the device, all bits of them, from any layout.

    C and F order, strided, reversed, broadcast, read-only, 0-d, empty, of another byte order; and
    what NumPy makes an array of: a list, a scalar. A device that does not hold a byte order takes
    the values in its own.
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
    given: tuple[Any, ...] = ([[1, 2], [3, 4]], 5, 2.5, [True, False], np.float32(1.5))
    for value in given:
        case = f"from_numpy_array({value!r})"
        with during(case):
            buffer = prototype.nd_buffer.from_numpy_array(value)
        expect_nd_buffer(buffer, prototype, backend, np.asarray(value), case=case)


@law("prototype")
def check_as_numpy_array(prototype: BufferPrototype, backend: Backend) -> None:
    """`as_numpy_array` gives the values on the host, whatever the layout on the device.

    The buffer stays as it is.
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


@law("prototype")
def check_as_scalar(prototype: BufferPrototype, backend: Backend) -> None:
    """`as_scalar` gives the one element of a 0-d buffer, and refuses several, or none.

    ``array[()]`` and ``array[0, 0]`` of a Zarr array end here.
    """
    for dtype in DTYPES:
        value = grid(dtype, (1,))[0]
        case = f"as_scalar() of {value!r} as {np.dtype(dtype)}"
        with during(case):
            scalar = nd_buffer_of(prototype, backend, np.array(value)).as_scalar()
        if not isinstance(scalar, int | float | complex | np.generic):
            raise violated(
                case=case,
                expected="a scalar of Python or NumPy",
                actual=f"a {type(scalar).__name__}",
                advice="return `self.as_numpy_array()[()]`",
            )
        if scalar != value:
            raise violated(
                case=case,
                expected=repr(value),
                actual=repr(scalar),
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


@law("prototype")
def check_attributes(prototype: BufferPrototype, backend: Backend) -> None:
    """`shape`, `dtype`, `byteorder` and `len` are those of the array.

    The bytes codec decides by `byteorder` whether to swap.
    """
    for dtype in ("u1", "<i4", ">i4", "f8"):
        if not holds(backend, dtype):
            continue
        for shape in ((5,), (3, 4), (0, 2), ()):
            values = np.zeros(shape, dtype)
            buffer = nd_buffer_of(prototype, backend, values)
            order = values.dtype.byteorder
            little = order == "<" or (order in "=|" and np.little_endian)
            found = {
                "shape": tuple(buffer.shape),
                "dtype": buffer.dtype,
                # An enumeration in old versions of zarr.
                "byteorder": getattr(buffer.byteorder, "value", buffer.byteorder),
            }
            due: dict[str, Any] = {
                "shape": shape,
                "dtype": values.dtype,
                "byteorder": "little" if little else "big",
            }
            if shape:
                found["len"] = len(buffer)
                due["len"] = shape[0]
            for name, value in due.items():
                if found[name] != value:
                    raise violated(
                        case=f"{name} of a buffer of {values.dtype}, shape {shape}",
                        expected=repr(value),
                        actual=repr(found[name]),
                        advice="return what the underlying array says",
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
