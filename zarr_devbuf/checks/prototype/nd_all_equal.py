"""Checks of `all_equal`, by which zarr decides whether a chunk is stored at all."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from zarr_devbuf.checks.errors import during
from zarr_devbuf.checks.prototype.harness import PrototypeHarness, prototype_check

_NAN, _INF = float("nan"), float("inf")

# dtype, a value, another value that does not equal it. The value may have another type.
_CASES: tuple[tuple[str, Any, Any], ...] = (
    ("i4", 0, 1),
    ("i4", 0.0, 1),
    ("i4", 7, 8),
    ("i4", np.int32(7), 8),
    ("i8", 2**53 + 1, 2**53),
    ("u1", 255, 254),
    ("u8", 2**64 - 1, 2**64 - 2),
    ("?", False, True),
    ("?", True, False),
    ("f8", 0.0, -0.0),
    ("f8", -0.0, 0.0),
    ("f8", 0, 1.0),
    ("f8", np.float64(0.0), -0.0),
    ("f8", 0.0, _NAN),
    ("f8", _NAN, 0.0),
    ("f8", 1.0, _NAN),
    ("f8", _INF, -_INF),
    ("f8", 1.5, 1.25),
    ("f4", np.float32(0.0), -0.0),
    ("f4", np.float32(_NAN), 1.5),
    ("f2", 0.0, -0.0),
    ("c16", 1 + 2j, 1 - 2j),
    ("c8", complex(_NAN, _NAN), 1j),
    # Not every device holds these.
    (">i4", 7, 8),
    (">f8", 0.0, -0.0),
    ("M8[s]", np.datetime64("2001-02-03", "s"), np.datetime64("2001-02-04", "s")),
    ("M8[s]", np.datetime64("NaT", "s"), np.datetime64("2001-02-04", "s")),
    ("S2", b"ab", b"ac"),
    ("U2", "ab", "aé"),
)


@prototype_check(
    advice="Compare zeros by their bits, NaN by equal_nan, all else by ==, and return a `bool`."
)
def check_all_equal(harness: PrototypeHarness) -> None:
    """`all_equal` is True if and only if every element is the value: NaN, -0.0 and None included.

    A NaN equals a NaN unless `equal_nan` is False; ``-0.0`` is not ``0.0``; nothing equals None.
    Zarr drops a chunk that equals the fill value, and reads it back as that value: a wrong True
    loses data, a wrong False stores chunks that the host would not store.
    """
    for dtype, value, other in _CASES:
        if not harness.holds(dtype):
            continue
        for elements in ([value] * 3, [value, value, other], [other] * 3):
            values = np.array(elements, dtype)
            # Without equal_nan, a NaN does not equal itself.
            itself = np.array_equal(values, values)
            layouts = values, values.reshape(-1, 1), values[2].reshape(())
            for host, equal_nan in product(layouts, (None, True, False)):
                # As a keyword, as zarr passes it.
                options = {} if equal_nan is None else {"equal_nan": equal_nan}
                expected = elements[2] is value and (equal_nan is not False or itself)
                name = f"all_equal({value!r}, **{options}) of {elements} as {dtype}"
                with during(f"{name}, shape {host.shape}") as case:
                    answer = harness.nd_buffer(host).all_equal(value, **options)
                harness.assert_answer(answer, expected, case)
    for dtype, shape in product(("i4", "f8"), ((3,), (0,), ())):
        with during(f"all_equal(None) of zeros of {dtype}, shape {shape}") as case:
            answer = harness.nd_buffer(np.zeros(shape, dtype)).all_equal(None)
        harness.assert_answer(answer, False, case)
    for value, expected in ((3, True), (3.0, True), (4, False)):
        with during(f"all_equal({value!r}) of 3 as int32, shape ()") as case:
            answer = harness.nd_buffer(np.array(3, "i4")).all_equal(value)
        harness.assert_answer(answer, expected, case)
    for value in (0, 0.0, 5, _NAN):
        with during(f"all_equal({value!r}) of no elements") as case:
            answer = harness.nd_buffer(np.zeros((0, 3))).all_equal(value)
        harness.assert_answer(answer, True, case)


@prototype_check(
    advice="Compare every element of the array, in any memory layout; skip no block.",
    cases=product(
        ((0.0, -0.0), (0.0, 1.0), (2.5, _NAN)),
        (None, (0, 0), (16, 383), (16, 384), (20, 500), (39, 0), (39, 999)),
        ("C-ordered", "F-ordered", "part of a larger array"),
    ),
)
def check_all_equal_everywhere(
    harness: PrototypeHarness,
    values: tuple[float, float],
    index: tuple[int, int] | None,
    layout: str,
) -> None:
    """`all_equal` finds the one element that differs, at any index, in any memory layout.

    It may be the first, the last, in the middle, or at the end of a block; the chunk may be part
    of a larger array.
    """
    fill, other = values
    host = np.full((40, 1000), fill)
    if index is not None:
        host[index] = other
    array = harness.array(host if layout == "C-ordered" else np.pad(host, 3, "symmetric"))
    if layout != "C-ordered":
        array = array[3:-3, 3:-3]
    if layout == "F-ordered":
        array = array.transpose()
    difference = "all equal" if index is None else f"except {other} at {index}"
    with during(f"all_equal({fill}) of 40,000 float64, {layout}, {difference}") as case:
        answer = harness.nd_class.from_ndarray_like(array).all_equal(fill)
    harness.assert_answer(answer, index is None, case)
