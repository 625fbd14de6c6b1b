"""Laws of an `NDBuffer` under another shape, order or dtype."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from zarr.abc.buffer import ArrayLike, NDArrayLike

from zarr_devbuf.checks.law import law
from zarr_devbuf.checks.outcome import during, violated
from zarr_devbuf.checks.prototype.examine import (
    expect_nd_buffer,
    expect_raises,
    expect_same,
    grid,
    holds,
    nd_buffer_of,
    on_device,
    sees_writes,
)

if TYPE_CHECKING:
    from zarr.abc.buffer import BufferPrototype

    from zarr_devbuf.backend import Backend

__all__ = [
    "check_astype",
    "check_bytes_of_values",
    "check_copy",
    "check_reshape",
    "check_squeeze",
    "check_transpose",
]

_CASTS = (
    ("i4", "i4"),
    ("i4", "f8"),
    ("f8", "i4"),
    ("f4", "f8"),
    ("f8", "f2"),
    ("u1", "i2"),
    ("i2", "u1"),
    ("?", "i4"),
    ("i4", "?"),
    ("f4", "c8"),
    ("i8", "u8"),
    ("i4", ">i4"),
    (">i4", "<i4"),
    (">f8", "f4"),
)


@law("prototype")
def check_reshape(prototype: BufferPrototype, backend: Backend) -> None:
    """`reshape` gives the elements in C order under another shape, -1 included.

    Whatever the layout in memory; a shape that does not fit is a `ValueError`. The bytes codec
    reshapes each chunk that it decodes.
    """
    shapes: tuple[tuple[tuple[int, ...], Any], ...] = (
        ((3, 4), (12,)),
        ((3, 4), -1),
        ((3, 4), (4, 3)),
        ((3, 4), (2, -1)),
        ((3, 4), (1, 3, 1, 4)),
        ((6,), (2, 3)),
        ((1,), ()),
        ((), (1, 1)),
        ((), -1),
        ((2, 0, 3), (0,)),
        ((0,), (4, 0)),
        ((0,), -1),
    )
    for shape, new in shapes:
        values = grid("i4", shape)
        for turned in (False, True):
            buffer = nd_buffer_of(prototype, backend, values)
            host = values
            if turned:
                buffer = prototype.nd_buffer.from_ndarray_like(
                    buffer.as_ndarray_like().transpose(None)
                )
                host = values.transpose()
            case = f"reshape({new}) of shape {host.shape}{', F-ordered' if turned else ''}"
            with during(case):
                reshaped = buffer.reshape(new)
            expect_nd_buffer(reshaped, prototype, backend, host.reshape(new), case=case)
            expect_nd_buffer(buffer, prototype, backend, host, case=f"the buffer, after {case}")
    buffer = nd_buffer_of(prototype, backend, grid("i4", (3, 4)))
    expect_raises(
        (ValueError,),
        buffer.reshape,
        (5, 5),
        case="reshape((5, 5)) of shape (3, 4)",
        advice="let the error of the array's own reshape pass",
    )


@law("prototype")
def check_squeeze(prototype: BufferPrototype, backend: Backend) -> None:
    """`squeeze` drops the axes that are named, which have length 1, and no others.

    Zarr drops the axes that an integer selects, and must keep another axis of length 1.
    """
    axes: tuple[tuple[int, ...], ...]
    for shape, axes in (
        ((1, 3, 1), ((0,), (2,), (0, 2), ())),
        ((1,), ((0,), ())),
        ((1, 1, 1), ((1,), (0, 1), (0, 1, 2))),
        ((1, 0, 3), ((0,),)),
        ((3, 4), ((),)),
    ):
        values = grid("i4", shape)
        for axis in axes:
            case = f"squeeze({axis}) of shape {shape}"
            with during(case):
                squeezed = nd_buffer_of(prototype, backend, values).squeeze(axis)
            expect_nd_buffer(squeezed, prototype, backend, values.squeeze(axis), case=case)


@law("prototype")
def check_transpose(prototype: BufferPrototype, backend: Backend) -> None:
    """`transpose` permutes the axes as NumPy does; None reverses them.

    The transpose codec is this, and no more.
    """
    permutations: tuple[Any, ...]
    for shape, permutations in (
        ((2, 3, 4), (None, (0, 1, 2), (2, 0, 1), (1, 2, 0), [2, 1, 0], (-1, 0, 1))),
        ((3, 4), (None, (1, 0))),
        ((5,), (None, (0,))),
        ((), (None, ())),
        ((0, 2), (None, (1, 0))),
    ):
        values = grid("i4", shape)
        for axes in permutations:
            case = f"transpose({axes}) of shape {shape}"
            buffer = nd_buffer_of(prototype, backend, values)
            with during(case):
                turned = buffer.transpose(axes)
            expect_nd_buffer(turned, prototype, backend, values.transpose(axes), case=case)
            expect_nd_buffer(buffer, prototype, backend, values, case=f"the buffer, after {case}")
            # A second time, from memory that is now strided.
            with during(f"{case}, and again"):
                back = turned.transpose(None)
            expected = values.transpose(axes).transpose()
            expect_nd_buffer(back, prototype, backend, expected, case=f"{case}, then (None)")


@law("prototype")
def check_astype(prototype: BufferPrototype, backend: Backend) -> None:
    """`astype` converts the values, on the device, in the order that is asked for.

    The source stays as it is, and shares nothing with the result. Byte orders that the device does
    not hold are left out.
    """
    order: Literal["K", "A", "C", "F"]
    for source, target in _CASTS:
        if not (holds(backend, source) and holds(backend, target)):
            continue
        values = grid("i4", (3, 4)).astype(source)
        if source == "i4":
            values[0] = 0, -1, 127, 300
        for name, host in (
            ("2-d", values),
            ("0-d", values[1:2, 1:2].reshape(())),
            ("empty", values[:0]),
        ):
            for order in ("K", "C", "F", "A"):
                case = f"astype({target!r}, order={order!r}) of {name} {np.dtype(source)}"
                buffer = nd_buffer_of(prototype, backend, host)
                with during(case):
                    cast = buffer.astype(target, order)
                expect_nd_buffer(
                    cast, prototype, backend, host.astype(target, order=order), case=case
                )
                expect_nd_buffer(buffer, prototype, backend, host, case=f"the buffer, after {case}")
                _expect_layout(cast.as_ndarray_like(), order, case)
    case = "astype(f4) of every other element of f8"
    strided = prototype.nd_buffer.from_ndarray_like(
        on_device(backend, grid("f8", (4, 5)))[::2, ::2]
    )
    expected = grid("f8", (4, 5))[::2, ::2].astype("f4")
    expect_nd_buffer(strided.astype("f4"), prototype, backend, expected, case=case)
    same = nd_buffer_of(prototype, backend, grid("i4"))
    cast = same.astype("i4")
    if sees_writes(backend, same.as_ndarray_like(), cast.as_ndarray_like()):
        raise violated(
            case="astype(i4) of int32",
            expected="new memory",
            actual="the memory of the buffer",
            advice="copy, also where the dtype is the same already",
        )


@law("prototype")
def check_copy(prototype: BufferPrototype, backend: Backend) -> None:
    """`copy` gives the same values in memory of its own, on the device."""
    for name, key in (
        ("2-d", ...),
        ("0-d", (1, 1, ...)),
        ("empty", slice(0, 0)),
        ("strided", (slice(None, None, 2), slice(None, None, -1))),
    ):
        array = on_device(backend, grid("i4"))[key]
        buffer = prototype.nd_buffer.from_ndarray_like(array)
        case = f"copy() of a {name} buffer"
        with during(case):
            copied = buffer.copy()
        values = backend.to_host(array).copy()
        expect_nd_buffer(copied, prototype, backend, values, case=case)
        if values.size and sees_writes(backend, array, copied.as_ndarray_like()):
            raise violated(
                case=case,
                expected="new memory",
                actual="the memory of the buffer: what is written to it shows in the copy",
                advice="copy the array, too, not only its wrapper",
            )


@law("prototype")
def check_bytes_of_values(prototype: BufferPrototype, backend: Backend) -> None:
    """The arrays under both classes can be viewed as each other's, as the bytes codec does.

    They satisfy zarr's protocols `ArrayLike` and `NDArrayLike`, which are asked for by
    `isinstance`; ``ravel().view("B")`` gives the bytes of the values, and ``view(dtype)`` and
    ``reshape`` bring the values back.
    """
    for dtype in ("?", "i2", "f4", "f8", "c16"):
        for values in (grid(dtype), grid(dtype, (0,)), grid(dtype, (5,)), grid(dtype, ())):
            case = f"values of {values.dtype}, shape {values.shape}"
            array: Any = nd_buffer_of(prototype, backend, values).as_ndarray_like()
            if not isinstance(array, NDArrayLike):
                raise violated(
                    case=case,
                    expected="an array that satisfies zarr.core.buffer.NDArrayLike",
                    actual=f"a {type(array).__name__}, which lacks some of its methods",
                    advice="see `zarr.core.buffer.core.NDArrayLike` for the list",
                )
            with during(f"viewing as bytes {case}"):
                flat: Any = array.reshape((-1,)).view(dtype="B")
                buffer = prototype.buffer.from_array_like(flat)
            held: Any = buffer.as_array_like()
            array_like: object = held
            expect_same(
                backend.to_host(held),
                np.frombuffer(values.tobytes(), dtype="B"),
                case=f"the bytes of {case}",
            )
            if not isinstance(array_like, ArrayLike):
                raise violated(
                    case=case,
                    expected="an array that satisfies zarr.core.buffer.ArrayLike",
                    actual=f"a {type(array_like).__name__}, which lacks some of its methods",
                    advice="see `zarr.core.buffer.core.ArrayLike` for the list",
                )
            with during(f"viewing the bytes as values again: {case}"):
                back = prototype.nd_buffer.from_ndarray_like(held.view(dtype=values.dtype))
                back = back.reshape(values.shape)
            expect_nd_buffer(back, prototype, backend, values, case=f"back again: {case}")


def _expect_layout(array: Any, order: str, case: str) -> None:
    flags = getattr(array, "flags", None)
    name = f"{order.lower()}_contiguous"
    if order in "CF" and flags is not None and not getattr(flags, name, True):
        raise violated(
            case=case,
            expected=f"memory in {order} order",
            actual=f"strides {getattr(array, 'strides', None)}",
            advice="hand `order` on to the array's astype",
        )
