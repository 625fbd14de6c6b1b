"""Checks of how values get from the host into an `NDBuffer`, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.backend import get_backend
from zarr_devbuf.checks._assertions import show
from zarr_devbuf.checks._harness import LAYOUTS, on_device
from zarr_devbuf.checks._inputs import (
    CONSTANTS,
    DTYPES,
    MOVED,
    SHAPES,
    SIZES,
    extremes,
    grid,
    host_layouts,
)
from zarr_devbuf.checks.errors import during
from zarr_devbuf.checks.prototype.harness import PrototypeHarness, prototype_check

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from zarr_devbuf.checks._harness import Layout

_NAN_WITH_PAYLOAD = np.frombuffer(b"\x01\x00\xc0\xff", dtype="<f4").astype("=f4", copy=False)[0]
# 70,008 bytes.
_LARGE = grid("f8", (3, 2917))


@prototype_check(
    source="documented",
    severity="read wrong",
    advice="Keep the array itself, or a view of it, whatever its strides.",
)
def check_from_ndarray_like(harness: PrototypeHarness) -> None:
    """`from_ndarray_like` shares the memory of a device array in any layout.

    Zarr wraps the array that the user passes as ``out=`` this way, and writes the result into it.
    Source: ``NDBuffer.from_ndarray_like`` and ``as_ndarray_like`` in zarr.abc.buffer, which "will
    never copy data".
    """
    for name, array, values in (*harness.arrays(), *harness.more_dimensions()):
        with during(f"from_ndarray_like({name})") as case:
            buffer = harness.nd_class.from_ndarray_like(array)
        harness.assert_nd_buffer(buffer, values, case)
        if values.size:
            held = buffer.as_ndarray_like()
            harness.assert_shared_memory(array, held, f"{case}, the array written to")
            harness.assert_shared_memory(held, array, f"{case}, the buffer written to")


@prototype_check(
    source="documented",
    severity="stored wrong",
    advice="Copy `np.asanyarray(array_like)` to the device, with every bit of it.",
)
def check_from_numpy_array(harness: PrototypeHarness) -> None:
    """`from_numpy_array` copies host values to the device bit for bit, from any layout.

    The array may be in C or F order, strided, reversed, the columns of a wider one, broadcast,
    read-only, not aligned, of 0 to 5 dimensions, empty, large, constant or of another byte order;
    it may also be what NumPy makes an array of: a list, a scalar. A device that does not hold a
    byte order takes the values in its own. The values are those at the time of the call, even if
    the array was passed before. Source: ``NDBuffer.from_numpy_array`` in zarr.abc.buffer. A -0.0
    without dimensions is another check's: ``negative_zero``.
    """
    from_numpy_array = harness.nd_class.from_numpy_array
    for dtype in MOVED:
        native = np.dtype(dtype).newbyteorder("=")
        if not (harness.holds(dtype) or harness.holds(native)):
            continue
        values = extremes(dtype)
        special = ("extremes", values), ("extremes, every other one", np.repeat(values, 2)[::2])
        for name, array in (*host_layouts(grid(dtype)), *special):
            before = array.copy()
            with during(f"from_numpy_array({name} of {array.dtype}, {array.shape})") as case:
                buffer = from_numpy_array(array)
                found = buffer.as_ndarray_like().dtype
            expected = array.astype(native if found == native else dtype)
            harness.assert_nd_buffer(buffer, expected, case)
            harness.assert_host_array(array, before, f"the host array, after {case}")
    payload = np.array([_NAN_WITH_PAYLOAD, -0.0, 0.0, np.inf], dtype="f4")
    shaped = (grid("i4", shape) for shape in SHAPES)
    for array in (payload, np.array([-0.0]), *shaped, _LARGE):
        with during(f"from_numpy_array({show(array)})") as case:
            buffer = from_numpy_array(array)
        harness.assert_nd_buffer(buffer, array, case)
        values = harness.backend.to_host(buffer.as_ndarray_like())
        harness.assert_host_array(values, array, case, nan_payload=True)
    for constant in CONSTANTS:
        with during(f"from_numpy_array({show(constant)})") as case:
            buffer = from_numpy_array(constant.copy())
        harness.assert_elements_apart(buffer.as_ndarray_like(), constant, case)
    again = grid()
    for time in ("the first time", "the second time, after it was changed"):
        again += 1
        harness.assert_nd_buffer(from_numpy_array(again), again, f"from_numpy_array(array), {time}")
    given: tuple[Any, ...] = ([[1, 2], [3, 4]], 5, 2.5, [True, False], np.float32(1.5))
    for value in given:
        with during(f"from_numpy_array({value!r})") as case:
            harness.assert_nd_buffer(from_numpy_array(value), np.asarray(value), case)


@prototype_check(
    source="documented",
    severity="read wrong",
    advice="Return the current values, in a host array that no other buffer uses.",
)
def check_as_numpy_array(harness: PrototypeHarness) -> None:
    """`as_numpy_array` returns the values on the host, in any layout on the device.

    The buffer does not change. The values are those at the time of the call, even if the buffer was
    read before; and what was read does not change when another buffer is read. Source:
    ``NDBuffer.as_numpy_array`` in zarr.abc.buffer.
    """
    for dtype in filter(harness.holds, DTYPES):
        for name, array, values in harness.arrays(dtype):
            buffer = harness.nd_class.from_ndarray_like(array)
            with during(f"as_numpy_array() of {name}, {dtype}") as case:
                harness.assert_host_array(buffer.as_numpy_array(), values, case)
            harness.assert_nd_buffer(buffer, values, f"the buffer, after {case}")
    for dtype in filter(harness.holds, MOVED):
        buffer = harness.nd_buffer(extremes(dtype))
        with during(f"as_numpy_array() of {show(extremes(dtype))}") as case:
            harness.assert_host_array(buffer.as_numpy_array(), extremes(dtype), case)
    for name, array, values in harness.more_dimensions():
        with during(f"as_numpy_array() of {name}") as case:
            found = harness.nd_class.from_ndarray_like(array).as_numpy_array()
        harness.assert_host_array(found, values, case)
    one, other = harness.nd_buffer(grid()), harness.nd_buffer(-grid())
    held = one.as_numpy_array()
    other.as_numpy_array()
    case = "the result of as_numpy_array(), after another buffer was read"
    harness.assert_host_array(held, grid(), case)
    underlying: Any = one.as_ndarray_like()
    writes: tuple[tuple[str, Callable[[], None]], ...] = (
        ("buffer[...] = -7", lambda: one.__setitem__(..., -7)),
        ("buffer.fill(-7)", lambda: one.fill(-7)),
        ("buffer.as_ndarray_like()[...] = -7", lambda: underlying.__setitem__(..., -7)),
    )
    for name, write in writes:
        one[...] = other
        one.as_numpy_array()
        write()
        case = f"as_numpy_array(), {name}, as_numpy_array()"
        harness.assert_host_array(one.as_numpy_array(), np.full((3, 4), -7, "i4"), case)


@prototype_check(
    source="documented",
    severity="stored wrong",
    advice="Copy all of a large array, in any layout; check what staging memory holds at its end.",
    cases=((size, layout) for size in SIZES for layout in LAYOUTS if layout != "read-only"),
)
def check_large_arrays(harness: PrototypeHarness, size: int, layout: Layout) -> None:
    """Large arrays get from the host to the device and back whole, from any layout.

    There are sizes on either side of 64 KiB and of 1 MiB, and one of several MiB; the layouts are
    C, F, strided, reversed, and rows or columns of a larger array. Source:
    ``NDBuffer.from_numpy_array`` and ``as_numpy_array`` in zarr.abc.buffer.
    """
    if size > SIZES[-1] // 2 and layout not in ("C", "columns"):
        return  # several MiB once for each of the two ways that a copy can go
    rows = 3 if layout in ("C", "part") else 67
    values = grid("i4", (rows, size // 4 // rows))
    what = f"{values.nbytes} bytes of int32, shape {values.shape}, {layout}"
    with during(f"from_numpy_array({what})") as case:
        buffer = harness.nd_class.from_numpy_array(on_device(get_backend("cpu"), values, layout))
    harness.assert_nd_buffer(buffer, values, case)
    with during(f"as_numpy_array() of {what}") as case:
        found = harness.nd_buffer(values, layout).as_numpy_array()
    harness.assert_host_array(found, values, case)


@prototype_check(
    source="documented",
    severity="read wrong",
    advice="Return `self.as_numpy_array()[()]`, or raise ValueError if its size is not 1.",
)
def check_as_scalar(harness: PrototypeHarness) -> None:
    """`as_scalar` returns the exact element of a 0-d buffer, and raises if there are several.

    It also raises if there is none. ``array[()]`` and ``array[0, 0]`` of a Zarr array end here.
    The element may be the lowest or highest of its dtype, beyond 2**53, NaN or NaT. Source:
    ``NDBuffer.as_scalar`` in zarr.abc.buffer.
    """
    dtypes = [dtype for dtype in DTYPES if harness.holds(dtype) and np.dtype(dtype).kind != "V"]
    special = ((dtype, value) for dtype in dtypes for value in extremes(dtype))
    for dtype, value in (*((dtype, 1) for dtype in dtypes), *special, *harness.scalars()):
        expected = np.full((), value, dtype)
        buffer = harness.nd_buffer(expected)
        with during(f"as_scalar() of {expected!r}") as case:
            scalar = buffer.as_scalar()
        if not isinstance(scalar, int | float | complex | str | bytes | np.generic):
            raise harness.violated(case, "a scalar", f"a {type(scalar).__name__}")
        harness.assert_host_array(np.asarray(scalar, dtype), expected, case)
    for shape in ((0,), (2,), (2, 1)):
        as_scalar, case = harness.nd_buffer(np.zeros(shape)).as_scalar, f"as_scalar() of {shape}"
        harness.assert_raises(ValueError, as_scalar, case=case)


@prototype_check(
    source="documented",
    severity="stored wrong",
    advice="Return the attribute of the array that the buffer holds, each time.",
)
def check_attributes(harness: PrototypeHarness) -> None:
    """`shape`, `dtype`, `byteorder` and `len` are those of the array, however it was created.

    The bytes codec decides by `byteorder` whether to swap bytes. Source: `NDBuffer` in
    zarr.abc.buffer.
    """
    for dtype in filter(harness.holds, ("u1", "<i4", ">i4", "f8", "<f2", ">c16", "M8[ns]", "U2")):
        for shape in SHAPES:
            values = np.zeros(shape, dtype)
            _assert_attributes(harness, "buffer", harness.nd_buffer(values), values)
    values = grid("<i4", (3, 4))
    whole = harness.nd_buffer(values)
    for name, buffer, expected in (
        ("buffer.reshape((2, 6))", whole.reshape((2, 6)), values.reshape(2, 6)),
        ("buffer.reshape((12,))", whole.reshape((12,)), values.reshape(12)),
        ("buffer.transpose((1, 0))", whole.transpose((1, 0)), values.transpose()),
        ("buffer[1:, ::2]", whole[1:, ::2], values[1:, ::2]),
        ("buffer[:1].squeeze((0,))", whole[:1].squeeze((0,)), values[0]),
        ("buffer.astype('f8')", whole.astype("f8"), values.astype("f8")),
        ("buffer.copy()", whole.copy(), values),
    ):
        _assert_attributes(harness, name, buffer, expected)


def _assert_attributes(
    harness: PrototypeHarness, name: str, buffer: Any, values: npt.NDArray[Any]
) -> None:
    found = {
        "shape": tuple(buffer.shape),
        "dtype": buffer.dtype,
        # An enumeration in old versions of zarr.
        "byteorder": getattr(buffer.byteorder, "value", buffer.byteorder),
        "len": len(buffer) if values.ndim else None,
    }
    little = values.dtype == values.dtype.newbyteorder("<")
    expected = {
        "shape": values.shape,
        "dtype": values.dtype,
        "byteorder": "little" if little else "big",
        "len": len(values) if values.ndim else None,
    }
    if found != expected:
        raise harness.violated(f"attributes of {name}", repr(expected), repr(found))
