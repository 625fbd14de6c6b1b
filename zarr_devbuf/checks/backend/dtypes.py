"""Checks of dtypes: uint8 is demanded, any other is exact or rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks._harness import holds
from zarr_devbuf.checks.backend.harness import assert_array, grid
from zarr_devbuf.checks.errors import NotApplicable, during, violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend

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
    np.dtype(each).newbyteorder() for each in ("i2", "u4", "f2", "f8", "c8", "M8[ns]", "U2", _PAIR)
)
_REJECTIONS = (TypeError, ValueError, NotImplementedError)


def _assert_held(backend: Backend, dtype: np.dtype[Any], advice: str) -> None:
    """Assert that arrays of one dtype are made, and copied to the device and back, exactly."""
    values = grid(dtype)
    zeros = np.zeros((3, 4), dtype)
    xp = backend.xp
    with during(case := f"xp.zeros of {dtype}"):
        found = xp.zeros((3, 4), dtype=dtype)
    assert_array(backend, found, zeros, case, advice=advice)
    with during(case := f"xp.empty of {dtype}"):
        found = xp.empty((3, 4), dtype)
    if (tuple(found.shape), np.dtype(found.dtype)) != (zeros.shape, dtype):
        raise violated(
            case=case,
            expected=f"shape {zeros.shape} and dtype {dtype}",
            actual=f"shape {tuple(found.shape)} and dtype {np.dtype(found.dtype)}",
            advice=advice,
        )
    # NumPy leaves the padding of a long double as it was: not comparable byte by byte.
    if dtype.kind in "biufc" and dtype.char not in "gG":
        with during(case := f"xp.full of {dtype}"), unrecorded_transfers():
            found = xp.full((3, 4), values[0, 0], dtype=dtype)
        assert_array(backend, found, np.full((3, 4), values[0, 0], dtype), case, advice=advice)
    with during(case := f"from_host of {dtype}"), unrecorded_transfers():
        found = backend.from_host(values.copy())
    assert_array(backend, found, values, case, advice=advice)


@check("backend")
def check_uint8(backend: Backend, _: Backend) -> None:
    """Arrays of uint8 can be made, and copied to the device and back, with every value.

    A zarr ``Buffer`` is a run of bytes: a backend without them has no buffers. Source:
    `zarr.abc.buffer.Buffer`.
    """
    advice = "Offer arrays of uint8: every buffer of Zarr is one."
    _assert_held(backend, np.dtype("u1"), advice)
    every = np.arange(256, dtype="u1")
    with during(case := "from_host of the bytes 0 to 255"), unrecorded_transfers():
        found = backend.from_host(every.copy())
    assert_array(backend, found, every, case, advice=advice)
    with during(case := "xp.empty of no bytes"):
        found = backend.xp.empty(0, dtype=np.dtype("B"))
    assert_array(backend, found, every[:0], case, advice=advice)


@check("backend")
def check_dtypes(backend: Backend, _: Backend) -> None:
    """A dtype that ``xp.zeros`` accepts is held exactly: same dtype and same values everywhere.

    float16 that becomes float32 without a word is stored as another dtype than the array's
    metadata says. Dtypes that are rejected are listed by ``rejected_dtypes``. Source: the dtype
    that a prototype's ``create`` is given is that of the chunk (Zarr's specification, data types).
    """
    for dtype in NATIVE:
        if holds(backend, dtype):
            _assert_held(
                backend, dtype, "Raise a TypeError or ValueError for a dtype that the device lacks."
            )


@check("backend")
def check_byte_orders(backend: Backend, _: Backend) -> None:
    """Arrays of the other byte order keep it, if ``xp.zeros`` accepts it.

    If the device has only its own byte order, ``xp.zeros`` raises, and ``from_host`` raises or
    converts the values (as CuPy does): ``rejected_dtypes`` checks that. Source: Zarr arrays have a
    byte order in memory, which is the dtype's, and one in store, which is the bytes codec's.
    """
    for dtype in SWAPPED:
        if holds(backend, dtype):
            _assert_held(
                backend, dtype, "Keep the byte order of the dtype, or reject it in `xp.zeros`."
            )


@check("backend")
def check_rejected_dtypes(backend: Backend, _: Backend) -> None:
    """A dtype that ``xp.zeros`` rejects is rejected by ``from_host``, or keeps its values.

    The one change that is allowed is to the device's own byte order. If this holds, and there are
    such dtypes, the check is skipped, and the reason lists them. Source: `Backend.from_host`.
    """
    rejected = [dtype for dtype in (*NATIVE, *SWAPPED) if not holds(backend, dtype)]
    for dtype in rejected:
        values = grid(dtype)
        case = f"from_host of {dtype}, which xp.zeros rejects"
        try:
            with during(case), unrecorded_transfers():
                found = backend.from_host(values.copy())
        except _REJECTIONS:
            continue
        assert_array(
            backend,
            found,
            values,
            case,
            any_byte_order=True,
            advice="Raise a TypeError or ValueError in `from_host` as well; change no dtype.",
        )
    if rejected:
        names = ", ".join(str(dtype) for dtype in rejected)
        raise NotApplicable(f"backend {backend.name!r} rejects, as it may: {names}")
