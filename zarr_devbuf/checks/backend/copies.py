"""Checks of operations that copy: copy, astype, indexing by arrays."""

from __future__ import annotations

from functools import partial

import numpy as np

from zarr_devbuf.checks._inputs import CONSTANTS, grid
from zarr_devbuf.checks.backend.harness import (
    INTEGERS,
    NUMBERS,
    BackendHarness,
    Operation,
    backend_check,
)
from zarr_devbuf.checks.errors import during


@backend_check(
    severity="stored wrong", advice="Allocate new memory in `copy`, and copy every element."
)
def check_copy(harness: BackendHarness) -> None:
    """``copy`` gives the values in memory of its own, from any layout, each element of its own.

    Source: zarr's ``ArrayLike`` and ``NDArrayLike``.
    """
    copies: tuple[Operation, ...] = (
        ("array.copy()", lambda array: array.copy()),
        ("array.transpose().copy()", lambda array: array.transpose().copy()),
        ("array[::-1, 1::2].copy()", lambda array: array[::-1, 1::2].copy()),
        ("array[:0].copy()", lambda array: array[:0].copy()),
        ("array[1, 2, ...].copy()", lambda array: array[1, 2, ...].copy()),
    )
    for dtype in harness.held(*INTEGERS):
        harness.assert_copies(copies, grid(dtype))
    for constant in CONSTANTS:
        if harness.holds(constant.dtype):
            harness.assert_elements_apart(harness.array(constant).copy(), constant, "array.copy()")


@backend_check(
    severity="stored wrong",
    advice="Convert in `astype` as NumPy does, into new memory unless `copy=False`.",
)
def check_astype(harness: BackendHarness) -> None:
    """``astype`` converts the values, in memory of its own, also to the dtype that it has already.

    Source: zarr's ``NDArrayLike`` and ``NDBuffer.astype``; NumPy's conversion of each value.
    """
    dtypes = harness.held(*NUMBERS)
    for dtype in dtypes:
        for target in dtypes:
            text = f"array.astype({target.name!r})"
            source, found = harness.assert_like_numpy(
                grid(dtype),
                text,
                lambda array, target=target: array.astype(target),  # type: ignore[misc]
            )
            if dtype == target and dtype.kind in "iu":
                harness.assert_own_memory(source, found, f"`{text}` and the array of {dtype}")


@backend_check(severity="stored wrong", advice="Follow `order` in `copy` and `astype`.")
def check_copy_order(harness: BackendHarness) -> None:
    """``copy`` and ``astype`` lay memory out as ``order=`` says; 'K' keeps the order there is.

    Codecs write out the memory as it lies. Source: ``order`` of zarr's ``NDArrayLike.astype``.
    """
    for dtype in harness.held(*INTEGERS):
        values = grid(dtype)
        array = harness.array(values)
        for source, host, name in (
            (array, values, "array"),
            (array.transpose(), values.transpose(), "array.transpose()"),
        ):
            kept = "C" if name == "array" else "F"
            astype = partial(source.astype, dtype=dtype)
            for method, call, order, wanted in (
                *(("astype", astype, each, each) for each in "CF"),
                *(("copy", source.copy, each, each) for each in "CF"),
                ("astype", astype, "K", kept),
            ):
                what = f"`{name}.{method}(order={order!r})` of {dtype}, shape {host.shape}"
                with during(what) as case:
                    found = call(order=order)
                harness.assert_array(found, host, case)
                harness.assert_order(found, wanted, case)


@backend_check(
    severity="stored wrong", advice="Copy the elements that are selected into new memory."
)
def check_fancy_indexing(harness: BackendHarness) -> None:
    """Indexing by lists and by boolean arrays gives a copy of these elements.

    Zarr's orthogonal and mask selections index chunks so. Source: `ReferenceNDBuffer`: fancy
    indexing gives new memory on the same device.
    """
    mask = np.array([True, False, True])
    selections: tuple[Operation, ...] = (
        ("array[[2, 0]]", lambda array: array[[2, 0]]),
        ("array[[0, 2], [1, 3]]", lambda array: array[[0, 2], [1, 3]]),
        ("array[:, [3, 3, 0]]", lambda array: array[:, [3, 3, 0]]),
        ("array[mask]", lambda array: array[mask]),
    )
    for dtype in harness.held(*INTEGERS):
        harness.assert_copies(selections, grid(dtype))
