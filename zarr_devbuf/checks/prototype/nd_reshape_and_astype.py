"""Checks of an `NDBuffer` with another shape, order of axes or dtype, and of its copies."""

from __future__ import annotations

import warnings
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from zarr.abc.buffer import ArrayLike, NDArrayLike

from zarr_devbuf.checks._assertions import class_name, show
from zarr_devbuf.checks._inputs import CONSTANTS, DTYPES, extremes, grid, pairs
from zarr_devbuf.checks.errors import during
from zarr_devbuf.checks.prototype.harness import PrototypeHarness, prototype_check

if TYPE_CHECKING:
    import numpy.typing as npt

# Elements of 4 bytes: on either side of 64 KiB and of 1 MiB, and several MiB.
_LARGE_SHAPES = ((127, 129), (131, 126), (513, 8, 64), (67, 9, 1303))
_RESHAPES: dict[tuple[int, ...], tuple[Any, ...]] = {
    (3, 4): ((12,), -1, (4, 3), (2, -1), (1, 3, 1, 4)),
    (6,): ((2, 3),),
    (1,): ((),),
    (): ((1, 1), -1),
    (2, 0, 3): ((0,),),
    (0,): ((4, 0), -1),
    (2, 3, 1, 2, 2): ((24,), (4, 6), (2, 2, 1, 3, 2), (-1, 2), (2, 3, 4)),
    (24,): ((2, 3, 1, 2, 2),),
    (4, 1, 6): ((2, 2, 2, 3), (4, 6)),
    # Elements of 4 bytes: on either side of 64 KiB and of 1 MiB.
    (127, 129): ((129, 127), -1),
    (131, 126): (-1,),
    (513, 8, 64): ((64, 8, 513), (513, 512)),
}
_SQUEEZES: dict[tuple[int, ...], tuple[tuple[int, ...], ...]] = {
    (1, 3, 1): ((0,), (2,), (0, 2), ()),
    (1,): ((0,), ()),
    (1, 1, 1): ((1,), (0, 1), (0, 1, 2)),
    (1, 0, 3): ((0,),),
    (3, 4): ((),),
    (1, 2, 1, 3, 1): ((0, 2, 4), (2,), (4, 0), ()),
}
_PERMUTATIONS: dict[tuple[int, ...], tuple[Any, ...]] = {
    (2, 3, 4): (None, (0, 1, 2), (2, 0, 1), (1, 2, 0), [2, 1, 0], (-1, 0, 1)),
    (3, 4): (None, (1, 0)),
    (5,): (None, (0,)),
    (): (None, ()),
    (0, 2): (None, (1, 0)),
    (2, 1, 3, 2): (None, (3, 1, 0, 2), (1, 2, 3, 0), (2, 3, 0, 1), (0, 2, 1, 3)),
    (2, 3, 1, 2, 2): (None, (4, 2, 0, 3, 1), (1, 0, 2, 4, 3), (3, 4, 1, 2, 0), (-1, 0, 1, 2, 3)),
    (130, 131): ((1, 0), None),
    (67, 9, 437): ((2, 0, 1), (1, 2, 0)),
}
_CASTS = {
    "i4": ("i4", "f8", "?", ">i4", "i8", "u4", "i2", "c16"),
    "f8": ("i4", "f4", "f2", "?", "c16", ">f8", "f8"),
    "f4": ("f8", "c8", "f2"),
    "f2": ("f4", "f8"),
    "u1": ("i2", "i1", "u8"),
    "i1": ("u1", "i8"),
    "i2": ("u1", "i4"),
    "u2": ("?", "i4"),
    "u4": ("i4", "i8", "f8"),
    "?": ("i4", "f4", "u1"),
    "c8": ("c16",),
    "c16": ("c8", "?"),
    "i8": ("u8", "i4", "f8", "f4", "?", ">i8"),
    "u8": ("i8", "u4", "f8", "?"),
    ">i4": ("<i4", "i8"),
    ">f8": ("f4", "<f8"),
    ">c16": ("<c16",),
    "M8[ns]": ("M8[us]", ">M8[ns]", "i8"),
    "m8[s]": ("m8[ms]",),
    "U2": ("U3", ">U2"),
    "S3": ("S5",),
}


@prototype_check(
    source="documented",
    severity="stored wrong",
    advice="Return the array's own `reshape`, in C order, and let its error pass.",
)
def check_reshape(harness: PrototypeHarness) -> None:
    """`reshape` returns the elements in C order with another shape, which may contain -1.

    It does so for any memory layout; a shape that does not fit is a `ValueError`. The bytes codec
    reshapes each chunk that it decodes. Source: `NDBuffer` in zarr.abc.buffer; NumPy's ``reshape``.
    """
    new: Any
    for (shape, new), order in product(pairs(_RESHAPES), ("C", "F")):
        values, buffer = grid("i4", shape), harness.nd_buffer(grid("i4", shape), order)
        with during(f"reshape({new}) of shape {shape}, {order}-ordered") as case:
            harness.assert_nd_buffer(buffer.reshape(new), values.reshape(new), case)
        harness.assert_nd_buffer(buffer, values, f"the buffer, after {case}")
    for name, array, values in (*harness.arrays(), *harness.more_dimensions()):
        for new in (-1, (values.size,), (1, *values.shape)):
            buffer = harness.nd_class.from_ndarray_like(array)
            with during(f"reshape({new}) of {name}, shape {values.shape}") as case:
                harness.assert_nd_buffer(buffer.reshape(new), values.reshape(new), case)
    reshape, case = harness.nd_buffer(grid()).reshape, "reshape((5, 5)) of shape (3, 4)"
    harness.assert_raises(ValueError, reshape, (5, 5), case=case)


