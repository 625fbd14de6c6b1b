"""Checks of the functions that allocate: `xp.empty`, `xp.zeros`, `xp.ones`, `xp.full`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks._assertions import assert_own_memory, assert_shape_and_dtype
from zarr_devbuf.checks.backend.harness import (
    FLOATS,
    INTEGERS,
    NUMBERS,
    assert_array,
    assert_order,
    held,
)
from zarr_devbuf.checks.errors import during
from zarr_devbuf.checks.registry import check
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr_devbuf.backend import Backend

_SHAPES: tuple[tuple[int, ...], ...] = ((), (5,), (0,), (2, 0, 3), (3, 4), (2, 3, 4))

# As the reference classes call them.
_FUNCTIONS: dict[str, Callable[[Any, Any, Any, str], Any]] = {
    "empty": lambda xp, shape, dtype, order: xp.empty(shape, dtype, order=order),
    "zeros": lambda xp, shape, dtype, order: xp.zeros(shape, dtype=dtype, order=order),
    "ones": lambda xp, shape, dtype, order: xp.ones(shape, dtype=dtype, order=order),
    "full": lambda xp, shape, dtype, order: xp.full(shape, 7, dtype=dtype, order=order),
}


@check("backend")
def check_creation(backend: Backend, _: Backend) -> None:
    """``xp.empty``, ``zeros``, ``ones`` and ``full`` give arrays of any shape, and fill them.

    Among them are shapes without dimensions and with an extent of 0; the shape of a one-dimensional
    array may be an int. Source: ``create``, ``empty`` and ``create_zero_length`` of the reference
    classes.
    """
    advice = "Allocate the shape as it is given, and fill every element."
    for dtype in held(backend, NUMBERS):
        for name, function in _FUNCTIONS.items():
            for shape in (*_SHAPES, 6):
                case = f"xp.{name} of {dtype}, shape {shape}"
                with during(case), unrecorded_transfers():
                    found = function(backend.xp, shape, dtype, "C")
                expected = function(np, shape, dtype, "C")
                if name == "empty":
                    assert_shape_and_dtype(found, expected.shape, dtype, case, advice=advice)
                else:
                    assert_array(backend, found, expected, case, advice=advice)


@check("backend")
def check_creation_order(backend: Backend, _: Backend) -> None:
    """``xp.empty``, ``zeros``, ``ones`` and ``full`` lay memory out as ``order=`` says.

    Zarr asks for F order if the array's configuration does, and codecs write out the memory as it
    lies. Source: ``order`` of ``NDBuffer.create`` in zarr.abc.buffer.
    """
    for dtype in held(backend, INTEGERS):
        for name, function in _FUNCTIONS.items():
            for order in ("C", "F"):
                for shape in ((3, 4), (2, 3, 4)):
                    case = f"xp.{name} of {dtype}, shape {shape}, order={order!r}"
                    with during(case), unrecorded_transfers():
                        found = function(backend.xp, shape, dtype, order)
                    assert_order(
                        found, order, case, advice="Pass `order` to what allocates the memory."
                    )


@check("backend")
def check_creation_memory(backend: Backend, _: Backend) -> None:
    """Each array that is allocated has memory of its own, and can be written to.

    Zarr fills one chunk while it holds another. Source: NumPy's ``zeros`` and ``full``.
    """
    advice = "Allocate new memory on each call; share no constant arrays."
    for dtype in held(backend, INTEGERS):
        for name, function in _FUNCTIONS.items():
            case = f"two results of xp.{name} of {dtype}, shape (5,)"
            with during(case), unrecorded_transfers():
                first, second = (function(backend.xp, (5,), dtype, "C") for _ in range(2))
                first[...] = second[...] = 7
                assert_own_memory(backend, first, second, case=case, advice=advice)


@check("backend")
def check_full_values(backend: Backend, _: Backend) -> None:
    """``xp.full`` keeps the sign of -0.0, infinities and NaN.

    Zarr fills missing chunks with the fill value, and -0.0 is not 0.0 there. Source: the reference
    classes' ``create`` fills by `xp.full`.
    """
    for dtype in held(backend, FLOATS):
        for value in (-0.0, float("inf"), float("-inf"), float("nan"), 1.5):
            case = f"xp.full of {dtype}, shape (3,), fill value {value}"
            with during(case), unrecorded_transfers():
                found = backend.xp.full((3,), value, dtype=dtype, order="C")
            assert_array(
                backend,
                found,
                np.full((3,), value, dtype),
                case,
                advice="Convert the value to the dtype and copy its bits; clear memory only if "
                "all bits are 0.",
            )
