"""Checks of writing into arrays: arrays, scalars, broadcasts, strided and 0-dimensional targets."""

from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.checks._inputs import grid, show_key
from zarr_devbuf.checks.backend.harness import (
    NUMBERS,
    BackendHarness,
    Operation,
    backend_check,
)

_TRANSPOSED = "array.transpose()"
_WITHOUT_DIMENSIONS = "0-d array"


def _assert_assigned(
    harness: BackendHarness, text: str, key: Any, value_shape: tuple[int, ...] | None
) -> None:
    """
    Assert that after an assignment to a part of an array the whole of it is what NumPy gives.

    It is tried as ``array[key] = value`` and as ``array[key][...] = value``.

    Parameters
    ----------
    text : str
        The array or view that is assigned to.
    key : object
        Which part of it.
    value_shape : tuple of int or None
        Of the value; None for a scalar.
    """
    for dtype in harness.held(*NUMBERS):
        host: Any = 200
        if value_shape is not None:
            host = (grid(dtype, value_shape) + 100).astype(dtype)
        for last in ("", "[...]"):
            value = host if value_shape is None else harness.array(host)
            expected = grid(dtype, () if text == _WITHOUT_DIMENSIONS else (3, 4))
            array = harness.array(expected)
            what = "200" if value_shape is None else f"value of shape {value_shape}"
            _assign(expected, text, key, last, host)
            with harness.calling(f"`{text}[{show_key(key)}]{last} = {what}` of {dtype}") as case:
                _assign(array, text, key, last, value)
            harness.assert_array(array, expected, case)


def _assign(array: Any, text: str, key: Any, last: str, value: Any) -> None:
    target = array.transpose() if text == _TRANSPOSED else array
    if last:
        target[key][...] = value
    else:
        target[key] = value


@backend_check(
    severity="stored wrong",
    advice="Copy the values into the memory of the array that is assigned to.",
    cases=((..., (3, 4)), (np.s_[1:], (2, 4)), (1, (4,)), (np.s_[:0], (0, 4))),
)
def check_assignment(harness: BackendHarness, key: Any, shape: tuple[int, ...]) -> None:
    """``array[...] = values`` writes an array of the backend into the whole, or into a part.

    Zarr writes each chunk into its part of the result. Source: zarr's ``NDArrayLike``.
    """
    _assert_assigned(harness, "array", key, shape)


@backend_check(
    severity="stored wrong",
    advice="Set each element of the target to the scalar, converted to the dtype of the array.",
    cases=((...,), (np.s_[1:, 1:3],), (np.s_[1, 2, ...],), (np.s_[:0],)),
)
def check_scalar_assignment(harness: BackendHarness, key: Any) -> None:
    """``array[...] = 200`` sets every element of the whole, or of a part, and no other.

    Zarr sets chunks to the fill value so. The sign of -0.0 may be lost, as it is with CuPy: the
    reference classes use ``xp.copyto`` for it. Source: zarr's ``NDArrayLike``.
    """
    _assert_assigned(harness, "array", key, None)


@backend_check(
    severity="stored wrong",
    advice="Broadcast the values to the shape of the target before they are copied.",
    cases=((..., (4,)), (..., (3, 1)), (np.s_[:, 1:3], (1, 2)), (..., ())),
)
def check_broadcast_assignment(harness: BackendHarness, key: Any, shape: tuple[int, ...]) -> None:
    """``array[...] = values`` broadcasts values of a smaller shape.

    Source: NumPy's rules, which zarr's ``NDArrayLike`` follows.
    """
    _assert_assigned(harness, "array", key, shape)


@backend_check(
    severity="stored wrong",
    advice="Write through the strides of the target; fill no temporary copy.",
    cases=(
        ("array", np.s_[::2, 1::2], (2, 2)),
        ("array", np.s_[:, 1:3], (3, 2)),
        ("array", np.s_[::-1], (3, 4)),
        (_TRANSPOSED, ..., (4, 3)),
        (_TRANSPOSED, np.s_[1::2], (2, 3)),
        ("array", np.s_[::2, ::-1], None),
    ),
)
def check_strided_assignment(
    harness: BackendHarness, text: str, key: Any, shape: tuple[int, ...] | None
) -> None:
    """An assignment to a strided, reversed or transposed view changes the array behind it.

    Zarr writes a selection with steps, and F-ordered chunks, in this way. Source: views share the
    memory of their array.
    """
    _assert_assigned(harness, text, key, shape)


@backend_check(
    severity="stored wrong",
    advice="Allow `array[()] = value` and `array[...] = value` without dimensions.",
    cases=(
        (_WITHOUT_DIMENSIONS, ..., ()),
        (_WITHOUT_DIMENSIONS, ..., None),
        ("array", np.s_[1, 2, ...], ()),
    ),
)
def check_zero_dimensional_assignment(
    harness: BackendHarness, text: str, key: Any, shape: tuple[int, ...] | None
) -> None:
    """A 0-dimensional array, and a 0-dimensional view, can be assigned to.

    Zarr arrays without dimensions have one chunk of one element. Source: zarr's ``NDArrayLike``.
    """
    _assert_assigned(harness, text, key, shape)


@backend_check(
    severity="stored wrong",
    advice="Fill through the strides of the array, and nothing beyond it.",
)
def check_fill(harness: BackendHarness) -> None:
    """``fill`` sets every element of an array, strided or not, to a scalar, in place.

    Source: zarr's ``NDArrayLike``, ``NDBuffer.fill``.
    """
    fills: tuple[Operation, ...] = (
        ("array.fill(7)", lambda array: array.fill(7)),
        ("array[::2, 1::2].fill(7)", lambda array: array[::2, 1::2].fill(7)),
        ("array.transpose()[1:].fill(0)", lambda array: array.transpose()[1:].fill(0)),
        ("array[:0].fill(7)", lambda array: array[:0].fill(7)),
    )
    for dtype in harness.held(*NUMBERS):
        for text, operation in fills:
            harness.assert_like_numpy(grid(dtype), text, operation)
