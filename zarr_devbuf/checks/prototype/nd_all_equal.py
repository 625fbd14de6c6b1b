"""Checks of `all_equal`, by which zarr decides whether a chunk is stored at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.errors import during
from zarr_devbuf.checks.prototype.harness import expect_answer, holds, nd_buffer_of, on_device
from zarr_devbuf.checks.registry import check

if TYPE_CHECKING:
    from zarr.abc.buffer import BufferPrototype

    from zarr_devbuf.backend import Backend


_NAN, _INF = float("nan"), float("inf")

# dtype, elements, what they are compared with, whether they are equal: with equal_nan, without.
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


@check("prototype")
def check_all_equal(prototype: BufferPrototype, backend: Backend) -> None:
    """`all_equal` is true exactly where every element is the value: NaN, -0.0 and None with care.

    A NaN equals a NaN unless `equal_nan` is false; ``-0.0`` is not ``0.0``; nothing equals None.
    Zarr drops a chunk that equals the fill value and reads it back as that value: a true too many
    loses data, a false too many stores chunks that the host would not store.
    """
    for dtype, elements, value, with_nan, without_nan in _CASES:
        if not holds(backend, dtype):
            continue
        values = np.array(elements, dtype)
        layouts = [("", values), (" in a column", values.reshape(-1, 1))]
        # Where all elements are alike, one alone is as well.
        if len(set(map(repr, elements))) == 1:
            layouts.append((" without axes", values[0].reshape(())))
        for name, host in layouts:
            buffer = nd_buffer_of(prototype, backend, host)
            for given, expected in (((), with_nan), ((True,), with_nan), ((False,), without_nan)):
                # As a keyword: that is how zarr gives it.
                keywords: Any = {"equal_nan": given[0]} if given else {}
                ending = f", equal_nan={given[0]}" if given else ""
                case = f"all_equal({value!r}{ending}) of {elements} as {values.dtype}{name}"
                with during(case):
                    answer = buffer.all_equal(value, **keywords)
                _expect(answer, expected, case)
    for dtype in ("i4", "f8"):
        for shape in ((3,), (0,), ()):
            buffer = nd_buffer_of(prototype, backend, np.zeros(shape, dtype))
            case = f"all_equal(None) of zeros of {np.dtype(dtype)}, shape {shape}"
            with during(case):
                answer = buffer.all_equal(None)
            _expect(answer, False, case)
    for value, expected in ((3, True), (3.0, True), (4, False)):
        case = f"all_equal({value!r}) of 3 as int32, shape ()"
        with during(case):
            answer = nd_buffer_of(prototype, backend, np.array(3, "i4")).all_equal(value)
        _expect(answer, expected, case)
    for value in (0, 0.0, 5, _NAN):
        case = f"all_equal({value!r}) of no elements"
        with during(case):
            answer = nd_buffer_of(prototype, backend, np.zeros((0, 3))).all_equal(value)
        _expect(answer, True, case)


@check("prototype")
def check_all_equal_everywhere(prototype: BufferPrototype, backend: Backend) -> None:
    """`all_equal` finds the one element that differs, wherever it is, whatever the layout.

    First, last, in the middle, at the end of blocks; in a chunk that is part of a larger array.
    """
    shape = (40, 1000)
    for fill, odd in ((0.0, -0.0), (0.0, 1.0), (2.5, _NAN)):
        for where in (None, (0, 0), (16, 383), (16, 384), (20, 500), (39, 0), (39, 999)):
            host = np.full(shape, fill)
            if where is not None:
                host[where] = odd
            for name, key in (
                ("C-ordered", None),
                ("F-ordered", "turn"),
                ("part of a larger one", "cut"),
            ):
                array = on_device(backend, host if key is None else np.pad(host, 3, "symmetric"))
                if key is not None:
                    array = array[3:-3, 3:-3]
                if key == "turn":
                    array = array.transpose()
                buffer = prototype.nd_buffer.from_ndarray_like(array)
                case = f"all_equal({fill}) of 40,000 float64, {name}, " + (
                    "all equal" if where is None else f"all but the one at {where}, which is {odd}"
                )
                with during(case):
                    answer = buffer.all_equal(fill)
                _expect(answer, where is None, case)


def _expect(answer: object, expected: bool, case: str) -> None:
    advice = (
        "zeros by their bits, NaN by equal_nan, all else by ==; return a bool. A chunk wrongly "
        "called equal to the fill value is lost, one wrongly called unequal is stored"
    )
    expect_answer(answer, expected, case=case, advice=advice)
