"""Checks of dtypes: uint8 is demanded, any other is exact or rejected."""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np

from zarr_devbuf.checks._assertions import assert_shape_and_dtype
from zarr_devbuf.checks._inputs import grid
from zarr_devbuf.checks.backend.harness import BackendHarness, backend_check
from zarr_devbuf.checks.errors import NotApplicable, during

_PAIR = np.dtype([("first", "<i4"), ("second", "<f4")])
NATIVE: tuple[np.dtype[Any], ...] = tuple(
    np.dtype(each)
    for each in (
        *("?", "i1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16", "g", "G"),
        *("M8[ns]", "m8[s]", "S3", "U2", "V5"),
        _PAIR,
    )
)
SWAPPED: tuple[np.dtype[Any], ...] = tuple(
    np.dtype(each).newbyteorder()
    for each in ("i2", "u4", "f2", "f8", "c8", "c16", "M8[ns]", "U2", _PAIR)
)
_REJECTIONS = (TypeError, ValueError, NotImplementedError)


def _assert_held(harness: BackendHarness, dtype: np.dtype[Any]) -> None:
    """Assert that arrays of one dtype are made, and copied to the device and back, exactly."""
    values, xp = grid(dtype), harness.xp
    with during(f"xp.zeros of {dtype}") as case:
        found = xp.zeros((3, 4), dtype=dtype)
    harness.assert_array(found, np.zeros((3, 4), dtype), case)
    with during(f"xp.empty of {dtype}") as case:
        found = xp.empty((3, 4), dtype)
    assert_shape_and_dtype(found, (3, 4), dtype, case, advice=harness.advice)
    # NumPy leaves the padding of a long double as it was: not comparable byte by byte.
    if dtype.kind in "biufc" and dtype.char not in "gG":
        with harness.calling(f"xp.full of {dtype}") as case:
            found = xp.full((3, 4), values[0, 0], dtype=dtype)
        harness.assert_array(found, np.full((3, 4), values[0, 0], dtype), case)
    with harness.calling(f"from_host of {dtype}") as case:
        found = harness.backend.from_host(values.copy())
    harness.assert_array(found, values, case)


@backend_check(severity="read wrong", advice="Offer arrays of uint8: every buffer of Zarr is one.")
def check_uint8(harness: BackendHarness) -> None:
    """Arrays of uint8 can be made, and copied to the device and back, with every value.

    A zarr ``Buffer`` is a run of bytes: a backend without them has no buffers. Source:
    `zarr.abc.buffer.Buffer`.
    """
    _assert_held(harness, np.dtype("u1"))
    every = np.arange(256, dtype="u1")
    with harness.calling("from_host of the bytes 0 to 255") as case:
        found = harness.backend.from_host(every.copy())
    harness.assert_array(found, every, case)
    with during("xp.empty of no bytes") as case:
        found = harness.xp.empty(0, dtype=np.dtype("B"))
    harness.assert_array(found, every[:0], case)


@backend_check(
    severity="read wrong",
    advice="Raise a TypeError or ValueError for a dtype that the device lacks.",
)
def check_dtypes(harness: BackendHarness) -> None:
    """A dtype that ``xp.zeros`` accepts is held exactly: same dtype and same values everywhere.

    float16 that becomes float32 without a word is stored as another dtype than the array's
    metadata says. Dtypes that are rejected are listed by ``rejected_dtypes``. Source: the dtype
    that a prototype's ``create`` is given is that of the chunk (Zarr's specification, data types).
    """
    for dtype in filter(harness.holds, NATIVE):
        _assert_held(harness, dtype)


@backend_check(
    severity="read wrong",
    advice="Keep the byte order of the dtype, or reject it in `xp.zeros`.",
)
def check_byte_orders(harness: BackendHarness) -> None:
    """Arrays of the other byte order keep it, if ``xp.zeros`` accepts it.

    If the device has only its own byte order, ``xp.zeros`` raises, and ``from_host`` raises or
    converts the values (as CuPy does): ``rejected_dtypes`` checks that. Source: Zarr arrays have a
    byte order in memory, which is the dtype's, and one in store, which is the bytes codec's.
    """
    for dtype in filter(harness.holds, SWAPPED):
        _assert_held(harness, dtype)


@backend_check(
    severity="read wrong",
    advice="Raise a TypeError or ValueError in `from_host` as well; change no dtype.",
)
def check_rejected_dtypes(harness: BackendHarness) -> None:
    """A dtype that ``xp.zeros`` rejects is rejected by ``from_host``, or keeps its values.

    The one change that is allowed is to the device's own byte order. If this holds, and there are
    such dtypes, the check is skipped, and the reason lists them. Source: `Backend.from_host`.
    """
    rejected = [dtype for dtype in chain(NATIVE, SWAPPED) if not harness.holds(dtype)]
    for dtype in rejected:
        values = grid(dtype)
        try:
            with harness.calling(f"from_host of {dtype}, which xp.zeros rejects") as case:
                found = harness.backend.from_host(values.copy())
        except _REJECTIONS:
            continue
        harness.assert_array(found, values, case, any_byte_order=True)
    if rejected:
        names = ", ".join(str(dtype) for dtype in rejected)
        raise NotApplicable(f"backend {harness.backend.name!r} rejects, as it may: {names}")
