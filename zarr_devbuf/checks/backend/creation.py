"""Checks of the functions that allocate: `xp.empty`, `xp.zeros`, `xp.ones`, `xp.full`."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks._assertions import assert_shape_and_dtype
from zarr_devbuf.checks._inputs import SHAPES
from zarr_devbuf.checks.backend.harness import (
    FLOATS,
    INTEGERS,
    NUMBERS,
    BackendHarness,
    backend_check,
)

if TYPE_CHECKING:
    from collections.abc import Callable

# As the reference classes call them.
_FUNCTIONS: dict[str, Callable[[Any, Any, Any, str], Any]] = {
    "empty": lambda xp, shape, dtype, order: xp.empty(shape, dtype, order=order),
    "zeros": lambda xp, shape, dtype, order: xp.zeros(shape, dtype=dtype, order=order),
    "ones": lambda xp, shape, dtype, order: xp.ones(shape, dtype=dtype, order=order),
    "full": lambda xp, shape, dtype, order: xp.full(shape, 7, dtype=dtype, order=order),
}


@backend_check(
    severity="read wrong", advice="Allocate the shape as it is given, and fill every element."
)
def check_creation(harness: BackendHarness) -> None:
    """``xp.empty``, ``zeros``, ``ones`` and ``full`` give arrays of any shape, and fill them.

    Among them are shapes without dimensions and with an extent of 0; the shape of a one-dimensional
    array may be an int. Source: ``create``, ``empty`` and ``create_zero_length`` of the reference
    classes.
    """
    dtypes = harness.held(*NUMBERS)
    for dtype, (name, function), shape in product(dtypes, _FUNCTIONS.items(), (*SHAPES, 6)):
        with harness.calling(f"xp.{name} of {dtype}, shape {shape}") as case:
            found = function(harness.xp, shape, dtype, "C")
        expected = function(np, shape, dtype, "C")
        if name == "empty":
            assert_shape_and_dtype(found, expected.shape, dtype, case, advice=harness.advice)
        else:
            harness.assert_array(found, expected, case)


@backend_check(severity="read wrong", advice="Pass `order` to what allocates the memory.")
def check_creation_order(harness: BackendHarness) -> None:
    """``xp.empty``, ``zeros``, ``ones`` and ``full`` lay memory out as ``order=`` says.

    Zarr asks for F order if the array's configuration does, and codecs write out the memory as it
    lies. Source: ``order`` of ``NDBuffer.create`` in zarr.abc.buffer.
    """
    forms = product(harness.held(*INTEGERS), _FUNCTIONS.items(), "CF", ((3, 4), (2, 3, 2, 4)))
    for dtype, (name, function), order, shape in forms:
        with harness.calling(f"xp.{name} of {dtype}, {shape}, order={order!r}") as case:
            found = function(harness.xp, shape, dtype, order)
        harness.assert_order(found, order, case)


@backend_check(
    severity="read wrong", advice="Allocate new memory on each call; share no constant arrays."
)
def check_creation_memory(harness: BackendHarness) -> None:
    """Each array that is allocated has memory of its own, and can be written to.

    Zarr fills one chunk while it holds another. Source: NumPy's ``zeros`` and ``full``.
    """
    for dtype, (name, function) in product(harness.held(*INTEGERS), _FUNCTIONS.items()):
        with harness.calling(f"two results of xp.{name} of {dtype}, shape (5,)") as case:
            first, second = (function(harness.xp, (5,), dtype, "C") for _ in range(2))
            first[...] = second[...] = 7
            harness.assert_own_memory(first, second, case)


@backend_check(
    severity="read wrong",
    advice="Convert the value to the dtype and copy its bits; clear memory only if all bits are 0.",
)
def check_full_values(harness: BackendHarness) -> None:
    """``xp.full`` keeps the sign of -0.0, infinities and NaN.

    Zarr fills missing chunks with the fill value, and -0.0 is not 0.0 there. Source: the reference
    classes' ``create`` fills by `xp.full`.
    """
    values = (-0.0, float("inf"), float("-inf"), float("nan"), 1.5)
    for dtype, value in product(harness.held(*FLOATS), values):
        with harness.calling(f"xp.full of {dtype}, shape (3,), fill value {value}") as case:
            found = harness.xp.full((3,), value, dtype=dtype, order="C")
        harness.assert_array(found, np.full((3,), value, dtype), case)
