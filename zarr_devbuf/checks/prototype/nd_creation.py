"""Checks of how an `NDBuffer` comes to be, and how its values come out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from zarr_devbuf.checks.errors import NotApplicable, during
from zarr_devbuf.checks.prototype.harness import (
    DTYPES,
    FOREIGN_DTYPES,
    expect_answer,
    expect_nd_buffer,
    expect_order,
    expect_own_memory,
    expect_same,
    grid,
    holds,
    nd_buffer_of,
    on_device,
)
from zarr_devbuf.checks.registry import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr.abc.buffer import BufferPrototype

    from zarr_devbuf.backend import Backend


type Order = Literal["C", "F"]

_ORDERS: tuple[Order, ...] = ("C", "F")
_SHAPES = ((), (0,), (1,), (5,), (3, 4), (2, 0, 3), (2, 3, 4))
_RECORD = np.dtype([("x", "f8"), ("n", "i8")])

# Values of which some bit is lost by a detour: through another type, or through "equals zero".
_FILLS: tuple[tuple[str, Any], ...] = (
    ("f4", 0),
    ("f4", 0.0),
    ("f4", -0.0),
    ("f8", np.float64(-0.0)),
    ("f2", -0.0),
    ("f8", float("nan")),
    ("f8", float("inf")),
    ("f8", -float("inf")),
    ("f8", 0.1),
    ("f4", np.float32(0.1)),
    ("f8", 5e-324),
    ("i8", 2**53 + 1),
    ("i8", -(2**63)),
    ("u8", 2**64 - 1),
    ("i1", -128),
    ("u1", 255),
    ("i4", 0),
    ("i4", -1),
    ("i4", np.int32(7)),
    ("?", True),
    ("?", False),
    ("c8", 1 - 2j),
    ("c16", complex(0.0, -0.0)),
    ("c16", complex(-0.0, 0.0)),
    ("c16", complex(1, float("nan"))),
    # Not every device holds these.
    (">i4", 7),
    (">f8", -0.0),
    ("M8[ns]", np.datetime64("2001-02-03", "ns")),
    ("M8[ns]", np.datetime64("NaT", "ns")),
    ("m8[s]", np.timedelta64(5, "s")),
    ("S3", b"ab"),
    ("U2", "é"),
)


@check("prototype")
def check_create(prototype: BufferPrototype, backend: Backend) -> None:
    """`create` allocates the shape, dtype and order that are asked for, on the device.

    For every dtype that the device holds; the shape may be any iterable.
    """
    for dtype in (*DTYPES, *FOREIGN_DTYPES):
        if not holds(backend, dtype):
            continue
        for shape in _SHAPES:
            for order in _ORDERS:
                case = f"create(shape={shape}, dtype={dtype!r}, order={order!r}, fill_value=0)"
                # A string has no 0.
                fill: Any = {"S": b"", "U": ""}.get(np.dtype(dtype).kind, 0)
                if np.dtype(dtype).kind in "mM":
                    fill = np.zeros((), dtype)[()]
                with during(case):
                    made = prototype.nd_buffer.create(
                        shape=iter(shape), dtype=dtype, order=order, fill_value=fill
                    )
                expect_nd_buffer(made, prototype, backend, np.zeros(shape, dtype), case=case)
                expect_order(made.as_ndarray_like(), order, case=case)


@check("prototype")
def check_create_fill(prototype: BufferPrototype, backend: Backend) -> None:
    """`create` sets every element to the fill value, to the last bit, in memory of its own.

    A chunk that is missing in the store reads as this: ``-0.0`` is not ``0.0``, and 2**64 - 1 is
    not what a float makes of it. It is written to afterwards: each element is one of its own, and
    so is each buffer, those of the same shape and fill value among them.
    """
    shapes: tuple[tuple[tuple[int, ...], Order], ...] = (
        ((3, 2), "C"),
        ((3, 2), "F"),
        ((), "C"),
        ((0, 2), "C"),
        ((1,), "C"),
    )
    for dtype, value in _fills(backend):
        for shape, order in shapes:
            case = f"create(shape={shape}, dtype={dtype!r}, order={order!r}, fill_value={value!r})"
            with during(case):
                made = prototype.nd_buffer.create(
                    shape=shape, dtype=np.dtype(dtype), order=order, fill_value=value
                )
            expected = np.full(shape, value, dtype=dtype)
            expect_nd_buffer(made, prototype, backend, expected, case=case)
            expect_order(made.as_ndarray_like(), order, case=case)
    for value in (0, 7):
        one, other = (
            prototype.nd_buffer.create(shape=(3, 2), dtype="i4", fill_value=value).as_ndarray_like()
            for _ in range(2)
        )
        expect_own_memory(
            backend,
            one,
            other,
            case=f"create(shape=(3, 2), dtype='i4', fill_value={value}), twice",
            advice="allocate anew each time, also where the values are the same",
        )


@check("prototype")
def check_empty(prototype: BufferPrototype, backend: Backend) -> None:
    """`empty`, and `create` without a fill value, give shape, dtype and order, and any contents.

    Each gives memory of its own.
    """
    made: Any
    for dtype in ("u1", "f8", "c16", "?"):
        for shape in _SHAPES:
            for order in _ORDERS:
                case = f"empty({shape}, {dtype!r}, order={order!r})"
                with during(case):
                    made = prototype.nd_buffer.empty(shape, dtype, order)
                _expect_form(made, prototype, backend, shape, dtype, order, case)
                case = f"create(shape={shape}, dtype={dtype!r}, order={order!r})"
                with during(case):
                    made = prototype.nd_buffer.create(shape=shape, dtype=dtype, order=order)
                _expect_form(made, prototype, backend, shape, dtype, order, case)
    one, other = (prototype.nd_buffer.empty((4,), "u1").as_ndarray_like() for _ in range(2))
    one[:] = 1
    other[:] = 1
    expect_own_memory(
        backend, one, other, case="empty((4,), 'u1'), twice", advice="allocate anew each time"
    )


@check("prototype")
def check_fill(prototype: BufferPrototype, backend: Backend) -> None:
    """`fill` sets every element to a scalar, to the last bit, whatever the layout.

    Zarr fills what a partial read does not cover; ``-0.0`` must stay ``-0.0``.
    """
    for dtype, value in _fills(backend):
        for name, values in (
            ("2-d", grid(dtype)),
            ("0-d", grid(dtype, ())),
            ("empty", grid(dtype, (0, 3))),
        ):
            case = f"fill({value!r}) of a {name} buffer of {np.dtype(dtype)}"
            buffer = nd_buffer_of(prototype, backend, values)
            with during(case):
                buffer.fill(value)
            expected = np.full(values.shape, value, dtype)
            expect_nd_buffer(buffer, prototype, backend, expected, case=case)
    array = on_device(backend, grid("i4", (4, 5)))
    prototype.nd_buffer.from_ndarray_like(array[1:3, ::2].transpose()).fill(-7)
    strided = grid("i4", (4, 5))
    strided[1:3, ::2] = -7
    expect_same(backend.to_host(array), strided, case="fill(-7) of a transposed, strided view")


@check("prototype")
def check_structured(prototype: BufferPrototype, backend: Backend) -> None:
    """Structured elements are created, filled, assigned, moved, cut and compared like any other.

    For a device that holds aligned structured dtypes, as CUDA does.
    """
    if not holds(backend, _RECORD):
        raise NotApplicable(f"backend {backend.name} holds no structured dtype")
    values = np.array([(1.5, 7), (float("nan"), -1), (-0.0, 0)], dtype=_RECORD)
    buffer = prototype.nd_buffer.from_numpy_array(values)
    expect_nd_buffer(buffer, prototype, backend, values, case="from_numpy_array(structured)")
    expect_same(buffer.as_numpy_array(), values, case="as_numpy_array() of structured elements")
    expect_nd_buffer(buffer[1:], prototype, backend, values[1:], case="structured[1:]")
    fill = np.array((1.5, 7), dtype=_RECORD)[()]
    for shape, order in (((4,), "C"), ((2, 3), "F"), ((), "C"), ((0,), "C")):
        case = f"create(shape={shape}, dtype=structured, order={order!r}, fill_value=(1.5, 7))"
        with during(case):
            made = prototype.nd_buffer.create(
                shape=shape,
                dtype=_RECORD,
                order=order,  # type: ignore[arg-type]  # a literal
                fill_value=fill,
            )
        expect_nd_buffer(made, prototype, backend, np.full(shape, fill, _RECORD), case=case)
        expect_order(made.as_ndarray_like(), order, case=case)
    filled = nd_buffer_of(prototype, backend, values)
    with during("fill((1.5, 7)) of structured elements"):
        filled.fill(fill)
    expected = np.full(3, fill, _RECORD)
    expect_nd_buffer(filled, prototype, backend, expected, case="fill((1.5, 7)) of structured")
    with during("structured[1:] = NDBuffer of structured"):
        filled[1:] = buffer[1:]
    expected[1:] = values[1:]
    expect_nd_buffer(filled, prototype, backend, expected, case="structured[1:] = NDBuffer")
    made = nd_buffer_of(prototype, backend, np.full(4, fill, _RECORD))
    # The last two differ in one field alone.
    others = ((fill, True), (values[2], False), ((1.5, 8), False), ((2.5, 7), False))
    for given, equal in others:
        other = np.array(given, dtype=_RECORD)[()]
        case = f"all_equal({other!r}) of structured elements that are all {fill!r}"
        with during(case):
            answer = made.all_equal(other)
        expect_answer(answer, equal, case=case, advice="compare field by field, on the device")


def _fills(backend: Backend) -> Iterator[tuple[str, Any]]:
    for dtype, value in _FILLS:
        if holds(backend, dtype):
            yield dtype, value


def _expect_form(  # noqa: PLR0917 - what was asked for, and what came
    buffer: Any,
    prototype: BufferPrototype,
    backend: Backend,
    shape: tuple[int, ...],
    dtype: str,
    order: Order,
    case: str,
) -> None:
    array = buffer.as_ndarray_like()
    # The contents are arbitrary: hold them to what they are.
    came = backend.to_host(array) if backend.owns(array) else np.empty(shape, dtype)
    expected = came if came.shape == shape and came.dtype == dtype else np.empty(shape, dtype)
    expect_nd_buffer(buffer, prototype, backend, expected, case=case)
    expect_order(array, order, case=case)
