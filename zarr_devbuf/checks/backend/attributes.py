"""Checks of what an array says of itself: protocols, sizes, flags, strides."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from zarr.abc.buffer import ArrayLike, NDArrayLike

from zarr_devbuf.checks._assertions import class_name
from zarr_devbuf.checks._inputs import SHAPES, grid
from zarr_devbuf.checks.backend.harness import (
    INTEGERS,
    NUMBERS,
    BackendHarness,
    Operation,
    backend_check,
)
from zarr_devbuf.checks.errors import during

_SIZES = ("shape", "ndim", "size", "itemsize", "nbytes", "dtype")
_VIEWS: tuple[Operation, ...] = (
    ("array", lambda array: array),
    ("array.transpose()", lambda array: array.transpose()),
    ("array[1:]", lambda array: array[1:]),
    ("array[:, 1:]", lambda array: array[:, 1:]),
    ("array[::2]", lambda array: array[::2]),
    ("array[::-1]", lambda array: array[::-1]),
    ("array[:, 1]", lambda array: array[:, 1]),
    ("array.reshape(-1)", lambda array: array.reshape(-1)),
)


@backend_check(
    severity="read wrong",
    advice="Give the array class every method and attribute of zarr's protocols.",
)
def check_array_protocols(harness: BackendHarness) -> None:
    """Arrays and `TestNDArrayLike` are instances of zarr's ``ArrayLike`` and ``NDArrayLike``.

    Zarr asks by ``isinstance``, and converts what is neither with NumPy. Source: the protocols of
    that name in zarr.abc.buffer.
    """
    array = harness.array(grid("u1", (5,)))
    protocols: tuple[Any, ...] = (ArrayLike, NDArrayLike)
    for protocol, each in product(protocols, (array, harness.backend.view(array))):
        if not isinstance(each, protocol):
            names = sorted(
                name for name in protocol.__protocol_attrs__ if getattr(each, name, None) is None
            )
            case = f"isinstance(array, zarr.abc.buffer.{protocol.__name__})"
            lacking = f"False: a {class_name(type(each))} lacks {', '.join(names)}"
            raise harness.violated(case, "True", lacking)


@backend_check(
    severity="read wrong",
    advice="Give sizes in elements, `itemsize` and `nbytes` in bytes, as NumPy does.",
)
def check_sizes(harness: BackendHarness) -> None:
    """``shape``, ``ndim``, ``size``, ``itemsize``, ``nbytes``, ``dtype`` and ``len`` are NumPy's.

    ``shape`` is a tuple of int, and ``dtype`` a ``numpy.dtype``. Source: zarr's ``NDArrayLike``,
    and `Buffer`, whose length is that of its array.
    """
    for dtype, shape in product(harness.held(*NUMBERS), SHAPES):
        values = grid(dtype, shape)
        array = harness.array(values)
        expected = {name: getattr(values, name) for name in _SIZES}
        with during(f"an array of {dtype}, shape {shape}") as case:
            found = {name: getattr(array, name) for name in _SIZES}
            if shape:
                found["len"], expected["len"] = len(array), len(values)
        for name, value in expected.items():
            kinds_agree = isinstance(found[name], type(value) if name != "dtype" else np.dtype)
            if found[name] != value or not kinds_agree:
                right, wrong = (f"{x!r} ({type(x).__name__})" for x in (value, found[name]))
                raise harness.violated(f"{name} of {case}", right, wrong)


@backend_check(
    severity="read wrong", advice="Compute `flags` from shape and strides for every view."
)
def check_flags(harness: BackendHarness) -> None:
    """``flags.c_contiguous`` and ``flags.f_contiguous`` are what NumPy says for this layout.

    The reference classes, zarr and codecs copy an array, or not, by these flags. Source: `Buffer`
    holds contiguous memory.
    """
    _assert_of_views(
        harness,
        "(c_contiguous, f_contiguous)",
        lambda array: (bool(array.flags.c_contiguous), bool(array.flags.f_contiguous)),
    )


@backend_check(
    severity="read wrong",
    advice="Give `strides` as a tuple, in bytes, negative if the view is reversed.",
)
def check_strides(harness: BackendHarness) -> None:
    """``strides`` are in bytes, and are NumPy's for a contiguous array and for views of it.

    Codecs and compiled kernels compute addresses from them. Source: ``numpy.ndarray.strides``, as
    in CuPy.
    """
    _assert_of_views(harness, "strides", lambda array: tuple(array.strides))


def _assert_of_views(harness: BackendHarness, name: str, of: Any) -> None:
    """Assert that something that an array says of itself is for each view what NumPy says."""
    for dtype, (text, view) in product(harness.held(*INTEGERS), _VIEWS):
        values = grid(dtype)
        with during(f"{name} of `{text}`, array of {dtype}, shape {values.shape}") as case:
            found = of(view(harness.array(values)))
        if found != (expected := of(view(values))):
            raise harness.violated(case, repr(expected), repr(found))
