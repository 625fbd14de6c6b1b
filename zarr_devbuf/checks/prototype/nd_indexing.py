"""Checks of reading and writing parts of an `NDBuffer`."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.errors import during
from zarr_devbuf.checks.prototype.harness import (
    PrototypeHarness,
    grid,
    prototype_check,
    show_key,
)
from zarr_devbuf.transfers import unrecorded_transfers

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
)


@prototype_check(
    advice="Return a buffer for each key, 0-d ones included: index with `(*key, ...)`."
)
def check_get_basic(harness: PrototypeHarness) -> None:
    """Integers, slices, an ellipsis and None select as in NumPy, and give an `NDBuffer`.

    An element is a buffer of shape ``()``, not a scalar. The steps of a slice may be negative.
    """
    for order, key in product(_ORDERS, _BASIC):
        buffer = harness.nd_buffer(grid(), order)
        with during(f"buffer[{show_key(key)}] of shape (3, 4), {order}-ordered") as case:
            harness.assert_nd_buffer(buffer[key], grid()[key], case)
    scalar = harness.nd_buffer(np.array(5))
    keys: tuple[Any, ...] = ((), ...)
    for key in keys:
        with during(f"buffer[{show_key(key)}] of shape ()") as case:
            harness.assert_nd_buffer(scalar[key], np.array(5), case)


@prototype_check(
    advice="Wrap what the array's own slicing returns, without a copy.",
    cases=zip((np.s_[:], np.s_[1:3], np.s_[1:3, ::2], np.s_[::-1], np.s_[..., 2:3])),
)
def check_views(harness: PrototypeHarness, key: Any) -> None:
    """A part selected by slices shares the memory of the buffer.

    NumPy and CuPy do the same: the parts of a large read are written in place, without a copy.
    """
    buffer = harness.nd_buffer(grid())
    with during(f"buffer[{show_key(key)}], a view of the buffer") as case:
        part = buffer[key]
    harness.assert_shared_memory(part.as_ndarray_like(), buffer.as_ndarray_like(), case)


@prototype_check(advice="Pass index arrays and masks to the array as they are.")
def check_get_fancy(harness: PrototypeHarness) -> None:
    """Index arrays and masks, which zarr keeps on the host, select as in NumPy.

    Orthogonal, coordinate and mask selections of a Zarr array pass them to the buffer.
    """
    for order, (name, key) in product(_ORDERS, _FANCY):
        buffer = harness.nd_buffer(grid(), order)
        # The index comes from the host: that transfer is the check's, not the subject's.
        with during(f"buffer[{name}], {order}-ordered") as case, unrecorded_transfers():
            part = buffer[key]
        harness.assert_nd_buffer(part, grid()[key], case)


@prototype_check(advice="Write into the buffer's own array by its own assignment; keep -0.0.")
def check_set_basic(harness: PrototypeHarness) -> None:
    """Assigning a buffer, an array or a scalar to a part changes this part, and nothing else.

    A scalar keeps every bit. What is assigned is copied. A shape of ones, or of no axes, is
    broadcast: zarr sets a chunk to a 0-d buffer if all its values are the same. Values of another
    dtype are converted.
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
            buffer, values = harness.nd_buffer(grid(), order), grid()
            values[key] = expected
            with during(f"buffer[{show_key(key)}] = {name}, {order}-ordered") as case:
                buffer[key] = value
            harness.assert_nd_buffer(buffer, values, case)
    keys: tuple[Any, ...] = (..., slice(1, 2), (1, 1))
    for (dtype, scalar), key in product(harness.scalars(), keys):
        if np.dtype(dtype).kind not in "fc":
            continue
        values, buffer = grid(dtype), harness.nd_buffer(grid(dtype))
        values[key] = scalar
        with during(f"buffer[{show_key(key)}] = {scalar!r} of {dtype}") as case:
            buffer[key] = scalar
        harness.assert_nd_buffer(buffer, values, case)
    for shape in ((3, 4), (1, 4), (3, 1), (1, 1), ()):
        array, source = harness.array(np.zeros((3, 4), "i4")), harness.nd_buffer(grid("i4", shape))
        buffer = harness.nd_class.from_ndarray_like(array)
        expected = np.broadcast_to(grid("i4", shape), (3, 4))
        with during(f"buffer[...] = NDBuffer of shape {shape}") as case:
            buffer[...] = source
        harness.assert_nd_buffer(buffer, expected, case)
        harness.assert_array(array, expected, f"{case}, in the underlying array")
        harness.assert_own_memory(source.as_ndarray_like(), buffer.as_ndarray_like(), case)
    for source_dtype, target_dtype in (("f8", "f4"), ("i4", "f8"), ("u1", "i8"), ("f4", "c8")):
        values = np.zeros((3, 4), target_dtype)
        buffer = harness.nd_buffer(values)
        values[1:] = grid(source_dtype, (1, 4))
        with during(f"buffer[1:] = NDBuffer of {source_dtype}, into {target_dtype}") as case:
            buffer[1:] = harness.nd_buffer(grid(source_dtype, (1, 4)))
        harness.assert_nd_buffer(buffer, values, case)


@prototype_check(advice="Assign to `array[key]` with the index arrays and masks as they are.")
def check_set_fancy(harness: PrototypeHarness) -> None:
    """Assigning by index arrays and masks from the host changes these elements, and no others.

    Orthogonal, coordinate and mask selections of a Zarr array write this way, a 0-d buffer
    included if all is set to one value.
    """
    for order, (name, key) in product(_ORDERS, _FANCY):
        # If an index occurs twice, it is not defined which value is kept.
        key = np.array([2, 0]) if name == "index array" else key  # noqa: PLW2901
        new = _other_values(grid()[key])
        for what, value, expected in (
            ("NDBuffer", harness.nd_buffer(new), new),
            ("array", harness.array(new), new),
            ("0-d NDBuffer", harness.nd_buffer(np.array(-5, "i4")), -5),
            ("-7", -7, -7),
        ):
            buffer, values = harness.nd_buffer(grid(), order), grid()
            values[key] = expected
            case = f"buffer[{name}] = {what}, {order}-ordered"
            with during(case), unrecorded_transfers():
                buffer[key] = value
            harness.assert_nd_buffer(buffer, values, case)


def _other_values(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return -np.arange(100, 100 + values.size, dtype=values.dtype).reshape(values.shape)
