"""Checks of `all_equal`, by which zarr decides whether a chunk is stored at all."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from zarr_devbuf.checks.errors import during
from zarr_devbuf.checks.prototype.harness import PrototypeHarness, prototype_check

_NAN, _INF = float("nan"), float("inf")

# dtype, elements, the value they are compared with, the answer with equal_nan, and without.
_CASES: tuple[tuple[str, list[Any], Any, bool, bool], ...] = (
    ("i4", [0, 0, 0], 0, True, True),
    ("i4", [0, 0, 0], 0.0, True, True),
    ("i4", [0, 0, 1], 0, False, False),
    ("i4", [0, 0, 1], 0.0, False, False),
    ("i4", [7, 7, 7], 7, True, True),
    ("i4", [7, 7, 7], np.int32(7), True, True),
    ("i4", [7, 7, 8], 7, False, False),
    ("i4", [7, 7, 8], np.int32(7), False, False),
    ("i8", [2**53 + 1] * 3, 2**53 + 1, True, True),
    ("i8", [2**53] * 3, 2**53 + 1, False, False),
    ("u1", [255, 255], 255, True, True),
    ("u8", [2**64 - 1] * 2, 2**64 - 1, True, True),
    ("u8", [2**64 - 2] * 2, 2**64 - 1, False, False),
    ("?", [False, False], False, True, True),
    ("?", [True, True], True, True, True),
    ("?", [False, True], False, False, False),
    ("f8", [0.0, 0.0], 0.0, True, True),
    ("f8", [0.0, 0.0], 0, True, True),
    ("f8", [0.0, 0.0], np.float64(0.0), True, True),
    ("f8", [0.0, -0.0], 0.0, False, False),
    ("f8", [-0.0, -0.0], 0.0, False, False),
    ("f8", [-0.0, -0.0], -0.0, True, True),
    ("f8", [0.0, 0.0], -0.0, False, False),
    ("f4", [0.0, -0.0], np.float32(0.0), False, False),
    ("f2", [0.0, 0.0], 0.0, True, True),
    ("f2", [0.0, -0.0], 0.0, False, False),
    ("f8", [_NAN, _NAN], _NAN, True, False),
    ("f4", [_NAN, _NAN], np.float32(_NAN), True, False),
    ("f8", [_NAN, 0.0], _NAN, False, False),
    ("f8", [1.0, _NAN], 1.0, False, False),
    ("f8", [0.0, _NAN], 0.0, False, False),
    ("f8", [_INF, _INF], _INF, True, True),
    ("f8", [_INF, -_INF], _INF, False, False),
    ("f8", [1.5, 1.5], 1.5, True, True),
    ("c16", [1 + 2j, 1 + 2j], 1 + 2j, True, True),
    ("c16", [1 + 2j, 1 - 2j], 1 + 2j, False, False),
    ("c8", [complex(_NAN, _NAN)] * 2, complex(_NAN, _NAN), True, False),
    # Not every device holds these.
    (">i4", [7, 7], 7, True, True),
    (">f8", [0.0, -0.0], 0.0, False, False),
    ("M8[s]", ["2001-02-03"] * 2, np.datetime64("2001-02-03", "s"), True, True),
    ("M8[s]", ["2001-02-03", "2001-02-04"], np.datetime64("2001-02-03", "s"), False, False),
    ("M8[s]", ["NaT", "NaT"], np.datetime64("NaT", "s"), True, False),
    ("S2", [b"ab", b"ab"], b"ab", True, True),
    ("U2", ["ab", "aé"], "ab", False, False),
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
    for dtype, elements, value, with_nan, without_nan in _CASES:
        if not harness.holds(dtype):
            continue
        values = np.array(elements, dtype)
        layouts = [values, values.reshape(-1, 1)]
        if len(set(map(repr, elements))) == 1:
            layouts.append(values[0].reshape(()))
        for host in layouts:
            buffer = harness.nd_buffer(host)
            # As a keyword, as zarr passes it.
            calls: tuple[tuple[dict[str, bool], bool], ...] = (
                ({}, with_nan),
                ({"equal_nan": True}, with_nan),
                ({"equal_nan": False}, without_nan),
            )
            for options, expected in calls:
                name = f"all_equal({value!r}, **{options}) of {elements} as {dtype}"
                with during(f"{name}, shape {host.shape}") as case:
                    harness.assert_answer(buffer.all_equal(value, **options), expected, case)
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
