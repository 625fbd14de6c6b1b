"""The simulator's ``cupyx`` module."""

# ruff: noqa: ARG001 - names and signatures are CuPy's.
from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.ufunc_table import UFUNCS
from zarr_devbuf.simulator._functions.not_implemented import not_implemented_function

__all__ = [
    "empty_like_pinned",
    "empty_pinned",
    "rsqrt",
    "scatter_add",
    "scatter_max",
    "scatter_min",
    "zeros_like_pinned",
    "zeros_pinned",
]


def empty_pinned(shape: Any, dtype: Any = float, order: Any = "C") -> Any:
    """Allocate a host array; pinned memory is ordinary memory here."""
    return np.empty(shape, dtype, order)


def zeros_pinned(shape: Any, dtype: Any = float, order: Any = "C") -> Any:
    """Allocate a host array of zeros; pinned memory is ordinary memory here."""
    return np.zeros(shape, dtype, order)


def empty_like_pinned(
    a: Any, dtype: Any = None, order: Any = "K", subok: Any = None, shape: Any = None
) -> Any:
    """Allocate a host array with the shape of a host or device array."""
    return np.empty_like(getattr(a, "_raw", a), dtype, order, shape=shape)


def zeros_like_pinned(
    a: Any, dtype: Any = None, order: Any = "K", subok: Any = None, shape: Any = None
) -> Any:
    """Allocate a host array of zeros with the shape of a host or device array."""
    return np.zeros_like(getattr(a, "_raw", a), dtype, order, shape=shape)


def scatter_add(a: Any, slices: Any, value: Any) -> None:
    """Add at indices; repeated indices are added repeatedly."""
    UFUNCS["add"].at(a, slices, value)


def scatter_max(a: Any, slices: Any, value: Any) -> None:
    """Store the maximum at indices."""
    UFUNCS["maximum"].at(a, slices, value)


def scatter_min(a: Any, slices: Any, value: Any) -> None:
    """Store the minimum at indices."""
    UFUNCS["minimum"].at(a, slices, value)


rsqrt = not_implemented_function("cupyx.rsqrt")
