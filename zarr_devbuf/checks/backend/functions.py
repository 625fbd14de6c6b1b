"""Checks of the functions and operators that the reference classes use."""

from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.checks._inputs import grid
from zarr_devbuf.checks.backend.harness import (
    FLOATS,
    INTEGERS,
    NUMBERS,
    BackendHarness,
    Operation,
    backend_check,
)
from zarr_devbuf.checks.errors import during


@backend_check(
    severity="read wrong",
    advice="Let `xp.concatenate` copy every array, in the order given, into new memory.",
)
def check_concatenate(harness: BackendHarness) -> None:
    """``xp.concatenate`` joins arrays along the first axis, in new memory, also a single one.

    Source: ``Buffer.combine`` of the reference classes.
    """
    for dtype in harness.held(*INTEGERS):
        parts = [grid(dtype, (4,)), grid(dtype, (0,)), grid(dtype, (3,))[::-1]]
        for hosts in (parts, parts[:1], parts[1:2]):
            arrays = [harness.array(host) for host in hosts]
            lengths = [len(host) for host in hosts]
            with during(f"xp.concatenate of {dtype}, lengths {lengths}") as case:
                found = harness.xp.concatenate(arrays)
            harness.assert_array(found, np.concatenate(hosts), case)
            if found.size:
                harness.assert_own_memory(arrays[0], found, case)


@backend_check(
    severity="read wrong",
    advice="Write the bits of the scalar in `xp.copyto`, through the strides.",
)
def check_copyto(harness: BackendHarness) -> None:
    """``xp.copyto(view, scalar, casting="unsafe")`` writes the scalar, with the sign of -0.0.

    Source: ``NDBuffer.__setitem__`` and ``fill`` of the reference classes write -0.0 by it.
    """
    for dtype in harness.held(*FLOATS):
        for value in (-0.0, 1.5, float("nan")):
            values = grid(dtype)
            array = harness.array(values)
            what = f"xp.copyto(array[1:, ::2], {value}, casting='unsafe'), array of {dtype}"
            with harness.calling(what) as case:
                harness.xp.copyto(array[1:, ::2], value, casting="unsafe")
            values[1:, ::2] = value
            harness.assert_array(array, values, case)


@backend_check(
    severity="read wrong",
    advice="Return arrays of `array_type` from `xp.broadcast_arrays`.",
)
def check_broadcast_arrays(harness: BackendHarness) -> None:
    """``xp.broadcast_arrays`` gives the backend's arrays, each of the common shape.

    Source: ``NDBuffer.all_equal`` of the reference classes.
    """
    for dtype in harness.held(*INTEGERS):
        for shapes in (((3, 4), (4,)), ((3, 4), ()), ((3, 1), (1, 4))):
            hosts = [grid(dtype, shape) for shape in shapes]
            with during(f"xp.broadcast_arrays of {dtype}, shapes {shapes}") as case:
                found = harness.xp.broadcast_arrays(*(harness.array(host) for host in hosts))
                found = tuple(found)
            for each, expected in zip(found, np.broadcast_arrays(*hosts), strict=True):
                harness.assert_array(each, expected, case)


@backend_check(
    severity="read wrong",
    advice="Compare element by element on the device, and return an array of bool.",
)
def check_comparisons(harness: BackendHarness) -> None:
    """``==``, ``!=``, ``&`` and ``|`` work element by element, and NaN is not equal to itself.

    Results are arrays of bool: with an array or a scalar, on the device. Source: zarr's
    ``NDArrayLike``, ``NDBuffer.all_equal`` of the reference classes.
    """
    comparisons: tuple[Operation, ...] = (
        ("array == array", lambda array: array == array),  # noqa: PLR0124
        ("array != array", lambda array: array != array),  # noqa: PLR0124
        ("array == 5", lambda array: array == 5),
        ("(array == 5) | (array == 7)", lambda array: (array == 5) | (array == 7)),
        ("(array != 5) & (array != 7)", lambda array: (array != 5) & (array != 7)),
    )
    for dtype in harness.held(*NUMBERS):
        values = grid(dtype)
        if dtype.kind == "f":
            values[1, 2] = np.nan
        for text, operation in comparisons:
            harness.assert_like_numpy(values, text, operation)


@backend_check(
    severity="read wrong",
    advice="Let `all` look at every element; of no elements it is True.",
)
def check_all(harness: BackendHarness) -> None:
    """``bool(array.all())`` is True if and only if every element is true.

    Source: zarr's ``NDArrayLike``; ``all_equal`` and ``==`` of the reference classes ask it.
    """
    for dtype in harness.held(*NUMBERS):
        one_zero = grid(dtype)
        one_zero[2, 3] = 0
        for host, view in ((grid(dtype), "all"), (one_zero, "one 0"), (grid(dtype)[:0], "empty")):
            array = harness.array(host)
            with harness.calling(f"bool(array.all()), {dtype}, {host.shape}, {view}") as case:
                found = bool(array.all())
            harness.assert_answer(found, bool(host.all()), case)


@backend_check(
    severity="read wrong",
    advice="Read the sign from the bits, and give the class `__array_ufunc__`.",
)
def check_signbit(harness: BackendHarness) -> None:
    """``xp.signbit`` and ``numpy.signbit`` tell -0.0 from 0.0, on the device.

    Source: ``NDBuffer.all_equal`` of the reference classes, in which -0.0 is not 0.0.
    """
    for dtype in harness.held(*FLOATS):
        values = np.array([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf], dtype)
        namespaces: tuple[tuple[str, Any], ...] = (("xp", harness.xp), ("numpy", np))
        for name, namespace in namespaces:
            array = harness.array(values)
            with during(f"{name}.signbit of {dtype}") as case:
                found = namespace.signbit(array)
            harness.assert_array(found, np.signbit(values), case)


@backend_check(
    severity="read wrong",
    advice="Give `real`, `imag` and fields as arrays of the part's dtype.",
)
def check_parts_and_fields(harness: BackendHarness) -> None:
    """``real`` and ``imag`` of a complex array, and fields of a structured one, are its parts.

    Only if the backend holds such dtypes. Source: ``NDBuffer.all_equal`` of the reference classes
    compares part by part.
    """
    parts: tuple[Operation, ...] = (
        ("array.real", lambda array: array.real),
        ("array.imag", lambda array: array.imag),
    )
    fields: tuple[Operation, ...] = (
        ("array['first']", lambda array: array["first"]),
        ("array['second']", lambda array: array["second"]),
    )
    pair = np.dtype([("first", "<i4"), ("second", "<f4")])
    for dtype in harness.held("c8", "c16", pair):
        for text, operation in parts if dtype.names is None else fields:
            harness.assert_like_numpy(grid(dtype), text, operation)
