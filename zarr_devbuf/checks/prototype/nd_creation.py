"""Checks of how an `NDBuffer` is created and filled."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import Any

import numpy as np

from zarr_devbuf.checks.errors import NotApplicable, during
from zarr_devbuf.checks.prototype.harness import (
    DTYPES,
    PrototypeHarness,
    grid,
    prototype_check,
)

_SHAPES = ((), (0,), (1,), (5,), (3, 4), (2, 0, 3), (2, 3, 4))
_RECORD = np.dtype([("x", "f8"), ("n", "i8")])


@prototype_check(
    advice="Pass `tuple(shape)`, `dtype` and `order` to the function that allocates the array.",
    cases=product(DTYPES, _SHAPES, "CF"),
)
def check_create(harness: PrototypeHarness, dtype: str, shape: tuple[int, ...], order: Any) -> None:
    """`create` allocates the given shape, dtype and order on the device.

    It does so for every dtype that the device holds. The shape may be any iterable.
    """
    if not harness.holds(dtype):
        return
    # Strings and times have no 0 of their own type among Python's integers.
    fill = 0 if np.dtype(dtype).kind in "biufc" else np.zeros((), dtype)[()]
    options: Any = {"dtype": dtype, "order": order, "fill_value": fill}
    with during(f"create(shape=iter({shape}), **{options})") as case:
        buffer = harness.nd_class.create(shape=iter(shape), **options)
    harness.assert_nd_buffer(buffer, np.zeros(shape, dtype), case, order=order)


@prototype_check(
    advice="Allocate new memory, and set every element to the exact value: -0.0 is not 0.0."
)
def check_create_fill(harness: PrototypeHarness) -> None:
    """`create` sets every element to the exact fill value, in memory of its own.

    A chunk that is missing in the store reads as this: ``-0.0`` is not ``0.0``, and 2**64 - 1 must
    not become a float. Zarr writes to the buffer later, so elements share no memory, and neither
    do buffers of the same shape and fill value.
    """
    create: Any = harness.nd_class.create
    forms = (((3, 2), "C"), ((3, 2), "F"), ((), "C"), ((0, 2), "C"), ((1,), "C"))
    for (dtype, value), (shape, order) in product(harness.scalars(), forms):
        arguments = f"shape={shape}, dtype={dtype!r}, order={order!r}, fill_value={value!r}"
        with during(f"create({arguments})") as case:
            buffer = create(shape=shape, dtype=np.dtype(dtype), order=order, fill_value=value)
        harness.assert_nd_buffer(buffer, np.full(shape, value, dtype), case, order=order)
    for value in (0, 7):
        one, other = (create(shape=(3, 2), dtype="i4", fill_value=value) for _ in range(2))
        case = f"create(shape=(3, 2), dtype='i4', fill_value={value}), twice"
        arrays = one.as_ndarray_like(), other.as_ndarray_like()
        harness.assert_own_memory(*arrays, case)


@prototype_check(advice="Pass shape, dtype and order to `xp.empty`, and allocate each time.")
def check_empty(harness: PrototypeHarness) -> None:
    """`empty`, and `create` without a fill value, allocate the given shape, dtype and order.

    The contents are arbitrary. Each buffer has memory of its own.
    """
    cls: Any = harness.nd_class
    for shape, dtype, order in product(_SHAPES, ("u1", "f8", "c16", "?"), "CF"):
        create = partial(cls.create, shape=shape, dtype=dtype, order=order)
        for name, make in (("empty", partial(cls.empty, shape, dtype, order)), ("create", create)):
            with during(f"{name}() of {dtype}, shape {shape}, order={order!r}") as case:
                buffer = make()
                buffer.as_ndarray_like()[...] = 1
            harness.assert_nd_buffer(buffer, np.ones(shape, dtype), case, order=order)
    one, other = (cls.empty((4,), "u1").as_ndarray_like() for _ in range(2))
    one[:] = 1
    other[:] = 1
    harness.assert_own_memory(one, other, "empty((4,), 'u1'), twice")


@prototype_check(advice="Write to the array that the buffer holds, and keep the sign of -0.0.")
def check_fill(harness: PrototypeHarness) -> None:
    """`fill` sets every element to the exact scalar, in any memory layout.

    Zarr fills what a partial read does not cover; ``-0.0`` must stay ``-0.0``.
    """
    for (dtype, value), shape in product(harness.scalars(), ((3, 4), (), (0, 3))):
        buffer = harness.nd_buffer(grid(dtype, shape))
        with during(f"fill({value!r}) of {dtype}, shape {shape}") as case:
            buffer.fill(value)
        harness.assert_nd_buffer(buffer, np.full(shape, value, dtype), case)
    array, values = harness.array(grid("i4", (4, 5))), grid("i4", (4, 5))
    harness.nd_class.from_ndarray_like(array[1:3, ::2].transpose()).fill(-7)
    values[1:3, ::2] = -7
    harness.assert_array(array, values, "fill(-7) of a transposed, strided view")


@prototype_check(advice="Handle every field: see the case for the operation that lost one.")
def check_structured(harness: PrototypeHarness) -> None:
    """Structured elements are created, filled, assigned, copied and compared like any others.

    The check applies if the device holds aligned structured dtypes, as CUDA does.
    """
    if not harness.holds(_RECORD):
        raise NotApplicable(f"backend {harness.backend.name!r} holds no structured dtype")
    cls: Any = harness.nd_class
    values = np.array([(1.5, 7), (float("nan"), -1), (-0.0, 0)], dtype=_RECORD)
    buffer = cls.from_numpy_array(values)
    harness.assert_nd_buffer(buffer, values, "from_numpy_array(structured)")
    harness.assert_host_array(buffer.as_numpy_array(), values, "as_numpy_array() of structured")
    harness.assert_nd_buffer(buffer[1:], values[1:], "structured[1:]")
    fill = np.array((1.5, 7), dtype=_RECORD)[()]
    for shape, order in (((4,), "C"), ((2, 3), "F"), ((), "C"), ((0,), "C")):
        with during(f"create(shape={shape}, order={order!r}, fill_value=(1.5, 7))") as case:
            made = cls.create(shape=shape, dtype=_RECORD, order=order, fill_value=fill)
        harness.assert_nd_buffer(made, np.full(shape, fill, _RECORD), case, order=order)
    filled, expected = harness.nd_buffer(values), np.full(3, fill, _RECORD)
    with during("fill((1.5, 7)) of structured") as case:
        filled.fill(fill)
    harness.assert_nd_buffer(filled, expected, case)
    with during("structured[1:] = NDBuffer of structured") as case:
        filled[1:] = buffer[1:]
    expected[1:] = values[1:]
    harness.assert_nd_buffer(filled, expected, case)
    alike = harness.nd_buffer(np.full(4, fill, _RECORD))
    # The last two differ in one field only.
    for given, equal in ((fill, True), (values[2], False), ((1.5, 8), False), ((2.5, 7), False)):
        other = np.array(given, dtype=_RECORD)[()]
        with during(f"all_equal({other!r}) of structured elements that are all {fill!r}") as case:
            harness.assert_answer(alike.all_equal(other), equal, case)
