"""Factorizations of matrices."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.protocols import get_namespace
from zarr_devbuf.simulator._core.storage import wrap
from zarr_devbuf.simulator.cupy.linalg._util import (
    assert_cupy_array,
    assert_stacked_2d,
    assert_stacked_square,
    compute,
    linalg_common_type,
    stacked_identity,
)

__all__ = ["cholesky", "qr", "svd"]

_MODES = ("reduced", "complete", "r", "raw")
_DEPRECATED_MODES = ("f", "full", "e", "economic")


def _first_bad_minor(matrix: Any) -> int:
    """Return the order of the first leading minor that is not positive definite, or 0."""
    for order in range(1, len(matrix) + 1):
        try:
            np.linalg.cholesky(matrix[:order, :order])
        except np.linalg.LinAlgError:
            return order
    return 0


def cholesky(a: Any) -> Any:
    """Return the lower Cholesky factors of positive definite matrices."""
    assert_cupy_array(a)
    assert_stacked_2d(a)
    assert_stacked_square(a)
    dtype, out_dtype = linalg_common_type(a)
    if not a.size:
        return get_namespace().empty(a.shape, out_dtype)
    routine = "potrfBatched in cuSOLVER" if a.ndim > 2 else "potrf in cuSOLVER"
    factors = compute(np.linalg.cholesky, dtype, a, info=_first_bad_minor, routine=routine)
    return wrap(factors.astype(out_dtype, copy=False))


def _in_columns(host: Any) -> Any:
    """Return a device array with the columns of each matrix in one piece."""
    return wrap(np.ascontiguousarray(host.swapaxes(-2, -1)).swapaxes(-2, -1))


def _empty_qr(a: Any, mode: str, dtype: Any) -> Any:
    xp = get_namespace()
    *batch, rows, columns = a.shape
    least = min(rows, columns)
    match mode:
        case "reduced":
            return (
                xp.empty((*batch, rows, least), dtype),
                xp.empty((*batch, least, columns), dtype),
            )
        case "complete":
            identity = stacked_identity(tuple(batch), rows, dtype)
            return identity, xp.empty((*batch, rows, columns), dtype)
        case "r":
            return xp.empty((*batch, least, columns), dtype)
        case _:
            return xp.empty((*batch, columns, rows), dtype), xp.empty((*batch, least), dtype)


def qr(a: Any, mode: Any = "reduced") -> Any:
    """Return the factors Q and R of matrices, with the signs of LAPACK."""
    assert_cupy_array(a)
    if mode not in _MODES:
        if mode in _DEPRECATED_MODES:
            raise ValueError(f"The deprecated mode '{mode}' is not supported")
        raise ValueError(f"Unrecognized mode '{mode}'")
    if a.ndim < 2:
        raise ValueError(f"not enough values to unpack (expected 2, got {a.ndim})")
    dtype, out_dtype = linalg_common_type(a)
    if not a.size:
        return _empty_qr(a, mode, out_dtype)
    found = compute(np.linalg.qr, dtype, a, mode=mode)
    if mode == "r":
        return _in_columns(found.astype(out_dtype, copy=False))
    first, second = (one.astype(out_dtype, copy=False) for one in found)
    if mode == "raw":
        return wrap(np.ascontiguousarray(first)), wrap(second)
    return _in_columns(first), _in_columns(second)


def _empty_svd(a: Any, full_matrices: bool, compute_uv: bool, dtype: Any) -> Any:
    xp = get_namespace()
    *batch, rows, columns = a.shape
    least = min(rows, columns)
    values = xp.empty((*batch, least), dtype.char.lower())
    if not compute_uv:
        return values
    if full_matrices and 0 not in batch:
        left = stacked_identity(tuple(batch), rows, dtype)
        return left, values, stacked_identity(tuple(batch), columns, dtype)
    left_shape = (rows, rows) if full_matrices else (rows, least)
    right_shape = (columns, columns) if full_matrices else (least, columns)
    return xp.empty((*batch, *left_shape), dtype), values, xp.empty((*batch, *right_shape), dtype)


def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """Return singular values, and vectors with the signs of LAPACK."""
    assert_cupy_array(a)
    if a.ndim < 2:
        raise ValueError(f"not enough values to unpack (expected 2, got {a.ndim})")
    dtype, out_dtype = linalg_common_type(a)
    if not a.size:
        return _empty_svd(a, full_matrices, compute_uv, out_dtype)
    if not np.isfinite(a._raw).all():
        # What the library of the device leaves is not known.
        raise not_implemented("cupy.linalg.svd of NaN or infinity")
    found = compute(np.linalg.svd, dtype, a, full_matrices=full_matrices, compute_uv=compute_uv)
    real = out_dtype.char.lower()
    if not compute_uv:
        return wrap(found.astype(real, copy=False))
    left, values, right = found
    left, right = left.astype(out_dtype, copy=False), right.astype(out_dtype, copy=False)
    # The device's function wants no more columns than rows, and columns in one piece.
    tall = a.ndim == 2 and a.shape[0] > a.shape[1]
    put = _in_columns if tall else lambda host: wrap(np.ascontiguousarray(host))
    return put(left), wrap(values.astype(real, copy=False)), put(right)
