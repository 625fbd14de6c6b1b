"""Checks of the functions and operators that the reference classes use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks._assertions import assert_own_memory
from zarr_devbuf.checks._harness import on_device
from zarr_devbuf.checks.backend.harness import (
    FLOATS,
    INTEGERS,
    NUMBERS,
    assert_array,
    assert_like_numpy,
    grid,
    held,
)
from zarr_devbuf.checks.errors import during, violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr_devbuf.backend import Backend


@check("backend")
def check_concatenate(backend: Backend, _: Backend) -> None:
    """``xp.concatenate`` joins arrays along the first axis, in new memory, also a single one.

    Source: ``Buffer.combine`` of the reference classes.
    """
    advice = "Let `xp.concatenate` copy every array, in the order given, into new memory."
    for dtype in held(backend, INTEGERS):
        parts = [grid(dtype, (4,)), grid(dtype, (0,)), grid(dtype, (3,))[::-1]]
        for hosts in (parts, parts[:1], parts[1:2]):
            arrays = [on_device(backend, host) for host in hosts]
            case = f"xp.concatenate of {dtype}, lengths {[len(host) for host in hosts]}"
            with during(case):
                found = backend.xp.concatenate(arrays)
            assert_array(backend, found, np.concatenate(hosts), case, advice=advice)
            if found.size:
                assert_own_memory(backend, arrays[0], found, case=case, advice=advice)


@check("backend")
def check_copyto(backend: Backend, _: Backend) -> None:
    """``xp.copyto(view, scalar, casting="unsafe")`` writes the scalar, with the sign of -0.0.

    Source: ``NDBuffer.__setitem__`` and ``fill`` of the reference classes write -0.0 by it.
    """
    for dtype in held(backend, FLOATS):
        for value in (-0.0, 1.5, float("nan")):
            values = grid(dtype)
            array = on_device(backend, values)
            case = f"xp.copyto(array[1:, ::2], {value}, casting='unsafe'), array of {dtype}"
            with during(case), unrecorded_transfers():
                backend.xp.copyto(array[1:, ::2], value, casting="unsafe")
            values[1:, ::2] = value
            assert_array(
                backend,
                array,
                values,
                case,
                advice="Write the bits of the scalar in `xp.copyto`, through the strides.",
            )


@check("backend")
def check_broadcast_arrays(backend: Backend, _: Backend) -> None:
    """``xp.broadcast_arrays`` gives the backend's arrays, each of the common shape.

    Source: ``NDBuffer.all_equal`` of the reference classes.
    """
    advice = "Return arrays of `array_type` from `xp.broadcast_arrays`."
    for dtype in held(backend, INTEGERS):
        for shapes in (((3, 4), (4,)), ((3, 4), ()), ((3, 1), (1, 4))):
            hosts = [grid(dtype, shape) for shape in shapes]
            with during(case := f"xp.broadcast_arrays of {dtype}, shapes {shapes}"):
                found = backend.xp.broadcast_arrays(*(on_device(backend, host) for host in hosts))
                found = tuple(found)
            for each, expected in zip(found, np.broadcast_arrays(*hosts), strict=True):
                assert_array(backend, each, expected, case, advice=advice)


@check("backend")
def check_comparisons(backend: Backend, _: Backend) -> None:
    """``==``, ``!=``, ``&`` and ``|`` work element by element, and NaN is not equal to itself.

    Results are arrays of bool: with an array or a scalar, on the device. Source: zarr's
    ``NDArrayLike``, ``NDBuffer.all_equal`` of the reference classes.
    """
    advice = "Compare element by element on the device, and return an array of bool."
    for dtype in held(backend, NUMBERS):
        values = grid(dtype)
        if dtype.kind == "f":
            values[1, 2] = np.nan
        operations: tuple[tuple[str, Callable[[Any], Any]], ...] = (
            ("array == array", lambda array: array == array),  # noqa: PLR0124
            ("array != array", lambda array: array != array),  # noqa: PLR0124
            ("array == 5", lambda array: array == 5),
            ("(array == 5) | (array == 7)", lambda array: (array == 5) | (array == 7)),
            ("(array != 5) & (array != 7)", lambda array: (array != 5) & (array != 7)),
        )
        for text, operation in operations:
            _assert_bools(backend, values, text, operation, advice)


def _assert_bools(
    backend: Backend, values: Any, text: str, operation: Callable[[Any], Any], advice: str
) -> None:
    # By way of bytes, since a backend need not hold bool at the host's end.
    case = f"`{text}`, array of {values.dtype}, shape {values.shape}"
    array = on_device(backend, values)
    with during(case), unrecorded_transfers():
        found = operation(array)
    if not backend.owns(found) or np.dtype(found.dtype) != np.dtype(bool):
        raise violated(
            case=case,
            expected=f"an array of backend {backend.name!r} of dtype bool",
            actual=f"a {type(found).__name__} of dtype {getattr(found, 'dtype', None)}",
            advice=advice,
        )
    assert_array(backend, found, operation(values), case, advice=advice)


@check("backend")
def check_all(backend: Backend, _: Backend) -> None:
    """``bool(array.all())`` is True if and only if every element is true.

    Source: zarr's ``NDArrayLike``; ``all_equal`` and ``==`` of the reference classes ask it.
    """
    for dtype in held(backend, NUMBERS):
        one_zero = grid(dtype)
        one_zero[2, 3] = 0
        for host, view in ((grid(dtype), "all"), (one_zero, "one 0"), (grid(dtype)[:0], "empty")):
            array = on_device(backend, host)
            case = f"bool(array.all()), {dtype}, shape {host.shape}, {view}"
            with during(case), unrecorded_transfers():
                found = bool(array.all())
            if found is not bool(host.all()):
                raise violated(
                    case=case,
                    expected=repr(bool(host.all())),
                    actual=repr(found),
                    advice="Let `all` look at every element; of no elements it is True.",
                )


@check("backend")
def check_signbit(backend: Backend, _: Backend) -> None:
    """``xp.signbit`` and ``numpy.signbit`` tell -0.0 from 0.0, on the device.

    Source: ``NDBuffer.all_equal`` of the reference classes, in which -0.0 is not 0.0.
    """
    for dtype in held(backend, FLOATS):
        values = np.array([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf], dtype)
        for name, namespace in (("xp", backend.xp), ("numpy", np)):
            array = on_device(backend, values)
            with during(case := f"{name}.signbit of {dtype}"):
                found = namespace.signbit(array)
            assert_array(
                backend,
                found,
                np.signbit(values),
                case,
                advice="Read the sign from the bits, and give the class `__array_ufunc__`.",
            )


@check("backend")
def check_parts_and_fields(backend: Backend, _: Backend) -> None:
    """``real`` and ``imag`` of a complex array, and fields of a structured one, are its parts.

    Only if the backend holds such dtypes. Source: ``NDBuffer.all_equal`` of the reference classes
    compares part by part.
    """
    pair = np.dtype([("first", "<i4"), ("second", "<f4")])
    dtypes: tuple[Any, ...] = ("c8", "c16", pair)
    advice = "Give `real`, `imag` and fields as arrays of the part's dtype."
    for dtype in held(backend, dtypes):
        operations: tuple[tuple[str, Callable[[Any], Any]], ...]
        if dtype.names is None:
            operations = (
                ("array.real", lambda array: array.real),
                ("array.imag", lambda array: array.imag),
            )
        else:
            operations = (
                ("array['first']", lambda array: array["first"]),
                ("array['second']", lambda array: array["second"]),
            )
        for text, operation in operations:
            assert_like_numpy(backend, grid(dtype), text, operation, advice=advice)
