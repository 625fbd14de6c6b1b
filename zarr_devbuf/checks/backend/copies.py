"""Checks of operations that copy: copy, astype, indexing by arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks._assertions import assert_own_memory
from zarr_devbuf.checks._harness import on_device
from zarr_devbuf.checks.backend.harness import (
    INTEGERS,
    NUMBERS,
    assert_array,
    assert_like_numpy,
    assert_order,
    grid,
    held,
)
from zarr_devbuf.checks.errors import during
from zarr_devbuf.checks.registry import check
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr_devbuf.backend import Backend


@check("backend")
def check_copy(backend: Backend, _: Backend) -> None:
    """``copy`` gives the values in memory of its own, from any layout.

    Source: zarr's ``ArrayLike`` and ``NDArrayLike``.
    """
    advice = "Allocate new memory in `copy`, and copy every element."
    operations: tuple[tuple[str, Callable[[Any], Any]], ...] = (
        ("array.copy()", lambda array: array.copy()),
        ("array.transpose().copy()", lambda array: array.transpose().copy()),
        ("array[::-1, 1::2].copy()", lambda array: array[::-1, 1::2].copy()),
        ("array[:0].copy()", lambda array: array[:0].copy()),
        ("array[1, 2, ...].copy()", lambda array: array[1, 2, ...].copy()),
    )
    for dtype in held(backend, INTEGERS):
        for text, operation in operations:
            source, found = assert_like_numpy(backend, grid(dtype), text, operation, advice=advice)
            if found.size:
                case = f"`{text}` and the array of {dtype}"
                assert_own_memory(backend, source, found, case=case, advice=advice)


@check("backend")
def check_astype(backend: Backend, _: Backend) -> None:
    """``astype`` converts the values, in memory of its own, also to the dtype that it has already.

    Source: zarr's ``NDArrayLike`` and ``NDBuffer.astype``; NumPy's conversion of each value.
    """
    advice = "Convert in `astype` as NumPy does, into new memory unless `copy=False`."
    dtypes = held(backend, NUMBERS)
    for dtype in dtypes:
        for target in dtypes:
            text = f"array.astype({target.name!r})"
            source, found = assert_like_numpy(
                backend,
                grid(dtype),
                text,
                lambda array, target=target: array.astype(target),  # type: ignore[misc]
                advice=advice,
            )
            if dtype == target and dtype.kind in "iu":
                case = f"`{text}` and the array of {dtype}"
                assert_own_memory(backend, source, found, case=case, advice=advice)


@check("backend")
def check_copy_order(backend: Backend, _: Backend) -> None:
    """``copy`` and ``astype`` lay memory out as ``order=`` says; 'K' keeps the order there is.

    Codecs write out the memory as it lies. Source: ``order`` of zarr's ``NDArrayLike.astype``.
    """
    advice = "Follow `order` in `copy` and `astype`."
    for dtype in held(backend, INTEGERS):
        values = grid(dtype)
        array = on_device(backend, values)
        for source, host, name in (
            (array, values, "array"),
            (array.transpose(), values.transpose(), "array.transpose()"),
        ):
            kept = "C" if name == "array" else "F"
            for order, wanted in (("C", "C"), ("F", "F"), ("K", kept)):
                case = f"`{name}.astype(…, order={order!r})` of {dtype}, shape {host.shape}"
                with during(case):
                    found = source.astype(dtype=dtype, order=order)
                assert_array(backend, found, host, case, advice=advice)
                assert_order(found, wanted, case, advice=advice)
                if order == "K":
                    continue
                case = f"`{name}.copy(order={order!r})` of {dtype}, shape {host.shape}"
                with during(case):
                    found = source.copy(order=order)
                assert_array(backend, found, host, case, advice=advice)
                assert_order(found, wanted, case, advice=advice)


@check("backend")
def check_fancy_indexing(backend: Backend, _: Backend) -> None:
    """Indexing by lists and by boolean arrays gives a copy of these elements.

    Zarr's orthogonal and mask selections index chunks so. Source: `ReferenceNDBuffer`: fancy
    indexing gives new memory on the same device.
    """
    advice = "Copy the elements that are selected into new memory."
    mask = np.array([True, False, True])
    operations: tuple[tuple[str, Callable[[Any], Any]], ...] = (
        ("array[[2, 0]]", lambda array: array[[2, 0]]),
        ("array[[0, 2], [1, 3]]", lambda array: array[[0, 2], [1, 3]]),
        ("array[:, [3, 3, 0]]", lambda array: array[:, [3, 3, 0]]),
        ("array[mask]", lambda array: array[mask]),
    )
    for dtype in held(backend, INTEGERS):
        for text, operation in operations:
            source, found = assert_like_numpy(backend, grid(dtype), text, operation, advice=advice)
            case = f"`{text}` and the array of {dtype}"
            with unrecorded_transfers():
                assert_own_memory(backend, source, found, case=case, advice=advice)
