"""Checks of writing into arrays: arrays, scalars, broadcasts, strided and 0-dimensional targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks._harness import on_device
from zarr_devbuf.checks.backend.harness import (
    NUMBERS,
    assert_array,
    assert_like_numpy,
    grid,
    held,
)
from zarr_devbuf.checks.errors import during
from zarr_devbuf.checks.registry import check
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zarr_devbuf.backend import Backend


type _Case = tuple[str, Any, tuple[int, ...] | None]
_TRANSPOSED = "array.transpose()"


def _assert_assigned(
    backend: Backend, cases: Iterable[_Case], advice: str, *, shape: tuple[int, ...] = (3, 4)
) -> None:
    """
    Assert that after an assignment to a part of an array the whole of it is what NumPy gives.

    A case is the text of the array or view, the key, and the shape of the value, None for a scalar.
    Each is tried as ``array[key] = value`` and as ``array[key][...] = value``.
    """
    for dtype in held(backend, NUMBERS):
        for text, key, value_shape in cases:
            host: Any = 200
            if value_shape is not None:
                host = (grid(dtype, value_shape) + 100).astype(dtype)
            for last in ("", "[...]"):
                value = host if value_shape is None else on_device(backend, host)
                expected = grid(dtype, shape)
                array = on_device(backend, expected)
                case = (
                    f"`{text}[{_key(key)}]{last} = value`, array of {dtype}, shape {shape}, value "
                    f"{'200' if value_shape is None else f'of shape {value_shape}'}"
                )
                _assign(expected, text, key, last, host)
                with during(case), unrecorded_transfers():
                    _assign(array, text, key, last, value)
                assert_array(backend, array, expected, case, advice=advice)


def _assign(array: Any, text: str, key: Any, last: str, value: Any) -> None:
    target = array.transpose() if text == _TRANSPOSED else array
    if last:
        target[key][...] = value
    else:
        target[key] = value


def _key(key: Any) -> str:
    parts = key if isinstance(key, tuple) else (key,)
    return ", ".join(map(_part, parts)) or "()"


def _part(part: Any) -> str:
    if not isinstance(part, slice):
        return "..." if part is ... else str(part)
    ends = ["" if each is None else str(each) for each in (part.start, part.stop, part.step)]
    return ":".join(ends if ends[2] else ends[:2])


@check("backend")
def check_assignment(backend: Backend, _: Backend) -> None:
    """``array[...] = values`` writes an array of the backend into the whole, or into a part.

    Zarr writes each chunk into its part of the result. Source: zarr's ``NDArrayLike``.
    """
    _assert_assigned(
        backend,
        (
            ("array", ..., (3, 4)),
            ("array", np.s_[1:], (2, 4)),
            ("array", 1, (4,)),
            ("array", np.s_[:0], (0, 4)),
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
            ("array", ..., None),
            ("array", np.s_[1:, 1:3], None),
            ("array", np.s_[1, 2, ...], None),
            ("array", np.s_[:0], None),
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
            ("array", ..., (4,)),
            ("array", ..., (3, 1)),
            ("array", np.s_[:, 1:3], (1, 2)),
            ("array", ..., ()),
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
            ("array", np.s_[::2, 1::2], (2, 2)),
            ("array", np.s_[:, 1:3], (3, 2)),
            ("array", np.s_[::-1], (3, 4)),
            (_TRANSPOSED, ..., (4, 3)),
            (_TRANSPOSED, np.s_[1::2], (2, 3)),
            ("array", np.s_[::2, ::-1], None),
        ),
        "Write through the strides of the target; fill no temporary copy.",
    )


@check("backend")
def check_zero_dimensional_assignment(backend: Backend, _: Backend) -> None:
    """A 0-dimensional array, and a 0-dimensional view, can be assigned to.

    Zarr arrays without dimensions have one chunk of one element. Source: zarr's ``NDArrayLike``.
    """
    advice = "Allow `array[()] = value` and `array[...] = value` without dimensions."
    _assert_assigned(backend, (("array", ..., ()), ("array", ..., None)), advice, shape=())
    _assert_assigned(backend, [("array", np.s_[1, 2, ...], ())], advice)


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
