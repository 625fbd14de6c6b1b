"""Checks of how an `NDBuffer` is created and filled."""

from __future__ import annotations

import pickle
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr
from numpy.dtypes import StringDType

from zarr_devbuf.checks._assertions import assert_shape_and_dtype, same_bits, show
from zarr_devbuf.checks._inputs import (
    DTYPES,
    PARTS,
    RECORDS,
    SHAPES,
    SIZES,
    extremes,
    grid,
    show_key,
)
from zarr_devbuf.checks.errors import NotApplicable, during
from zarr_devbuf.checks.prototype.harness import PrototypeHarness, prototype_check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt
    from zarr.abc.buffer import NDBuffer

# Elements of 8 bytes: on either side of 64 KiB and of 1 MiB, and several MiB.
_LARGE_SHAPES = ((91, 90), (2731, 3), (65_537, 2), (7, 131, 440))
_TEXTS = ("", "a", "abc", "жук", "日本語", "e\u0301", "a\0b", "\U0001f600" * 40)
_ZEROS: tuple[tuple[int, ...], ...] = ((3, 2), (), (1,))


@prototype_check(
    source="documented",
    severity="read wrong",
    advice="Pass `tuple(shape)`, `dtype` and `order` to the function that allocates the array.",
    cases=product(DTYPES, SHAPES, "CF"),
)
def check_create(harness: PrototypeHarness, dtype: Any, shape: tuple[int, ...], order: Any) -> None:
    """`create` allocates the given shape, dtype and order on the device.

    It does so for every dtype that the device holds, and 0 to 5 dimensions. The shape may be any
    iterable. Source: ``NDBuffer.create`` in zarr.abc.buffer.
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
    source="documented",
    severity="read wrong",
    advice="Allocate new memory, and set every element to the exact value.",
)
def check_create_fill(harness: PrototypeHarness) -> None:
    """`create` sets every element to the exact fill value, in memory of its own.

    A chunk that is missing in the store reads as this: 2**64 - 1 must not become a float. Zarr
    writes to the buffer later, so elements share no memory, and neither do buffers of the same
    shape and fill value. Source: ``NDBuffer.create`` in zarr.abc.buffer. The sign of -0.0 is
    another check's: ``negative_zero``.
    """
    create: Any = harness.nd_class.create
    forms = (((3, 2), "C"), ((3, 2), "F"), ((), "C"), ((0, 2), "C"), ((1,), "C"))
    large = product(
        (("i8", 2**53 + 1), ("f8", 0), ("u8", 0), ("f8", 0.1)), product(_LARGE_SHAPES, "CF")
    )
    for (dtype, value), (shape, order) in (*product(harness.scalars(), forms), *large):
        if not harness.holds(dtype):
            continue
        arguments = f"shape={shape}, dtype={dtype!r}, order={order!r}, fill_value={value!r}"
        with during(f"create({arguments})") as case:
            buffer = create(shape=shape, dtype=np.dtype(dtype), order=order, fill_value=value)
        harness.assert_nd_buffer(buffer, np.full(shape, value, dtype), case, order=order)
    for value in (0, 7):
        one, other = (create(shape=(3, 2), dtype="i4", fill_value=value) for _ in range(2))
        case = f"create(shape=(3, 2), dtype='i4', fill_value={value}), twice"
        arrays = one.as_ndarray_like(), other.as_ndarray_like()
        harness.assert_own_memory(*arrays, case)


@prototype_check(
    source="documented",
    severity="read wrong",
    advice="Pass shape, dtype and order to `xp.empty`, and allocate each time.",
)
def check_empty(harness: PrototypeHarness) -> None:
    """`empty`, and `create` without a fill value, allocate the given shape, dtype and order.

    The contents are arbitrary, and can be written to. Each buffer has memory of its own, however
    large. Source: ``NDBuffer.empty`` and ``create`` in zarr.abc.buffer.
    """
    cls: Any = harness.nd_class
    few = product(SHAPES, ("u1", "f8", "c16", "?"))
    kinds = (*few, *(((3, 4), dtype) for dtype in filter(harness.holds, DTYPES)))
    for (shape, dtype), order in product(kinds, "CF"):
        for name, make in (("empty", cls.empty), ("create", cls.create)):
            with during(f"{name}(shape={shape}, dtype={dtype!s}, order={order!r})") as case:
                buffer = make(shape=shape, dtype=dtype, order=order)
                buffer.as_ndarray_like()[...] = harness.array(grid(dtype, shape))
            harness.assert_nd_buffer(buffer, grid(dtype, shape), case, order=order)
    for size in (4, *SIZES[::3]):
        one, other = (cls.empty((size,), "u1").as_ndarray_like() for _ in range(2))
        one[:] = 1
        other[:] = 1
        harness.assert_own_memory(one, other, f"empty(({size},), 'u1'), twice")


@prototype_check(
    source="documented",
    severity="wasteful",
    advice="Give `order` of `create` and `empty` the default 'C', as zarr's NDBuffer does.",
    cases=product(((3, 4), (2, 3, 4)), ("u1", "f8")),
)
def check_default_order(harness: PrototypeHarness, shape: tuple[int, ...], dtype: str) -> None:
    """`create` and `empty` allocate in C order if no order is given.

    Zarr's codecs write chunks out in C order: memory in any other is copied first. Source: the
    default of ``order`` in ``NDBuffer.create`` and ``empty`` of zarr.abc.buffer.
    """
    cls: Any = harness.nd_class
    for name, make in (
        ("empty()", cls.empty),
        ("create()", cls.create),
        ("create(fill_value=0)", partial(cls.create, fill_value=0)),
        ("create(fill_value=7)", partial(cls.create, fill_value=7)),
    ):
        with during(f"{name} of {dtype}, shape {shape}, without an order") as case:
            made = make(shape=shape, dtype=dtype)
            made.as_ndarray_like()[...] = 1
        harness.assert_nd_buffer(made, np.ones(shape, dtype), case, order="C")


@prototype_check(
    source="documented",
    severity="read wrong",
    advice="Write the scalar to every element of the array that the buffer holds, and no other.",
)
def check_fill(harness: PrototypeHarness) -> None:
    """`fill` sets every element to the exact scalar, in any memory layout, and no other element.

    Zarr fills what a partial read does not cover. Source: `NDBuffer` in zarr.abc.buffer; NumPy's
    ``fill``. The sign of -0.0 is another check's: ``negative_zero``.
    """
    for (dtype, value), shape in product(harness.scalars(), ((3, 4), (), (0, 3))):
        buffer = harness.nd_buffer(grid(dtype, shape))
        with during(f"fill({value!r}) of {dtype}, shape {shape}") as case:
            buffer.fill(value)
        harness.assert_nd_buffer(buffer, np.full(shape, value, dtype), case)
    for (name, key), turned, value in product(PARTS, (False, True), (-7, 0)):
        array, values = harness.array(grid("i4", (4, 5))), grid("i4", (4, 5))
        part = array[key]
        with during(f"fill({value}) of {name}{', transposed' if turned else ''}") as case:
            harness.nd_class.from_ndarray_like(part.transpose() if turned else part).fill(value)
        values[key] = value
        harness.assert_array(array, values, f"{case}: the whole array")
    for shape, value in product(_LARGE_SHAPES, (0, 77)):
        wide = np.ones((*shape[:-1], shape[-1] + 2), "i4")
        array = harness.array(wide)
        with during(f"fill({value}) of columns of int32, shape {shape}") as case:
            harness.nd_class.from_ndarray_like(array[..., 1:-1]).fill(value)
        wide[..., 1:-1] = value
        harness.assert_array(array, wide, f"{case}: the whole array")


@prototype_check(
    source="ours",
    severity="read wrong",
    advice="Keep the sign of -0.0: with CuPy use `cupy.full` and `cupy.copyto`, and upload a 0-d "
    "array as one of one element.",
)
def check_negative_zero(harness: PrototypeHarness) -> None:
    """-0.0 keeps its sign when a buffer is created, filled, assigned to, or made of 0-d values.

    With a fill value of -0.0, missing chunks read as 0.0 otherwise, and a 0-d array of -0.0 is
    stored as 0.0. Source: this project. CuPy's ``fill``, its assignment of a scalar and its upload
    of a 0-d array clear the memory for every scalar that equals 0, which its authors decided in
    2016 (chainer's pull request 1435); ``cupy.full`` keeps the sign. Zarr writes a chunk of -0.0 if
    the fill value is 0.0 (zarr-python's pull request 3216).
    """
    zeros: tuple[tuple[str, Any], ...] = (
        *((dtype, -0.0) for dtype in ("f2", "f4", "f8", ">f8")),
        ("f8", np.float64(-0.0)),
        ("f4", np.float32(-0.0)),
        *(("c16", complex(*parts)) for parts in ((0.0, -0.0), (-0.0, 0.0), (-0.0, -0.0))),
    )
    lost: dict[str, str] = {}
    for dtype, zero in zeros:
        if not harness.holds(dtype):
            continue
        for operation, arguments, make in _negative_zeros(harness, dtype, zero):
            with during(f"{operation} {arguments} of {dtype}") as case:
                buffer, expected = make()
            found = harness.backend.to_host(buffer.as_ndarray_like())
            # All else is right: only the sign is this check's.
            harness.assert_host_array(np.asarray(found + 0), np.asarray(expected + 0), case)
            if not same_bits(found, expected):
                lost.setdefault(operation, f"{case}: {show(found)}")
    if lost:
        raise harness.violated(", ".join(lost), "-0.0, with its sign", "\n".join(lost.values()))


def _negative_zeros(
    harness: PrototypeHarness, dtype: str, zero: Any
) -> Iterator[tuple[str, str, Callable[[], tuple[NDBuffer, npt.NDArray[Any]]]]]:
    """Yield an operation, its arguments, and what makes a buffer and the values it should have."""
    nd_class = harness.nd_class

    def fill() -> Any:
        buffer = harness.nd_buffer(grid(dtype))
        buffer.fill(zero)
        return buffer, np.full((3, 4), zero, dtype)

    def create(shape: tuple[int, ...]) -> Any:
        made = nd_class.create(shape=shape, dtype=np.dtype(dtype), fill_value=zero)
        return made, np.full(shape, zero, dtype)

    def assign(key: Any) -> Any:
        buffer, values = harness.nd_buffer(grid(dtype)), grid(dtype)
        buffer[key] = values[key] = zero
        return buffer, values

    def upload(shape: tuple[int, ...]) -> Any:
        values = np.full(shape, zero, dtype)
        return nd_class.from_numpy_array(values), values

    yield "fill", repr(zero), fill
    for shape in _ZEROS:
        yield "create", f"shape {shape}, fill value {zero!r}", partial(create, shape)
        yield "from_numpy_array", f"shape {shape}, {zero!r}", partial(upload, shape)
    for key in (..., slice(1, 2), (1, 1)):
        yield "buffer[…] =", f"{zero!r}, at [{show_key(key)}]", partial(assign, key)


@prototype_check(
    source="ours",
    severity="stored wrong",
    advice="Handle every field: see the case for the operation that lost one.",
)
def check_structured(harness: PrototypeHarness) -> None:
    """Structured elements are created, filled, assigned, copied and compared like any others.

    They may have bytes between the fields, and fields of several sizes. The check applies if the
    device holds aligned structured dtypes, as CUDA does. Source: zarr has structured data types;
    that they work on devices is this project's demand.
    """
    records = [record for record in RECORDS if harness.holds(record)]
    if not records:
        raise NotApplicable(f"backend {harness.backend.name!r} holds no structured dtype")
    for record in records:
        _assert_structured(harness, record)


def _assert_structured(harness: PrototypeHarness, record: np.dtype[Any]) -> None:
    cls: Any = harness.nd_class
    named = f"structured {record.names}"
    special, numbers = extremes(record), grid(record, (4,))
    for values in (special, numbers, special.reshape(1, -1)[:, ::2], numbers[::-1]):
        case = f"from_numpy_array({named} of shape {values.shape})"
        buffer = cls.from_numpy_array(values)
        harness.assert_nd_buffer(buffer, values, case)
        harness.assert_host_array(buffer.as_numpy_array(), values, f"{case}, as_numpy_array()")
        harness.assert_nd_buffer(buffer[1:], values[1:], f"{case}[1:]")
        harness.assert_nd_buffer(buffer.copy(), values, f"{case}, copy()")
    fill, buffer = numbers[1], harness.nd_buffer(numbers)
    for shape, order in (((4,), "C"), ((2, 3), "F"), ((), "C"), ((0,), "C"), ((70, 70), "C")):
        with during(f"create(shape={shape}, order={order!r}, fill_value={fill!r})") as case:
            made = cls.create(shape=shape, dtype=record, order=order, fill_value=fill)
        harness.assert_nd_buffer(made, np.full(shape, fill, record), case, order=order)
    filled, expected = harness.nd_buffer(numbers), np.full(4, fill, record)
    with during(f"fill({fill!r}) of {named}") as case:
        filled.fill(fill)
    harness.assert_nd_buffer(filled, expected, case)
    with during(f"{named}[1:] = NDBuffer of the same dtype") as case:
        filled[1:] = buffer[1:]
    expected[1:] = numbers[1:]
    harness.assert_nd_buffer(filled, expected, case)
    same = harness.nd_buffer(np.full(4, fill, record))
    harness.assert_all_equal(same, fill, True, f"{named}, all the same")
    # One element that differs in one field, first and last.
    for name, index in product(record.names or (), (0, 3)):
        mixed = np.full(4, fill, record)
        mixed[name][index] = 99
        harness.assert_all_equal(mixed, fill, False, f"{named}, except {name!r} at {index}")
        harness.assert_all_equal(same, mixed[index], False, f"{named}, all {fill!r}")


@prototype_check(
    source="precedent",
    severity="read wrong",
    advice="Allocate times as int64 of the byte order, and view them as the dtype; cast them so.",
)
def check_generic_times(harness: PrototypeHarness) -> None:
    """Times of a generic unit keep its scale and their byte order when created and converted.

    NumPy's functions that allocate lose both, and so does its ``astype`` between such dtypes. Zarr
    registers them among its data types. The check applies to memory of the host. Source:
    zarr.buffer.cpu.NDBuffer restores them, since zarr 3.4.
    """
    if not harness.backend.is_host:
        raise NotApplicable("zarr restores generic units in host memory alone")
    if tuple(map(int, zarr.__version__.split(".")[:2])) < (3, 4):
        raise NotApplicable("zarr's own buffers keep no generic unit before zarr 3.4")
    cls: Any = harness.nd_class
    for dtype in harness.held("<M8[2generic]", ">M8[2generic]", "<m8[3generic]", ">m8"):
        counts = np.array([[-(2**63), 1, 2**53 + 1], [0, -7, 300]], f"{dtype.str[0]}i8")
        values = counts.view(dtype)
        fills = [(0, 0), *zip(values.flat, counts.flat, strict=True)]
        for shape, order, (fill, count) in product(((2, 3), ()), "CF", fills):
            named = f"({shape}, {dtype.descr}, order={order!r})"
            with during(f"create{named}, fill value of count {count}") as case:
                made = cls.create(shape=shape, dtype=dtype, order=order, fill_value=fill)
            _assert_times(harness, made, np.full(shape, count, counts.dtype), dtype, case)
            for name, make in (("create", cls.create), ("empty", cls.empty)):
                with during(f"{name}{named}, set to count {count}") as case:
                    made = make(shape=shape, dtype=dtype, order=order)
                    made[...] = harness.array(np.full(shape, count, counts.dtype).view(dtype))
                _assert_times(harness, made, np.full(shape, count, counts.dtype), dtype, case)
        for target, order in product((dtype, dtype.newbyteorder()), "KCF"):
            with during(f"astype({target.descr}, {order!r}) of {dtype.descr}") as case:
                cast = harness.nd_buffer(values).astype(target, order)
            _assert_times(harness, cast, counts.astype(f"{target.str[0]}i8"), target, case)


def _assert_times(
    harness: PrototypeHarness, found: Any, counts: npt.NDArray[Any], dtype: Any, case: str
) -> None:
    """Assert the dtype and the counts: NumPy cannot show times of a generic unit."""
    array = found.as_ndarray_like()
    assert_shape_and_dtype(array, counts.shape, dtype, case, advice=harness.advice)
    harness.assert_array(array.view(counts.dtype), counts, case)


@prototype_check(
    source="documented",
    severity="stored wrong",
    advice="Keep text whole, whatever its length and script, and compare all of it.",
)
def check_variable_text(harness: PrototypeHarness) -> None:
    """Text of any length and script is created, filled, assigned, pickled and compared.

    Zarr holds it in arrays of ``numpy.dtypes.StringDType``, or of Python objects. The check applies
    if the memory holds either: a device holds none. Source: zarr's data type for strings of
    variable length.
    """
    cls: Any = harness.nd_class
    for dtype in harness.held(StringDType(), object):
        values = np.array(_TEXTS, dtype).reshape(2, 4)
        for text, (shape, order) in product(_TEXTS, (((2, 3), "F"), ((), "C"), ((0,), "C"))):
            with during(f"create({shape}, {dtype}, fill_value={text!r})") as case:
                made = cls.create(shape=shape, dtype=dtype, order=order, fill_value=text)
            harness.assert_nd_buffer(made, np.full(shape, text, dtype), case, order=order)
            what = f"{text!r} as {dtype}, shape {shape}"
            for other in (*_TEXTS, 0.0):
                harness.assert_all_equal(made, other, other == text or 0 in shape, what)
        buffer = cls.from_numpy_array(values.copy())
        harness.assert_host_array(buffer.as_numpy_array(), values, f"text as {dtype}")
        changed = cls.from_numpy_array(values.copy())
        changed[1, 1:3], expected = "долгий текст", values.copy()
        changed[0] = buffer[1]
        expected[0], expected[1, 1:3] = values[1], "долгий текст"
        harness.assert_nd_buffer(changed, expected, f"text as {dtype}, parts of it assigned to")
        for name, found, part in (
            ("[::-1, 1:]", buffer[::-1, 1:], values[::-1, 1:]),
            ("[index array]", buffer[np.array([1, 0, 1])], values[[1, 0, 1]]),
            ("transposed", buffer.transpose((1, 0)), values.T),
            ("unpickled", pickle.loads(pickle.dumps(buffer)), values),  # noqa: S301 - our own
        ):
            harness.assert_nd_buffer(found, part, f"text as {dtype}, {name}")
        changed.fill(_TEXTS[-1])
        harness.assert_all_equal(changed, _TEXTS[-1], True, f"text as {dtype}, filled with it")
        scalar = cls.from_numpy_array(values[1, 3:].reshape(())).as_scalar()
        if scalar != _TEXTS[-1]:
            raise harness.violated(f"as_scalar() of {dtype}", repr(_TEXTS[-1]), repr(scalar))
