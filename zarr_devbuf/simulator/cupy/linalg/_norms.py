"""Norms, determinants and ranks."""

# ruff: noqa: N803 - names and signatures are CuPy's.
from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.error_state import errstate
from zarr_devbuf.simulator._core.protocols import get_namespace
from zarr_devbuf.simulator._core.storage import wrap
from zarr_devbuf.simulator.cupy.linalg._decomposition import svd
from zarr_devbuf.simulator.cupy.linalg._solve import inv
from zarr_devbuf.simulator.cupy.linalg._util import (
    LinAlgError,
    assert_cupy_array,
    assert_stacked_2d,
    assert_stacked_square,
    compute,
    linalg_common_type,
)

__all__ = ["cond", "det", "matrix_rank", "norm", "slogdet"]


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:  # noqa: A002
    """Return a norm of matrices or vectors."""
    if not issubclass(x.dtype.type, np.inexact):
        x = x.astype(float)
    ndim = x.ndim
    if axis is None:
        if ord is None or (ndim == 1 and ord == 2) or (ndim == 2 and ord in ("f", "fro")):
            flat = abs(x.ravel()) if x.dtype.kind == "c" else x
            result = get_namespace().sqrt((flat * flat).sum())
            return result.reshape((1,) * ndim) if keepdims else result
        axis = tuple(range(ndim))
    elif not isinstance(axis, tuple):
        try:
            axis = (int(axis),)
        except Exception:  # noqa: BLE001 - whatever the conversion raises
            raise TypeError("'axis' must be None, an integer or a tuple of integers") from None
    if len(axis) == 1:
        return _of_vectors(x, ord, axis, keepdims)
    if len(axis) == 2:
        return _of_matrices(x, ord, axis, keepdims)
    raise ValueError("Improper number of dimensions to norm.")


def _euclidean(x: Any, axis: Any, keepdims: bool) -> Any:
    # Half precision is summed with single precision.
    wide = x.astype(np.float32) if x.dtype == np.float16 else x
    squares = wide.real**2 + wide.imag**2 if wide.dtype.kind == "c" else wide * wide
    result = get_namespace().sqrt(squares.sum(axis=axis, keepdims=keepdims))
    return result.astype(x.dtype.char.lower(), copy=False)


def _of_vectors(x: Any, order: Any, axis: Any, keepdims: bool) -> Any:
    if order == np.inf:
        return abs(x).max(axis=axis, keepdims=keepdims)
    if order == -np.inf:
        return abs(x).min(axis=axis, keepdims=keepdims)
    if order == 0:
        return (x != 0).astype(x.real.dtype).sum(axis=axis, keepdims=keepdims)
    if order == 1:
        return abs(x).sum(axis=axis, keepdims=keepdims)
    if order is None or order == 2:
        return _euclidean(x, axis, keepdims)
    try:
        float(order)
    except TypeError:
        raise ValueError("Invalid norm order for vectors.") from None
    size = abs(x)
    size **= order
    result = size.sum(axis=axis, keepdims=keepdims)
    result **= get_namespace().reciprocal(order, dtype=result.dtype)
    return result


def _of_matrices(x: Any, order: Any, axis: Any, keepdims: bool) -> Any:
    rows, columns = (one + x.ndim if one < 0 else one for one in axis)
    if not (0 <= rows < x.ndim and 0 <= columns < x.ndim):
        raise ValueError(f"Invalid axis {axis!r} for an array with shape {x.shape!r}")
    if rows == columns:
        raise ValueError("Duplicate axes given.")
    if order in (2, -2, "nuc"):
        values = svd(get_namespace().moveaxis(x, (rows, columns), (-2, -1)), compute_uv=False)
        result = values.sum(axis=-1) if order == "nuc" else values[..., 0 if order == 2 else -1]
        result = result.copy()
    elif order in (1, -1):
        sums = abs(x).sum(axis=rows)
        left = columns - (columns > rows)
        result = sums.max(axis=left) if order == 1 else sums.min(axis=left)
    elif order in (np.inf, -np.inf):
        sums = abs(x).sum(axis=columns)
        left = rows - (rows > columns)
        result = sums.max(axis=left) if order == np.inf else sums.min(axis=left)
    elif order in (None, "fro", "f"):
        result = _euclidean(x, axis, keepdims=False)
    else:
        raise ValueError("Invalid norm order for matrices.")
    if keepdims:
        shape = list(x.shape)
        shape[rows] = shape[columns] = 1
        result = result.reshape(shape)
    return result


def cond(x: Any, p: Any = None) -> Any:
    """Return condition numbers."""
    xp = get_namespace()
    x = xp.asarray(x)
    if not x.size:
        raise LinAlgError("cond is not defined on empty arrays")
    if p in (None, 2, -2):
        values = svd(x, compute_uv=False)
        first, last = values[..., 0], values[..., -1]
        result = last / first if p == -2 else first / last
    else:
        assert_cupy_array(x)
        assert_stacked_2d(x)
        assert_stacked_square(x)
        _, dtype = linalg_common_type(x)
        with errstate(linalg="ignore"):
            inverse = inv(x)
        result = norm(x, p, axis=(-2, -1)) * norm(inverse, p, axis=(-2, -1))
        result = result.astype(dtype, copy=False)
    unknown = xp.isnan(result)
    if unknown.any():
        unknown &= ~xp.isnan(x).any(axis=(-2, -1))
        if result.ndim:
            result[unknown] = xp.inf
        elif unknown:
            result[()] = xp.inf
    return result


def slogdet(a: Any) -> Any:
    """Return the signs and the logarithms of determinants."""
    assert_stacked_2d(a)
    assert_stacked_square(a)
    xp = get_namespace()
    dtype, out_dtype = linalg_common_type(a)
    real = np.dtype(out_dtype.char.lower())
    if not a.size:
        return xp.ones(a.shape[:-2], out_dtype), xp.zeros(a.shape[:-2], real)
    sign, logarithm = compute(np.linalg.slogdet, dtype, a)
    return (
        wrap(np.asarray(sign).astype(dtype, copy=False)),
        wrap(np.asarray(logarithm).astype(real, copy=False)),
    )


def det(a: Any) -> Any:
    """Return determinants."""
    sign, logarithm = slogdet(a)
    return sign * get_namespace().exp(logarithm)


def matrix_rank(M: Any, tol: Any = None) -> Any:
    """Return the ranks of matrices, by their singular values."""
    if M.ndim < 2:
        return (M != 0).any().astype(int)
    values = svd(M, compute_uv=False)
    if tol is None:
        largest = values.max(axis=-1, keepdims=True)
        tol = largest * max(M.shape[-2:]) * np.finfo(values.dtype).eps
    return (values > tol).sum(axis=-1, dtype=np.intp)