@prototype_check(
    source="documented",
    severity="stored wrong",
    advice="Drop the given axes only: `array.squeeze(axis)`.",
    cases=pairs(_SQUEEZES),
)
def check_squeeze(harness: PrototypeHarness, shape: tuple[int, ...], axis: tuple[int, ...]) -> None:
    """`squeeze` drops the given axes, which have length 1, and no others.

    Zarr drops the axes that an integer selects, and must keep another axis of length 1. Source:
    `NDBuffer` in zarr.abc.buffer; NumPy's ``squeeze``.
    """
    values = grid("i4", shape)
    with during(f"squeeze({axis}) of shape {shape}") as case:
        squeezed = harness.nd_buffer(values).squeeze(axis)
        harness.assert_nd_buffer(squeezed, values.squeeze(axis), case)


@prototype_check(
    source="documented",
    severity="stored wrong",
    advice="Return `array.transpose(axes)`: None reverses the axes.",
    cases=pairs(_PERMUTATIONS),
)
def check_transpose(harness: PrototypeHarness, shape: tuple[int, ...], axes: Any) -> None:
    """`transpose` permutes the axes as NumPy does; None reverses them.

    This is all that the transpose codec does. Source: `NDBuffer` in zarr.abc.buffer; NumPy's
    ``transpose``.
    """
    values, buffer = grid("i4", shape), harness.nd_buffer(grid("i4", shape))
    with during(f"transpose({axes}) of shape {shape}") as case:
        transposed = buffer.transpose(axes)
    harness.assert_nd_buffer(transposed, values.transpose(axes), case)
    harness.assert_nd_buffer(buffer, values, f"the buffer, after {case}")
    # A second time, from memory that is strided now.
    with during(f"{case}, then transpose(None)") as case:
        twice = transposed.transpose(None)
    harness.assert_nd_buffer(twice, values.transpose(axes).transpose(), case)


@prototype_check(
    source="documented",
    severity="stored wrong",
    advice="Return the array's own `astype(dtype, order=order)`, which always copies.",
)
def check_astype(harness: PrototypeHarness) -> None:
    """`astype` converts the values on the device, in the given order.

    Signed zeros, NaN and infinities stay as they are; integers beyond 2**53, and the lowest and the
    highest, become what NumPy makes of them. The source does not change, and shares no memory with
    the result. Dtypes that the device does not hold are left out, and so are conversions whose
    result C leaves open, of floats that do not fit into an integer. Source: zarr's ``NDArrayLike``
    and ``NDBuffer.astype``.
    """
    order: Any
    for source, target in pairs(_CASTS):
        if not (harness.holds(source) and harness.holds(target)):
            continue
        values = grid("i4", (3, 4)).astype(source)
        if source == "i4":
            values[0] = 0, -1, 127, 300
        elif {np.dtype(source).kind, np.dtype(target).kind} <= set("fc"):
            values[0] = 0.0, -0.0, np.nan, -np.inf
        special = _convertible(extremes(source), target)
        parts = (
            ("2-d", values),
            ("special", special),
            ("0-d", values[1:2, 1:2].reshape(())),
            ("empty", values[:0]),
        )
        for (name, host), order in product(parts, "KCFA"):
            buffer = harness.nd_buffer(host)
            case = f"astype({target!r}, order={order!r}) of {name} {source}"
            with during(case), np.errstate(all="ignore"), warnings.catch_warnings():
                # Complex numbers that become real lose a part; bytes become text.
                warnings.simplefilter("ignore")
                cast = buffer.astype(target, order)
                expected = host.astype(target, order=order)
            harness.assert_nd_buffer(cast, expected, case, order=order)
            harness.assert_nd_buffer(buffer, host, f"the buffer, after {case}")
    for (name, array, values), order in product(harness.arrays("f8"), "KCFA"):
        with during(f"astype('f4', order={order!r}) of {name} of f8") as case:
            cast = harness.nd_class.from_ndarray_like(array).astype("f4", order)
        harness.assert_nd_buffer(cast, values.astype("f4"), case, order=order)
    for shape in _LARGE_SHAPES:
        values = grid("i8", shape) * 12_345_678_901
        for target, order in (("f4", "C"), ("i4", "F"), ("i8", "K")):
            with during(f"astype({target!r}, order={order!r}) of i8, shape {shape}") as case:
                cast = harness.nd_buffer(values).astype(target, order)
            harness.assert_nd_buffer(cast, values.astype(target), case, order=order)
    same = harness.nd_buffer(grid())
    for order in "KCFA":
        cast, case = same.astype("i4", order), f"astype('i4', order={order!r}) of i4"
        harness.assert_own_memory(same.as_ndarray_like(), cast.as_ndarray_like(), case)


