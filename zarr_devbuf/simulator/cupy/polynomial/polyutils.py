"""``cupy.polynomial.polyutils``: coefficients without zeros at the end."""

from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.protocols import get_namespace
from zarr_devbuf.simulator._core.storage import kernel_operand, wrap

__all__ = ["as_series", "trimcoef", "trimseq"]


def trimseq(seq: Any) -> Any:
    """Return coefficients without zeros at the end; at least one remains."""
    if seq.ndim == 0:
        raise TypeError("Input must be 1-d array")
    if seq.ndim > 1:
        raise ValueError("Input must be 1-d array")
    if not seq.size:
        return seq
    trimmed = get_namespace().trim_zeros(seq, trim="b")
    return trimmed if trimmed.size else seq[:1]


def as_series(alist: Any, trim: bool = True) -> Any:
    """Return coefficients as arrays of one axis and of one dtype."""
    arrays = []
    for array in alist:
        if not array.size:
            raise ValueError("Coefficient array is empty")
        if array.ndim > 1:
            raise ValueError("Coefficient array is not 1-d")
        if array.dtype.kind == "b":
            raise ValueError("Coefficient arrays have no common type")
        flat = array.ravel()
        arrays.append(trimseq(flat) if trim else flat)
    dtype = get_namespace().common_type(*arrays)
    return [array.astype(dtype, copy=False) for array in arrays]


def trimcoef(c: Any, tol: Any = 0) -> Any:
    """Return coefficients without small ones at the end."""
    if tol < 0:
        raise ValueError("tol must be non-negative")
    if not c.size:
        raise ValueError("Coefficient array is empty")
    if c.ndim > 1:
        raise ValueError("Coefficient array is not 1-d")
    if c.dtype.kind == "b":
        raise ValueError("bool inputs are not allowed")
    xp = get_namespace()
    c = c.ravel() if c.ndim == 0 else c
    c = c.astype(xp.common_type(c), copy=False)
    large = np.flatnonzero(kernel_operand(xp.abs(c) > tol))
    # CuPy finds the last one on the device, and downloads its position.
    count = wrap(np.asarray(large[-1] + 1 if large.size else 0)).item()
    return c[:count] if count else xp.zeros_like(c[:1])
