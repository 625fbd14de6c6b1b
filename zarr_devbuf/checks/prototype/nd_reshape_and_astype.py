"""Checks of an `NDBuffer` under another shape, order or dtype."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from zarr.abc.buffer import ArrayLike, NDArrayLike

from zarr_devbuf.checks.errors import during, violated
from zarr_devbuf.checks.prototype.harness import (
    expect_nd_buffer,
    expect_order,
    expect_own_memory,
    expect_raises,
    expect_same,
    grid,
    holds,
    nd_buffer_of,
    on_device,
)
from zarr_devbuf.checks.registry import check

if TYPE_CHECKING:
    from zarr.abc.buffer import BufferPrototype

    from zarr_devbuf.backend import Backend


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
    ("c8", "c16"),
    ("i8", "u8"),
    ("i4", ">i4"),
    (">i4", "<i4"),
    (">f8", "f4"),
)


@check("prototype")
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
    new: Any
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
    values = grid("i4", (4, 6))
    for name, key in (
        ("every other element", (slice(None, None, 2), slice(None, None, 2))),
        ("rows backwards", slice(None, None, -1)),
        ("its middle", (slice(1, 3), slice(1, 4))),
        ("a column", (slice(None), slice(2, 3))),
    ):
        for turned in (False, True):
            array, host = on_device(backend, values)[key], values[key]
            if turned:
                array, host = array.transpose(), host.transpose()
            for new in (-1, (host.size,), (1, *host.shape), (2, -1)):
                case = f"reshape({new}) of {name}{', transposed' if turned else ''}"
                with during(case):
                    reshaped = prototype.nd_buffer.from_ndarray_like(array).reshape(new)
                expect_nd_buffer(reshaped, prototype, backend, host.reshape(new), case=case)
    buffer = nd_buffer_of(prototype, backend, grid("i4", (3, 4)))
    expect_raises(
        (ValueError,),
        buffer.reshape,
        (5, 5),
        case="reshape((5, 5)) of shape (3, 4)",
        advice="let the error of the array's own reshape pass",
    )


@check("prototype")
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


@check("prototype")
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


@check("prototype")
def check_astype(prototype: BufferPrototype, backend: Backend) -> None:
    """`astype` converts the values, on the device, in the order that is asked for.

    Signed zeros, NaN and infinities stay what they are. The source stays as it is, and shares
    nothing with the result. Byte orders that the device does not hold are left out.
    """
    order: Literal["K", "A", "C", "F"]
    orders: tuple[Literal["K", "A", "C", "F"], ...] = ("K", "C", "F", "A")
    for source, target in _CASTS:
        if not (holds(backend, source) and holds(backend, target)):
            continue
        values = grid("i4", (3, 4)).astype(source)
        if source == "i4":
            values[0] = 0, -1, 127, 300
        elif {np.dtype(source).kind, np.dtype(target).kind} <= set("fc"):
            values[0] = 0.0, -0.0, np.nan, -np.inf
        for name, host in (
            ("2-d", values),
            ("0-d", values[1:2, 1:2].reshape(())),
            ("empty", values[:0]),
        ):
            for order in orders:
                case = f"astype({target!r}, order={order!r}) of {name} {np.dtype(source)}"
                buffer = nd_buffer_of(prototype, backend, host)
                with during(case):
                    cast = buffer.astype(target, order)
                expect_nd_buffer(
                    cast, prototype, backend, host.astype(target, order=order), case=case
                )
                expect_nd_buffer(buffer, prototype, backend, host, case=f"the buffer, after {case}")
                expect_order(cast.as_ndarray_like(), order, case=case)
    values = grid("f8", (4, 5))
    array = on_device(backend, values)
    for name, strided, host in (
        ("every other element", array[::2, ::2], values[::2, ::2]),
        ("a transposed array", array.transpose(), values.transpose()),
    ):
        for order in orders:
            case = f"astype(f4, order={order!r}) of {name} of f8"
            cast = prototype.nd_buffer.from_ndarray_like(strided).astype("f4", order)
            expect_nd_buffer(cast, prototype, backend, host.astype("f4"), case=case)
            expect_order(cast.as_ndarray_like(), order, case=case)
    same = nd_buffer_of(prototype, backend, grid("i4"))
    for order in orders:
        expect_own_memory(
            backend,
            same.as_ndarray_like(),
            same.astype("i4", order).as_ndarray_like(),
            case=f"astype(i4, order={order!r}) of int32",
            advice="copy, also where the dtype is the same already",
        )


@check("prototype")
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
        if values.size:
            expect_own_memory(
                backend,
                array,
                copied.as_ndarray_like(),
                case=case,
                advice="copy the array, too, not only its wrapper",
            )


@check("prototype")
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
            _expect_protocol(array, NDArrayLike, case)
            with during(f"viewing as bytes {case}"):
                flat: Any = array.reshape((-1,)).view(dtype="B")
                buffer = prototype.buffer.from_array_like(flat)
            held: Any = buffer.as_array_like()
            expect_same(
                backend.to_host(held),
                np.frombuffer(values.tobytes(), dtype="B"),
                case=f"the bytes of {case}",
            )
            _expect_protocol(held, ArrayLike, case)
            with during(f"viewing the bytes as values again: {case}"):
                back = prototype.nd_buffer.from_ndarray_like(held.view(dtype=values.dtype))
                back = back.reshape(values.shape)
            expect_nd_buffer(back, prototype, backend, values, case=f"back again: {case}")


def _expect_protocol(array: object, protocol: type, case: str) -> None:
    if not isinstance(array, protocol):
        raise violated(
            case=case,
            expected=f"an array that satisfies zarr.core.buffer.{protocol.__name__}",
            actual=f"a {type(array).__name__}, which lacks some of its methods",
            advice=f"see `zarr.core.buffer.core.{protocol.__name__}` for the list",
        )
