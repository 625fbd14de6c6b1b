"""Cross products."""

# ruff: noqa: PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.protocols import get_namespace
from zarr_devbuf.simulator._core.reshaping import normalize_axis
from zarr_devbuf.simulator._functions.naming import named

__all__ = ["FUNCTIONS", "linalg_cross"]


def _cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None
) -> Any:
    xp = get_namespace()
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = xp.asarray(a), xp.asarray(b)
    a = xp.moveaxis(a, normalize_axis(axisa, a.ndim), -1)
    b = xp.moveaxis(b, normalize_axis(axisb, b.ndim), -1)
    lengths = a.shape[-1], b.shape[-1]
    if not set(lengths) <= {2, 3}:
        raise ValueError("incompatible dimensions for cross product\n(dimension must be 2 or 3)")
    if 2 in lengths:
        warnings.warn(
            "Arrays of 2-dimensional vectors are deprecated. Use arrays of 3-dimensional vectors "
            "instead.",
            DeprecationWarning,
            stacklevel=2,
        )
    shape = xp.broadcast(a[..., 0], b[..., 0]).shape
    dtype = np.promote_types(a.dtype, b.dtype)
    third_a = a[..., 2] if lengths[0] == 3 else None
    third_b = b[..., 2] if lengths[1] == 3 else None
    last = (a[..., 0], a[..., 1], b[..., 0], b[..., 1])
    if 3 not in lengths:
        result = xp.empty(shape, dtype)
        _determinant(xp, *last, result)
        return result
    axisc = normalize_axis(axisc, len(shape) + 1)
    result = xp.empty((*shape, 3), dtype)
    _determinant(xp, a[..., 1], third_a, b[..., 1], third_b, result[..., 0])
    _determinant(xp, third_a, a[..., 0], third_b, b[..., 0], result[..., 1])
    _determinant(xp, *last, result[..., 2])
    return xp.moveaxis(result, -1, axisc)


def _determinant(xp: Any, a: Any, b: Any, c: Any, d: Any, out: Any) -> None:
    """Write ``a * d - b * c``; None stands for zeros."""
    if a is not None and d is not None:
        xp.multiply(a, d, out=out)
        if b is not None and c is not None:
            out -= b * c
    else:
        xp.multiply(b, c, out=out)
        xp.negative(out, out=out)


def linalg_cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """Return the cross products of vectors of three elements."""
    if x1.shape != x2.shape:
        raise ValueError("x1 and x2 must have the same shape")
    if x1.ndim == 0:
        raise ValueError("cross() requires arrays of dimension at least 1")
    if x1.shape[axis] != 3:
        raise ValueError("cross() dimension must equal 3")
    return _cross(x1, x2, axis=axis)


linalg_cross.__name__ = "cross"

FUNCTIONS: dict[str, Any] = named({"cross": _cross})
"""The functions by name."""