@prototype_check(
    source="documented",
    severity="stored wrong",
    advice="Copy the array, not only the buffer that holds it.",
)
def check_copy(harness: PrototypeHarness) -> None:
    """`copy` returns the same values in memory of its own on the device.

    It does so for every dtype that the device holds, in any layout, up to several MiB. A copy of
    equal elements has as many elements, each with its own memory. Source:
    `NDBuffer` in zarr.abc.buffer; NumPy's ``copy``.
    """
    for dtype in filter(harness.holds, DTYPES):
        for values in (extremes(dtype), grid(dtype, (2, 3, 1, 2))[:, ::-2]):
            with during(f"copy() of {show(values)}") as case:
                copied = harness.nd_buffer(values).copy()
            harness.assert_nd_buffer(copied, values, case)
    large = ((f"shape {shape}", grid("i4", shape)) for shape in _LARGE_SHAPES)
    arrays = ((name, harness.array(values), values) for name, values in large)
    for name, array, values in (*harness.arrays(), *harness.more_dimensions(), *arrays):
        with during(f"copy() of {name}") as case:
            copied = harness.nd_class.from_ndarray_like(array).copy()
        harness.assert_nd_buffer(copied, values, case)
        if values.size:
            harness.assert_own_memory(array, copied.as_ndarray_like(), case)
    for constant in CONSTANTS:
        with during(f"copy() of {show(constant)}") as case:
            copied = harness.nd_buffer(constant).copy()
        harness.assert_elements_apart(copied.as_ndarray_like(), constant, case)


@prototype_check(
    source="documented",
    severity="stored wrong",
    advice="Hold contiguous arrays that have the methods of both protocols.",
)
def check_bytes_of_values(harness: PrototypeHarness) -> None:
    """The arrays of both classes can be viewed as each other's, as the bytes codec does.

    They satisfy zarr's protocols `ArrayLike` and `NDArrayLike`, which zarr tests by `isinstance`;
    ``ravel().view("B")`` gives the bytes of the values, and ``view(dtype)`` and ``reshape`` give
    the values again. Source: these protocols in zarr.abc.buffer, and ``BytesCodec``.
    """
    # Bytes between the fields of a record have no value.
    dtypes = [dtype for dtype in DTYPES if harness.holds(dtype) and not _is_padded(dtype)]
    few = product(dtypes, ((3, 4), (0,), (5,), (), (2, 1, 3, 2), (1, 2, 1, 2, 3)))
    inputs = [*(grid(dtype, shape) for dtype, shape in few), *map(extremes, dtypes)]
    for values in (*inputs, *(grid("f4", shape) for shape in _LARGE_SHAPES)):
        dtype, shape = values.dtype, values.shape
        array: Any = harness.nd_buffer(values).as_ndarray_like()
        _assert_protocol(harness, array, NDArrayLike, f"array of {dtype}, shape {shape}")
        with during(f"bytes of {dtype}, shape {shape}") as case:
            buffer = harness.buffer_class.from_array_like(array.reshape((-1,)).view(dtype="B"))
        held: Any = buffer.as_array_like()
        harness.assert_array(held, np.frombuffer(values.tobytes(), "B"), case)
        _assert_protocol(harness, held, ArrayLike, case)
        with during(f"{case}, viewed as values again") as case:
            back = harness.nd_class.from_ndarray_like(held.view(dtype=values.dtype)).reshape(shape)
        harness.assert_nd_buffer(back, values, case)


def _is_padded(dtype: npt.DTypeLike) -> bool:
    kind = np.dtype(dtype)
    return kind.fields is not None and kind.itemsize > sum(
        field.itemsize for field, *_ in kind.fields.values()
    )


def _assert_protocol(harness: PrototypeHarness, array: object, protocol: type, case: str) -> None:
    if not isinstance(array, protocol):
        expected = f"an array with all methods of zarr.abc.buffer.{protocol.__name__}"
        raise harness.violated(case, expected, f"a {class_name(type(array))}, which lacks some")


def _convertible(values: npt.NDArray[Any], target: str) -> npt.NDArray[Any]:
    """Return those values whose conversion to a dtype has one result."""
    dtype = np.dtype(target)
    if values.dtype.kind == "f" and dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return values[(values > limits.min) & (values < limits.max)]
    if values.dtype.kind in "mM" and dtype.kind == values.dtype.kind:
        # Without those that another unit does not hold.
        counts = values.view(values.dtype.str[0] + "i8")
        return values[(np.abs(counts) < 2**50) | np.isnat(values)]
    return values
