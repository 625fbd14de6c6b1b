"""Checks of `all_equal`, by which zarr decides whether a chunk is stored at all."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from zarr_devbuf.checks._inputs import RECORDS, SIZES, drawn
from zarr_devbuf.checks.prototype.harness import PrototypeHarness, prototype_check

_NAN, _INF = float("nan"), float("inf")
_TIME = np.datetime64("2001-02-03T04:05:06.789012345", "ns")

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
    ("i8", 2**63 - 1, 2**63 - 2),
    ("i8", -(2**63), -(2**63) + 1),
    ("i8", np.int64(2**53 + 1), 2**53),
    ("u8", np.uint64(2**63 + 1), 2**63),
    ("i4", -(2**31), 2**31 - 1),
    ("i4", 2**24 + 1, 2**24),
    ("i1", -128, 127),
    ("i1", -1, 0),
    ("u2", 256, 0),
    ("?", 0, True),
    ("f8", 2.0**53, 2.0**53 + 2),
    ("f8", 0.1, float(np.float32(0.1))),
    ("f8", 5e-324, 0.0),
    ("f8", 1.7976931348623157e308, _INF),
    ("f4", np.float32(0.1), np.float32(0.1) + np.float32(1e-8)),
    ("f4", np.float32(1e-45), 0.0),
    ("f4", -_INF, _NAN),
    ("f2", np.float16(65504), _INF),
    ("f2", np.float16(_NAN), 0.0),
    ("f2", np.float16(6e-8), 0.0),
    ("c16", complex(1, 5e-324), 1 + 0j),
    ("c16", complex(2**53, -1), complex(2**53 + 2, -1)),
    ("c8", np.complex64(1 + 2j), 2 + 1j),
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
    ("M8[ns]", _TIME, _TIME + np.timedelta64(1, "ns")),
    ("M8[ns]", np.datetime64("NaT", "ns"), _TIME),
    ("M8[ns]", _TIME, np.datetime64("NaT", "ns")),
    ("M8[ns]", np.datetime64(-(2**63) + 1, "ns"), np.datetime64("NaT", "ns")),
    ("m8[ns]", np.timedelta64(2**53 + 1, "ns"), np.timedelta64(2**53, "ns")),
    ("m8[s]", np.timedelta64("NaT", "s"), np.timedelta64(0, "s")),
    (
        ">M8[us]",
        np.datetime64("2001-02-03", "us"),
        np.datetime64("2001-02-03T00:00:00.000001", "us"),
    ),
    (">i8", 2**53 + 1, 2**53),
    (">c8", 1 - 1j, 1 + 1j),
    (">f4", _NAN, 0.0),
    ("S2", b"ab", b"ac"),
    ("S3", b"ab", b"abx"),
    ("S3", b"a\0b", b"a"),
    ("S3", b"", b"a"),
    ("U2", "ab", "aé"),
    ("U2", "é", "e\u0301"),
    ("U2", "\U0001f600", "\U0001f601"),
    ("U3", "", " "),
    (">U2", "ж", "з"),
)


@prototype_check(
    source="documented",
    severity="stored wrong",
    advice="Compare zeros by their bits, NaN by equal_nan, all else by ==, and return a `bool`.",
)
def check_all_equal(harness: PrototypeHarness) -> None:
    """`all_equal` is True if and only if every element is the value: NaN, -0.0 and None included.

    A NaN equals a NaN unless `equal_nan` is False; ``-0.0`` is not ``0.0``; nothing equals None.
    Zarr drops a chunk that equals the fill value, and reads it back as that value: a wrong True
    loses data, a wrong False stores chunks that the host would not store. Integers are compared as
    integers, times to the nanosecond. Source: ``NDBuffer.all_equal`` in zarr.abc.buffer; for zeros
    zarr-python's pull request 3216.
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
                what = f"{elements} as {dtype}, shape {host.shape}"
                harness.assert_all_equal(host, value, expected, what, **options)
    for dtype, shape in product(("i4", "f8"), ((3,), (0,), ())):
        what = f"zeros of {dtype}, shape {shape}"
        harness.assert_all_equal(np.zeros(shape, dtype), None, False, what)
    for value, expected in ((3, True), (3.0, True), (4, False)):
        harness.assert_all_equal(np.array(3, "i4"), value, expected, "3 as int32, shape ()")
    for value in (0, 0.0, 5, _NAN):
        harness.assert_all_equal(np.zeros((0, 3)), value, True, "no elements")


@prototype_check(
    source="documented",
    severity="stored wrong",
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
    of a larger array. Source: ``NDBuffer.all_equal`` in zarr.abc.buffer: "every element".
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
    buffer, what = harness.nd_class.from_ndarray_like(array), f"40,000 float64, {layout}"
    harness.assert_all_equal(buffer, fill, index is None, f"{what}, {difference}")


@prototype_check(
    source="documented",
    severity="stored wrong",
    advice="Compare every element of the array, however large and of whatever dtype.",
    cases=((size, dtype) for size in SIZES for dtype in ("u1", "f4", "i8")),
)
def check_all_equal_of_large_arrays(harness: PrototypeHarness, size: int, dtype: str) -> None:
    """`all_equal` finds the one element that differs in chunks of up to several MiB.

    It is the first, the last, or one that is drawn; there are sizes on either side of 64 KiB and of
    1 MiB. Source: ``NDBuffer.all_equal`` in zarr.abc.buffer: "every element".
    """
    random = drawn(f"all_equal of {size} bytes of {dtype}")
    fill = np.dtype(dtype).type(3)
    count = size // np.dtype(dtype).itemsize
    for shape in ((count,), (1, count), (count // 7, 7)):
        values = np.full(shape, fill)
        what = f"{values.nbytes} bytes of {dtype}, shape {shape}"
        harness.assert_all_equal(values, fill, True, what)
        for index in (0, values.size - 1, int(random.integers(1, values.size - 1))):
            values.flat[index] = 4
            harness.assert_all_equal(values, fill, False, f"{what}, except 4 at {index}")
            values.flat[index] = fill


@prototype_check(
    source="precedent",
    severity="stored wrong",
    advice="Compare zeros by their bits also in parts of complex numbers and in fields.",
)
def check_all_equal_signed_zeros(harness: PrototypeHarness) -> None:
    """`all_equal` tells -0.0 from 0.0 in complex numbers and in fields of structured dtypes, too.

    Zarr drops a chunk of ``complex(-0.0, 0.0)`` if the fill value is ``0j``, and reads it back
    without the sign. Source: zarr-python's pull request 3216, "Write chunks with negative zero
    values and a zero fill value", which does it for floats.
    """
    zeros = [complex(*parts) for parts in product((0.0, -0.0), (0.0, -0.0))]
    for dtype in filter(harness.holds, ("c16", "c8", ">c16")):
        for fill, zero, shape in product(zeros, zeros, ((3,), (), (2, 1))):
            # From the bits: arithmetic would lose the sign of one part.
            values = np.full(shape, zero, dtype)
            same, given = str(fill) == str(zero), np.dtype(dtype).type(fill)
            harness.assert_all_equal(values, given, same, f"{zero!r} as {dtype}, shape {shape}")
    for record in filter(harness.holds, RECORDS):
        values = np.zeros(3, record)
        fill = values[0].copy()
        values["x"] = -0.0
        harness.assert_all_equal(values, fill, False, repr(values[0]))
        harness.assert_all_equal(values, values[0], True, "the same")
