"""Checks of writing into arrays: arrays, scalars, broadcasts, strided and 0-dimensional targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks._harness import on_device
from zarr_devbuf.checks.backend.harness import NUMBERS, assert_like_numpy, grid, held
from zarr_devbuf.checks.registry import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zarr_devbuf.backend import Backend


def _assert_assigned(
    backend: Backend,
    cases: Iterable[tuple[str, Callable[[Any], Any], tuple[int, ...] | None]],
    advice: str,
    shape: tuple[int, ...] = (3, 4),
) -> None:
    """
    Assert that after ``target[...] = value`` the whole array is what NumPy gives.

    A case is the text of the target, what takes it from the array, and the shape of the value; None
    stands for a scalar.
    """
    for dtype in held(backend, NUMBERS):
        for text, target, value_shape in cases:
            if value_shape is None:
                host, value, name = np.asarray(200, dtype), 200, "200"
            else:
                host = grid(dtype, value_shape) + np.asarray(100, dtype)
                value = on_device(backend, host)
                name = f"value of shape {value_shape}"

            def assign(
                array: Any, target: Any = target, host: Any = host, value: Any = value
            ) -> None:
                target(array)[...] = host if type(array) is np.ndarray else value

            values = grid(dtype, shape)
            text = f"{text}[...] = {name}"
            # The operation is applied to a plain NumPy array for what is expected.
            if backend.array_type is np.ndarray and not isinstance(value, int):
                value = host
            assert_like_numpy(backend, values, text, assign, advice=advice)


@check("backend")
def check_assignment(backend: Backend, _: Backend) -> None:
    """``array[...] = values`` writes an array of the backend into the whole, or into a part.

    Zarr writes each chunk into its part of the result. Source: zarr's ``NDArrayLike``.
    """
    _assert_assigned(
        backend,
        (
            ("array", lambda array: array, (3, 4)),
            ("array[1:]", lambda array: array[1:], (2, 4)),
            ("array[1]", lambda array: array[1], (4,)),
            ("array[:0]", lambda array: array[:0], (0, 4)),
        ),
        "Copy the values into the memory of the array that is assigned to.",
    )


@check("backend")
def check_scalar_assignment(backend: Backend, _: Backend) -> None:
    """``array[...] = 200`` sets every element of the whole, or of a part, and no other.

    Zarr sets chunks to the fill value so. The sign of -0.0 may be lost, as it is with CuPy: the
    reference classes use ``xp.copyto`` for it. Source: zarr's ``NDArrayLike``.
    """
    _assert_assigned(
        backend,
        (
            ("array", lambda array: array, None),
            ("array[1:, 1:3]", lambda array: array[1:, 1:3], None),
            ("array[1, 2, ...]", lambda array: array[1, 2, ...], None),
            ("array[:0]", lambda array: array[:0], None),
        ),
        "Set each element of the target to the scalar, converted to the dtype of the array.",
    )


@check("backend")
def check_broadcast_assignment(backend: Backend, _: Backend) -> None:
    """``array[...] = values`` broadcasts values of a smaller shape.

    Source: NumPy's rules, which zarr's ``NDArrayLike`` follows.
    """
    _assert_assigned(
        backend,
        (
            ("array", lambda array: array, (4,)),
            ("array", lambda array: array, (3, 1)),
            ("array[:, 1:3]", lambda array: array[:, 1:3], (1, 2)),
            ("array", lambda array: array, ()),
        ),
        "Broadcast the values to the shape of the target before they are copied.",
    )


@check("backend")
def check_strided_assignment(backend: Backend, _: Backend) -> None:
    """An assignment to a strided, reversed or transposed view changes the array behind it.

    Zarr writes a selection with steps, and F-ordered chunks, in this way. Source: views share the
    memory of their array.
    """
    _assert_assigned(
        backend,
        (
            ("array[::2, 1::2]", lambda array: array[::2, 1::2], (2, 2)),
            ("array[:, 1:3]", lambda array: array[:, 1:3], (3, 2)),
            ("array[::-1]", lambda array: array[::-1], (3, 4)),
            ("array.transpose()", lambda array: array.transpose(), (4, 3)),
            ("array.transpose()[1::2]", lambda array: array.transpose()[1::2], (2, 3)),
            ("array[::2, ::-1]", lambda array: array[::2, ::-1], None),
        ),
        "Write through the strides of the target; fill no temporary copy.",
    )


@check("backend")
def check_zero_dimensional_assignment(backend: Backend, _: Backend) -> None:
    """A 0-dimensional array, and a 0-dimensional view, can be assigned to.

    Zarr arrays without dimensions have one chunk of one element. Source: zarr's ``NDArrayLike``.
    """
    advice = "Allow `array[()] = value` and `array[...] = value` without dimensions."
    whole: tuple[tuple[str, Callable[[Any], Any], tuple[int, ...] | None], ...] = (
        ("array", lambda array: array, ()),
        ("array", lambda array: array, None),
    )
    _assert_assigned(backend, whole, advice, shape=())
    element = ("array[1, 2, ...]", lambda array: array[1, 2, ...], ())
    _assert_assigned(backend, [element], advice)


@check("backend")
def check_fill(backend: Backend, _: Backend) -> None:
    """``fill`` sets every element of an array, strided or not, to a scalar, in place.

    Source: zarr's ``NDArrayLike``, ``NDBuffer.fill``.
    """
    operations: tuple[tuple[str, Callable[[Any], Any]], ...] = (
        ("array.fill(7)", lambda array: array.fill(7)),
        ("array[::2, 1::2].fill(7)", lambda array: array[::2, 1::2].fill(7)),
        ("array.transpose()[1:].fill(0)", lambda array: array.transpose()[1:].fill(0)),
        ("array[:0].fill(7)", lambda array: array[:0].fill(7)),
    )
    for dtype in held(backend, NUMBERS):
        for text, operation in operations:
            assert_like_numpy(
                backend,
                grid(dtype),
                text,
                operation,
                advice="Fill through the strides of the array, and nothing beyond it.",
            )
