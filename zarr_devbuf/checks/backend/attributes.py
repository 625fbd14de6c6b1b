"""Checks of what an array says of itself: protocols, sizes, flags, strides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from zarr.abc.buffer import ArrayLike, NDArrayLike

from zarr_devbuf.checks._assertions import class_name
from zarr_devbuf.checks._harness import on_device
from zarr_devbuf.checks.backend.harness import INTEGERS, NUMBERS, grid, held
from zarr_devbuf.checks.errors import during, violated
from zarr_devbuf.checks.registry import check

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr_devbuf.backend import Backend

_SHAPES: tuple[tuple[int, ...], ...] = ((), (5,), (0,), (3, 4), (2, 0, 3), (2, 3, 4))
_SIZES = ("shape", "ndim", "size", "itemsize", "nbytes", "dtype")
_VIEWS: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("array", lambda array: array),
    ("array.transpose()", lambda array: array.transpose()),
    ("array[1:]", lambda array: array[1:]),
    ("array[:, 1:]", lambda array: array[:, 1:]),
    ("array[::2]", lambda array: array[::2]),
    ("array[::-1]", lambda array: array[::-1]),
    ("array[:, 1]", lambda array: array[:, 1]),
    ("array.reshape(-1)", lambda array: array.reshape(-1)),
)


@check("backend")
def check_array_protocols(backend: Backend, _: Backend) -> None:
    """Arrays and `TestNDArrayLike` are instances of zarr's ``ArrayLike`` and ``NDArrayLike``.

    Zarr asks by ``isinstance``, and converts what is neither with NumPy. Source: the protocols of
    that name in zarr.abc.buffer.
    """
    array = on_device(backend, grid("u1", (5,)))
    protocols: tuple[Any, ...] = (ArrayLike, NDArrayLike)
    for protocol in protocols:
        for each in (array, backend.view(array)):
            if isinstance(each, protocol):
                continue
            names = sorted(
                name for name in protocol.__protocol_attrs__ if getattr(each, name, None) is None
            )
            raise violated(
                case=f"isinstance(array, zarr.abc.buffer.{protocol.__name__})",
                expected="True",
                actual=f"False: a {class_name(type(each))} lacks {', '.join(names)}",
                advice="Give the array class every method and attribute of zarr's protocols.",
            )


@check("backend")
def check_sizes(backend: Backend, _: Backend) -> None:
    """``shape``, ``ndim``, ``size``, ``itemsize``, ``nbytes``, ``dtype`` and ``len`` are NumPy's.

    ``shape`` is a tuple of int, and ``dtype`` a ``numpy.dtype``. Source: zarr's ``NDArrayLike``,
    and `Buffer`, whose length is that of its array.
    """
    advice = "Give sizes in elements, `itemsize` and `nbytes` in bytes, as NumPy does."
    for dtype in held(backend, NUMBERS):
        for shape in _SHAPES:
            values = grid(dtype, shape)
            array = on_device(backend, values)
            expected = {name: getattr(values, name) for name in _SIZES}
            with during(case := f"an array of {dtype}, shape {shape}"):
                found = {name: getattr(array, name) for name in _SIZES}
                if shape:
                    found["len"], expected["len"] = len(array), len(values)
            for name, value in expected.items():
                kinds_agree = isinstance(found[name], type(value) if name != "dtype" else np.dtype)
                if found[name] != value or not kinds_agree:
                    raise violated(
                        case=f"{name} of {case}",
                        expected=f"{value!r} ({type(value).__name__})",
                        actual=f"{found[name]!r} ({type(found[name]).__name__})",
                        advice=advice,
                    )


@check("backend")
def check_flags(backend: Backend, _: Backend) -> None:
    """``flags.c_contiguous`` and ``flags.f_contiguous`` are what NumPy says for this layout.

    The reference classes, zarr and codecs copy an array, or not, by these flags. Source: `Buffer`
    holds contiguous memory.
    """
    for dtype in held(backend, INTEGERS):
        values = grid(dtype)
        array = on_device(backend, values)
        for text, view in _VIEWS:
            host = view(values)
            with during(case := f"flags of `{text}`, array of {dtype}, shape {values.shape}"):
                flags = view(array).flags
                found = (flags.c_contiguous, flags.f_contiguous)
            expected = (host.flags.c_contiguous, host.flags.f_contiguous)
            if tuple(map(bool, found)) != expected:
                raise violated(
                    case=case,
                    expected=f"c_contiguous {expected[0]}, f_contiguous {expected[1]}",
                    actual=f"c_contiguous {found[0]}, f_contiguous {found[1]}",
                    advice="Compute `flags` from shape and strides for every view.",
                )


@check("backend")
def check_strides(backend: Backend, _: Backend) -> None:
    """``strides`` are in bytes, and are NumPy's for a contiguous array and for views of it.

    Codecs and compiled kernels compute addresses from them. Source: ``numpy.ndarray.strides``, as
    in CuPy.
    """
    for dtype in held(backend, INTEGERS):
        values = grid(dtype)
        array = on_device(backend, values)
        for text, view in _VIEWS:
            with during(case := f"strides of `{text}`, array of {dtype}, shape {values.shape}"):
                found = view(array).strides
            expected = view(values).strides
            if tuple(found) != expected:
                raise violated(
                    case=case,
                    expected=repr(expected),
                    actual=repr(found),
                    advice="Give `strides` as a tuple, in bytes, negative if the view is reversed.",
                )
