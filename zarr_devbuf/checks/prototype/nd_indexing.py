"""Checks of reading and writing parts of an `NDBuffer`."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr.buffer.cpu

from zarr_devbuf.checks._inputs import DTYPES, drawn, drawn_key, extremes, grid, show_key
from zarr_devbuf.checks.errors import during
from zarr_devbuf.checks.prototype.harness import PrototypeHarness, prototype_check
from zarr_devbuf.transfers import transfer_guard, unrecorded_transfers

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr_devbuf.checks._harness import Layout

_ORDERS: tuple[Layout, ...] = ("C", "F")
_BASIC: tuple[Any, ...] = (
    0,
    -1,
    np.int64(2),
    (1, 2),
    (),
    ...,
    (..., 0),
    (1, ...),
    None,
    (None, 1, None),
    slice(None),
    slice(0, 0),
    slice(1, 3),
    (slice(1, 3), slice(None, None, 2)),
    (slice(None, None, -1), 1),
    (slice(None, None, -2), slice(None, None, -1)),
    (slice(1, 2), slice(3, 4)),
)
# Index arrays are on the host: zarr computes them there.
_FANCY: tuple[tuple[str, Any], ...] = (
    ("index array", np.array([2, 0, 2])),
    ("two index arrays", (np.array([0, 2, 1]), np.array([3, 0, 1]))),
    ("np.ix_", np.ix_([2, 0], [1, 3, 0])),
    ("index array and slice", (np.array([2, 1]), slice(1, 3))),
    ("slice and index array", (slice(0, 2), np.array([3, -1]))),
    ("mask", np.arange(12).reshape(3, 4) % 3 == 0),
    ("mask of nothing", np.zeros((3, 4), bool)),
    ("mask of rows", np.array([True, False, True])),
    ("no indices", np.array([], dtype=int)),
    ("index array, backwards from the end", np.array([-1, -3, 0])),
    ("index array and negative step", (np.array([2, 0]), slice(None, None, -2))),
    ("slice and mask of columns", (slice(None, None, -1), np.array([True, False, False, True]))),
)


def _many() -> tuple[tuple[str, Any], ...]:
    """Draw indices of an array of shape (700, 30): over 256 rows, over 1024 points, masks."""
    random = drawn("many indices")
    rows, columns = (random.integers(0, extent, 1500) for extent in _MANY_SHAPE)
    unique = random.permutation(_MANY_SHAPE[0])
    points = np.unique(np.stack([rows, columns]), axis=1)
    points = points[:, random.permutation(points.shape[1])]
    return (
        ("300 rows", unique[:300]),
        ("257 rows in order", np.sort(unique[:257])),
        ("255 rows", unique[:255]),
        ("all rows, in another order", unique),
        ("1024 points", (points[0, :1024], points[1, :1024])),
        ("1025 points in order", tuple(points[:, np.lexsort(points[::-1])][:, :1025])),
        ("points from the end", (points[0] - _MANY_SHAPE[0], points[1] - _MANY_SHAPE[1])),
        ("np.ix_ of 260 rows and 20 columns", np.ix_(unique[:260], random.permutation(30)[:20])),
        ("260 rows and a slice", (unique[:260], slice(3, None, 4))),
        ("a slice and 25 columns", (slice(None, None, 2), random.permutation(30)[:25])),
        ("mask of a third", random.integers(0, 3, _MANY_SHAPE) == 0),
        ("mask of rows", random.integers(0, 2, _MANY_SHAPE[0]) == 0),
        ("mask of the last element", np.arange(21_000).reshape(_MANY_SHAPE) == 20_999),
    )


_MANY_SHAPE = (700, 30)
_MANY = _many()
_LARGE_PARTS: tuple[Any, ...] = (np.s_[1:-1], np.s_[..., 5:-3], np.s_[::2, 1::3], np.s_[-1])
_HOST_KEYS: tuple[Any, ...] = (np.array([2, 0]), np.ix_([2, 0], [3, 1]), grid() % 3 == 0)
_CONVERSIONS = (("f8", "f4"), ("u1", "i8"), ("f4", "c8"), ("i4", "f8"), ("i4", "f4"))
_DRAWN_SHAPES = ((7,), (5, 6), (3, 4, 5), (2, 3, 4, 3), (2, 3, 2, 3, 2))
_LAYOUTS: tuple[Layout, ...] = ("C", "F", "strided", "reversed", "part")


@prototype_check(
    source="documented",
    severity="read wrong",
    advice="Return a buffer for each key, 0-d ones included: index with `(*key, ...)`.",
)
def check_get_basic(harness: PrototypeHarness) -> None:
    """Integers, slices, an ellipsis and None select as in NumPy, and give an `NDBuffer`.

    An element is a buffer of shape ``()``, not a scalar. The steps of a slice may be negative. Keys
    are drawn for arrays of 1 to 5 dimensions. Source: ``NDBuffer.__getitem__`` in zarr.abc.buffer;
    NumPy's basic indexing.
    """
    for order, key in product(_ORDERS, _BASIC):
        _assert_got(harness, grid(), order, key)
    random = drawn("get basic")
    for shape, layout in product(_DRAWN_SHAPES, _LAYOUTS):
        for _ in range(6):
            _assert_got(harness, grid("i4", shape), layout, drawn_key(random, shape))
    for dtype, key in product(filter(harness.holds, DTYPES), (np.s_[::-1], np.s_[1::2])):
        _assert_got(harness, extremes(dtype), "C", key)
    for key in ((), ...):
        _assert_got(harness, np.array(5), "C", key)


@prototype_check(
    source="ours",
    severity="wasteful",
    advice="Wrap what the array's own slicing returns, without a copy.",
    cases=zip((np.s_[:], np.s_[1:3], np.s_[1:3, ::2], np.s_[::-1], np.s_[..., 2:3])),
)
def check_views(harness: PrototypeHarness, key: Any) -> None:
    """A part selected by slices shares the memory of the buffer.

    NumPy and CuPy do the same: the parts of a large read are written in place, without a copy.
    Source: zarr's own classes do so.
    """
    buffer = harness.nd_buffer(grid())
    with during(f"buffer[{show_key(key)}], a view of the buffer") as case:
        part = buffer[key]
    harness.assert_shared_memory(part.as_ndarray_like(), buffer.as_ndarray_like(), case)


@prototype_check(
    source="precedent",
    severity="read wrong",
    advice="Pass index arrays and masks to the array as they are.",
)
def check_get_fancy(harness: PrototypeHarness) -> None:
    """Index arrays and masks, which zarr keeps on the host, select as in NumPy.

    Orthogonal, coordinate and mask selections of a Zarr array pass them to the buffer: hundreds of
    rows, over a thousand points. Source: zarr.core.indexing; NumPy's advanced indexing.
    """
    # The index comes from the host: that transfer is the check's, not the subject's.
    with unrecorded_transfers():
        for layout, (name, key) in product(_ORDERS, _MANY):
            _assert_got(harness, grid("i4", _MANY_SHAPE), layout, key, name)
        for layout, (name, key) in product(_ORDERS, _FANCY):
            _assert_got(harness, grid(), layout, key, name)
        for dtype in filter(harness.holds, DTYPES):
            values = extremes(dtype)
            _assert_got(harness, values, "C", np.arange(len(values))[::-2])


@prototype_check(
    source="documented",
    severity="stored wrong",
    advice="Write into the buffer's own array by its own assignment.",
)
def check_set_basic(harness: PrototypeHarness) -> None:
    """Assigning a buffer, an array or a scalar to a part changes this part, and nothing else.

    A scalar keeps every bit. What is assigned is copied. A shape of ones, or of no axes, is
    broadcast: zarr sets a chunk to a 0-d buffer if all its values are the same. Values of another
    dtype are converted. Source: ``NDBuffer.__setitem__`` in zarr.abc.buffer; NumPy's rules. The
    sign of a scalar -0.0 is another check's: ``negative_zero``.
    """
    for order, key in product(_ORDERS, _BASIC):
        new = _other_values(grid()[key])
        for name, value, expected in (
            ("NDBuffer", harness.nd_buffer(new), new),
            ("array", harness.array(new), new),
            ("-7", -7, -7),
            ("int32 9", np.int32(9), 9),
            ("0", 0, 0),
        ):
            _assert_set(harness, grid(), order, key, (name, value, expected))
    keys: tuple[Any, ...] = (..., slice(1, 2), (1, 1))
    for (dtype, scalar), key in product(harness.scalars(), keys):
        _assert_set(harness, grid(dtype), "C", key, (repr(scalar), scalar, scalar))
    for shape in ((3, 4), (1, 4), (3, 1), (1, 1), ()):
        array, source = harness.array(np.zeros((3, 4), "i4")), harness.nd_buffer(grid("i4", shape))
        buffer = harness.nd_class.from_ndarray_like(array)
        expected = np.broadcast_to(grid("i4", shape), (3, 4))
        with during(f"buffer[...] = NDBuffer of shape {shape}") as case:
            buffer[...] = source
        harness.assert_nd_buffer(buffer, expected, case)
        harness.assert_array(array, expected, f"{case}, in the underlying array")
        harness.assert_own_memory(source.as_ndarray_like(), buffer.as_ndarray_like(), case)
    for source_dtype, target_dtype in _CONVERSIONS:
        new = grid(source_dtype, (1, 4))
        given = f"NDBuffer of {source_dtype}", harness.nd_buffer(new), new
        _assert_set(harness, np.zeros((3, 4), target_dtype), "C", np.s_[1:], given)


@prototype_check(
    source="documented",
    severity="stored wrong",
    advice="Write each element to its place, through the strides of both arrays.",
)
def check_set_parts(harness: PrototypeHarness) -> None:
    """Assigning to any part of arrays of any layout, size and dtype changes this part alone.

    Keys are drawn for arrays of 1 to 5 dimensions; values are C- or F-ordered, strided, reversed;
    parts of large arrays are set; each dtype is assigned its extremes. Source:
    ``NDBuffer.__setitem__`` in zarr.abc.buffer; NumPy's assignment.
    """
    random = drawn("set basic")
    for shape, layout in product(_DRAWN_SHAPES, _LAYOUTS):
        for number in range(4):
            key = drawn_key(random, shape)
            values = grid("i4", shape)
            new = _other_values(values[key])
            if number % 2:
                of = random.choice(("C", "F", "strided", "reversed"))
                given: tuple[str, Any, Any] = f"{of} NDBuffer", harness.nd_buffer(new, of), new
            else:
                given = "int32", np.int32(number - 7), number - 7
            _assert_set(harness, values, layout, key, given)
    for shape in ((131, 129), (257, 1027), (3, 700, 401)):
        values = grid("i4", shape)
        array = harness.array(values)
        buffer = harness.nd_class.from_ndarray_like(array)
        for part in _LARGE_PARTS:
            new = _other_values(values[part])
            values[part] = new
            with during(f"buffer[{show_key(part)}] = NDBuffer, shape {shape}") as case:
                buffer[part] = harness.nd_buffer(new)
        harness.assert_array(array, values, case)
    for dtype in filter(harness.holds, DTYPES):
        values, new = np.repeat(extremes(dtype), 2), extremes(dtype)[::-1]
        given = "NDBuffer", harness.nd_buffer(new), new
        _assert_set(harness, values, "C", np.s_[1::2], given)


@prototype_check(
    source="precedent",
    severity="stored wrong",
    advice="Assign to `array[key]` with the index arrays and masks as they are.",
)
def check_set_fancy(harness: PrototypeHarness) -> None:
    """Assigning by index arrays and masks from the host changes these elements, and no others.

    Orthogonal, coordinate and mask selections of a Zarr array write this way, a 0-d buffer
    included if all is set to one value: hundreds of rows, over a thousand points. Source:
    zarr.core.indexing; NumPy's advanced indexing.
    """
    # If an index occurs twice, it is not defined which value is kept.
    distinct = [(name, np.array([2, 0]) if name == "index array" else key) for name, key in _FANCY]
    inputs = ((grid("i4", _MANY_SHAPE), _MANY), (grid(), distinct))
    cases = [(values, name, key) for values, keys in inputs for name, key in keys]
    with unrecorded_transfers():
        for layout, (values, name, key) in product(_ORDERS, cases):
            new = _other_values(values[key])
            for given in (
                ("NDBuffer", harness.nd_buffer(new), new),
                ("array", harness.array(new), new),
                ("0-d NDBuffer", harness.nd_buffer(np.array(-5, "i4")), -5),
                ("-7", -7, -7),
            ):
                _assert_set(harness, values, layout, key, given, name=name)


@prototype_check(
    source="precedent",
    severity="raises",
    advice="Copy a host NDBuffer to the device, as `from_numpy_array` does, then assign it.",
)
def check_set_host_buffer(harness: PrototypeHarness) -> None:
    """Assigning a host `NDBuffer` to a part copies its values to the device.

    Codecs that work on the host return such chunks, in any layout, and zarr assigns them to slices
    and by index arrays; they are broadcast and converted as those of the device are. A device may
    reject them where implicit transfers are disallowed: the check allows them. Source:
    zarr.buffer.gpu.NDBuffer does so, in a branch of its own; zarr's ABC does not say.
    """
    large = grid("i4", (300, 300))
    cases: list[tuple[Any, Any, npt.NDArray[Any]]] = [
        (..., np.zeros_like(large), np.asfortranarray(large)),
        (np.s_[::2], np.zeros_like(large), large[::2]),
        *((key, grid(), np.array(-7, "i4")) for key in (..., np.s_[1:], *_HOST_KEYS)),
        *((..., grid(), -grid("i4", shape)) for shape in ((4,), (3, 1), (1, 1))),
        *((..., grid(target), -grid(source)) for source, target in _CONVERSIONS),
    ]
    for dtype, key in product(("i4", "f8"), (..., np.s_[1:], np.s_[:, 1:3], (0, 1), *_HOST_KEYS)):
        new = np.asarray(_other_values(grid("i4")[key])).astype(dtype)
        forms = (new, np.asfortranarray(new), new[::-1]) if new.ndim else (new,)
        cases += ((key, grid(dtype), form) for form in forms)
    for order, (key, values, new) in product(_ORDERS, cases):
        buffer, expected, given = harness.nd_buffer(values, order), values.copy(), new.copy("K")
        what = f"host NDBuffer of {new.dtype}, shape {new.shape}, strides {new.strides}"
        case = f"buffer[{show_key(key)}] = {what}, {values.dtype}, {order}-ordered"
        # The transfer is the check's doing.
        with during(case), unrecorded_transfers(), transfer_guard("allow"):
            buffer[key] = zarr.buffer.cpu.NDBuffer(given)
        expected[key] = new
        given[...] = 0  # the values are copied before the call returns
        harness.assert_nd_buffer(buffer, expected, case)


def _assert_got(
    harness: PrototypeHarness, values: npt.NDArray[Any], layout: Layout, key: Any, name: str = ""
) -> None:
    """Assert that a buffer of these values gives for a key what NumPy gives."""
    buffer = harness.nd_buffer(values, layout)
    what = f"buffer[{name or show_key(key)}] of {values.dtype}, shape {values.shape}, {layout}"
    with during(what) as case:
        part = buffer[key]
    harness.assert_nd_buffer(part, values[key], case)


def _assert_set(
    harness: PrototypeHarness,
    values: npt.NDArray[Any],
    layout: Layout,
    key: Any,
    given: tuple[str, Any, npt.ArrayLike],
    *,
    name: str = "",
) -> None:
    """Assert that assigning changes what it changes in NumPy; `given`: name, value, on the host."""
    what, value, on_host = given
    buffer, expected = harness.nd_buffer(values, layout), values.copy()
    expected[key] = on_host
    text = f"buffer[{name or show_key(key)}] = {what}, {values.dtype}, shape {values.shape}"
    with during(f"{text}, {layout}") as case:
        buffer[key] = value
    harness.assert_nd_buffer(buffer, expected, case)


def _other_values(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    numbers = -np.arange(100, 100 + values.size, dtype=values.dtype)
    return numbers.reshape(values.shape)
