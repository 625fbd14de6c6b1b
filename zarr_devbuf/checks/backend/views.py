"""Checks of operations that share memory: slices, reshape, transpose, view, ravel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks._assertions import assert_shared_memory
from zarr_devbuf.checks.backend.harness import INTEGERS, assert_like_numpy, grid, held
from zarr_devbuf.checks.registry import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zarr_devbuf.backend import Backend

type _Operation = tuple[str, Callable[[Any], Any]]


def _assert_views(
    backend: Backend,
    operations: Iterable[_Operation],
    advice: str,
    *,
    dtypes: tuple[str, ...] = INTEGERS,
    shape: tuple[int, ...] = (3, 4),
    share: bool = True,
) -> None:
    """Assert that each operation gives NumPy's values, in the memory of the array."""
    for dtype in held(backend, dtypes):
        values = grid(dtype, shape)
        for text, operation in operations:
            source, found = assert_like_numpy(backend, values, text, operation, advice=advice)
            if share and found.size:
                case = f"`{text}` and the array of {dtype}, shape {shape}"
                assert_shared_memory(backend, source, found, case=case, advice=advice)


@check("backend")
def check_slices(backend: Backend, _: Backend) -> None:
    """Basic indexing gives a view: slices with any step, integers with ``...``, new axes.

    Zarr writes chunks into slices of the result: what is written to a copy is lost. A single
    element, ``array[1, 2, ...]``, is a 0-dimensional view. Source: `ReferenceNDBuffer`, and
    ``Buffer.__getitem__`` in zarr.abc.buffer.
    """
    _assert_views(
        backend,
        (
            ("array[...]", lambda array: array[...]),
            ("array[1:]", lambda array: array[1:]),
            ("array[1:2, 1:3]", lambda array: array[1:2, 1:3]),
            ("array[::2, 1::2]", lambda array: array[::2, 1::2]),
            ("array[::-1, ::-1]", lambda array: array[::-1, ::-1]),
            ("array[1]", lambda array: array[1]),
            ("array[-1, ..., None]", lambda array: array[-1, ..., None]),
            ("array[1, 2, ...]", lambda array: array[1, 2, ...]),
            ("array[5:]", lambda array: array[5:]),
        ),
        "Let basic indexing return a view of the memory.",
    )


@check("backend")
def check_reshape(backend: Backend, _: Backend) -> None:
    """``reshape`` of a contiguous array gives a view, with any shape of the same size.

    Zarr reshapes the bytes of a chunk to the shape of the chunk. Source: ``NDBuffer.reshape``.
    """
    _assert_views(
        backend,
        (
            ("array.reshape((4, 3))", lambda array: array.reshape((4, 3))),
            ("array.reshape(-1)", lambda array: array.reshape(-1)),
            ("array.reshape((2, -1, 3))", lambda array: array.reshape((2, -1, 3))),
            ("array.reshape((3, 1, 4))", lambda array: array.reshape((3, 1, 4))),
        ),
        "Let `reshape` return a view if the array is contiguous.",
    )
    advice = "Let `reshape` to no dimensions, and of no elements, return a view as well."
    _assert_views(backend, [("array.reshape(())", lambda a: a.reshape(()))], advice, shape=(1,))
    _assert_views(
        backend, [("array.reshape((3, 0))", lambda a: a.reshape((3, 0)))], advice, shape=(0, 2)
    )


@check("backend")
def check_reshape_order(backend: Backend, _: Backend) -> None:
    """``reshape`` and ``ravel`` take the elements in the order that ``order=`` says.

    Source: zarr's ``NDArrayLike``, whose methods have this parameter.
    """
    _assert_views(
        backend,
        (
            ("array.reshape((4, 3), order='C')", lambda array: array.reshape((4, 3), order="C")),
            ("array.reshape((4, 3), order='F')", lambda array: array.reshape((4, 3), order="F")),
            ("array.ravel(order='C')", lambda array: array.ravel(order="C")),
            ("array.ravel(order='F')", lambda array: array.ravel(order="F")),
            (
                "array.transpose().ravel(order='C')",
                lambda array: array.transpose().ravel(order="C"),
            ),
            (
                "array.transpose().reshape((2, 6), order='F')",
                lambda array: array.transpose().reshape((2, 6), order="F"),
            ),
        ),
        "Follow `order` in `reshape` and `ravel`: 'C' runs along the last axis first, 'F' along "
        "the first.",
        share=False,
    )


@check("backend")
def check_transpose(backend: Backend, _: Backend) -> None:
    """``transpose`` and ``T`` give views, with the axes in any order.

    Zarr's transpose codec makes no copy. Source: ``NDBuffer.transpose`` in zarr.abc.buffer.
    """
    advice = "Let `transpose` and `T` return a view: exchange the strides."
    _assert_views(
        backend,
        (
            ("array.transpose()", lambda array: array.transpose()),
            ("array.transpose((1, 0))", lambda array: array.transpose((1, 0))),
            ("array.T", lambda array: array.T),
        ),
        advice,
    )
    _assert_views(
        backend,
        (
            ("array.transpose((1, 2, 0))", lambda array: array.transpose((1, 2, 0))),
            ("array.transpose([2, 0, 1])", lambda array: array.transpose([2, 0, 1])),
        ),
        advice,
        shape=(2, 3, 4),
    )


@check("backend")
def check_view_dtype(backend: Backend, _: Backend) -> None:
    """``view(dtype)`` reads the same memory as another dtype, the last axis longer or shorter.

    Zarr's bytes codec views a chunk as bytes, and bytes as a chunk. Source: zarr's ``NDArrayLike``
    and ``BytesCodec``, which calls ``view(dtype=…)``.
    """
    advice = "Let `view(dtype)` reinterpret the memory of a contiguous array, and copy nothing."
    byte = np.dtype("u1")
    for dtype in held(backend, INTEGERS):
        _assert_views(
            backend,
            (
                ("array.view('u1')", lambda array: array.view("u1")),
                ("array.view(dtype='B')", lambda array: array.view(dtype="B")),
                ("array.view(dtype('uint8'))", lambda array: array.view(byte)),
            ),
            advice,
            dtypes=(dtype.str,),
        )
        # A whole number of elements of any of the dtypes.
        as_dtype: _Operation = (
            f"array.view(dtype={dtype.str!r})",
            lambda array, dtype=dtype: array.view(dtype=dtype),  # type: ignore[misc]
        )
        _assert_views(backend, [as_dtype], advice, dtypes=("u1",), shape=(16,))
        _assert_views(backend, [as_dtype], advice, dtypes=("u1",), shape=(0,))


@check("backend")
def check_ravel(backend: Backend, _: Backend) -> None:
    """``ravel`` of a contiguous array gives a one-dimensional view; of any other, a copy.

    Zarr's bytes codec flattens each chunk by it. Source: zarr's ``NDArrayLike`` and ``BytesCodec``.
    """
    advice = "Let `ravel` return a view if the array is C-contiguous, and the elements in C order."
    flat: _Operation = ("array.ravel()", lambda array: array.ravel())
    _assert_views(backend, [flat], advice)
    _assert_views(backend, [flat], advice, shape=())
    _assert_views(
        backend,
        (
            ("array.transpose().ravel()", lambda array: array.transpose().ravel()),
            ("array[:, ::2].ravel()", lambda array: array[:, ::2].ravel()),
            ("array[:0].ravel()", lambda array: array[:0].ravel()),
        ),
        advice,
        share=False,
    )
