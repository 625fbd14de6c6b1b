"""Checks of operations that share memory: slices, reshape, transpose, view, ravel."""

from __future__ import annotations

import numpy as np

from zarr_devbuf.checks._inputs import grid
from zarr_devbuf.checks.backend.harness import (
    INTEGERS,
    BackendHarness,
    Operation,
    backend_check,
)


@backend_check(severity="stored wrong", advice="Let basic indexing return a view of the memory.")
def check_slices(harness: BackendHarness) -> None:
    """Basic indexing gives a view: slices with any step, integers with ``...``, new axes.

    Zarr writes chunks into slices of the result: what is written to a copy is lost. A single
    element, ``array[1, 2, ...]``, is a 0-dimensional view. Source: `ReferenceNDBuffer`, and
    ``Buffer.__getitem__`` in zarr.abc.buffer.
    """
    slices: tuple[Operation, ...] = (
        ("array[...]", lambda array: array[...]),
        ("array[1:]", lambda array: array[1:]),
        ("array[1:2, 1:3]", lambda array: array[1:2, 1:3]),
        ("array[::2, 1::2]", lambda array: array[::2, 1::2]),
        ("array[::-1, ::-1]", lambda array: array[::-1, ::-1]),
        ("array[1]", lambda array: array[1]),
        ("array[-1, ..., None]", lambda array: array[-1, ..., None]),
        ("array[1, 2, ...]", lambda array: array[1, 2, ...]),
        ("array[5:]", lambda array: array[5:]),
    )
    for dtype in harness.held(*INTEGERS):
        harness.assert_views(slices, grid(dtype))


@backend_check(
    severity="stored wrong",
    advice="Let `reshape` of a contiguous array return a view, also to no dimensions, and of no "
    "elements.",
)
def check_reshape(harness: BackendHarness) -> None:
    """``reshape`` of a contiguous array gives a view, with any shape of the same size.

    Zarr reshapes the bytes of a chunk to the shape of the chunk. Source: ``NDBuffer.reshape``.
    """
    shapes: tuple[Operation, ...] = (
        ("array.reshape((4, 3))", lambda array: array.reshape((4, 3))),
        ("array.reshape(-1)", lambda array: array.reshape(-1)),
        ("array.reshape((2, -1, 3))", lambda array: array.reshape((2, -1, 3))),
        ("array.reshape((3, 1, 4))", lambda array: array.reshape((3, 1, 4))),
    )
    for dtype in harness.held(*INTEGERS):
        harness.assert_views(shapes, grid(dtype))
        harness.assert_views([("array.reshape(())", lambda a: a.reshape(()))], grid(dtype, (1,)))
        none: Operation = ("array.reshape((3, 0))", lambda array: array.reshape((3, 0)))
        harness.assert_views([none], grid(dtype, (0, 2)))


@backend_check(
    severity="stored wrong",
    advice="Follow `order` in `reshape` and `ravel`: 'C' runs along the last axis first, 'F' along "
    "the first.",
)
def check_reshape_order(harness: BackendHarness) -> None:
    """``reshape`` and ``ravel`` take the elements in the order that ``order=`` says.

    Source: zarr's ``NDArrayLike``, whose methods have this parameter.
    """
    operations: tuple[Operation, ...] = (
        ("array.reshape((4, 3), order='C')", lambda array: array.reshape((4, 3), order="C")),
        ("array.reshape((4, 3), order='F')", lambda array: array.reshape((4, 3), order="F")),
        ("array.ravel(order='C')", lambda array: array.ravel(order="C")),
        ("array.ravel(order='F')", lambda array: array.ravel(order="F")),
        ("array.T.ravel(order='C')", lambda array: array.T.ravel(order="C")),
        ("array.T.reshape((2, 6), order='F')", lambda array: array.T.reshape((2, 6), order="F")),
    )
    for dtype in harness.held(*INTEGERS):
        for text, operation in operations:
            harness.assert_like_numpy(grid(dtype), text, operation)


@backend_check(
    severity="stored wrong",
    advice="Let `transpose` and `T` return a view: exchange the strides.",
)
def check_transpose(harness: BackendHarness) -> None:
    """``transpose`` and ``T`` give views, with the axes in any order.

    Zarr's transpose codec makes no copy. Source: ``NDBuffer.transpose`` in zarr.abc.buffer.
    """
    two: tuple[Operation, ...] = (
        ("array.transpose()", lambda array: array.transpose()),
        ("array.transpose((1, 0))", lambda array: array.transpose((1, 0))),
        ("array.T", lambda array: array.T),
    )
    three: tuple[Operation, ...] = (
        ("array.transpose((1, 2, 0))", lambda array: array.transpose((1, 2, 0))),
        ("array.transpose([2, 0, 1])", lambda array: array.transpose([2, 0, 1])),
    )
    for dtype in harness.held(*INTEGERS):
        harness.assert_views(two, grid(dtype))
        harness.assert_views(three, grid(dtype, (2, 3, 4)))


@backend_check(
    severity="stored wrong",
    advice="Let `view(dtype)` reinterpret the memory of a contiguous array, and copy nothing.",
)
def check_view_dtype(harness: BackendHarness) -> None:
    """``view(dtype)`` reads the same memory as another dtype, the last axis longer or shorter.

    Zarr's bytes codec views a chunk as bytes, and bytes as a chunk. Source: zarr's ``NDArrayLike``
    and ``BytesCodec``, which calls ``view(dtype=…)``.
    """
    byte = np.dtype("u1")
    as_bytes: tuple[Operation, ...] = (
        ("array.view('u1')", lambda array: array.view("u1")),
        ("array.view(dtype='B')", lambda array: array.view(dtype="B")),
        ("array.view(dtype('uint8'))", lambda array: array.view(byte)),
    )
    for dtype in harness.held(*INTEGERS):
        harness.assert_views(as_bytes, grid(dtype))
        as_dtype: Operation = (
            f"array.view(dtype={dtype.str!r})",
            lambda array, dtype=dtype: array.view(dtype=dtype),  # type: ignore[misc]
        )
        # A whole number of elements of any of the dtypes.
        for shape in ((16,), (0,)):
            harness.assert_views([as_dtype], grid("u1", shape))


@backend_check(
    severity="stored wrong",
    advice="Let `ravel` return a view if the array is C-contiguous, and the elements in C order.",
)
def check_ravel(harness: BackendHarness) -> None:
    """``ravel`` of a contiguous array gives a one-dimensional view; of any other, a copy.

    Zarr's bytes codec flattens each chunk by it. Source: zarr's ``NDArrayLike`` and ``BytesCodec``.
    """
    flat: Operation = ("array.ravel()", lambda array: array.ravel())
    others: tuple[Operation, ...] = (
        ("array.transpose().ravel()", lambda array: array.transpose().ravel()),
        ("array[:, ::2].ravel()", lambda array: array[:, ::2].ravel()),
        ("array[:0].ravel()", lambda array: array[:0].ravel()),
    )
    for dtype in harness.held(*INTEGERS):
        harness.assert_views([flat], grid(dtype))
        harness.assert_views([flat], grid(dtype, ()))
        for text, operation in others:
            harness.assert_like_numpy(grid(dtype), text, operation)
