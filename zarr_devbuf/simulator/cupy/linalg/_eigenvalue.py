"""Eigenvalues and eigenvectors; the phases of vectors are those of LAPACK."""

# ruff: noqa: N803 - names and signatures are CuPy's.
from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.protocols import get_namespace
from zarr_devbuf.simulator._core.storage import wrap
from zarr_devbuf.simulator.cupy.linalg._util import (
    assert_stacked_2d,
    assert_stacked_square,
    compute,
    linalg_common_type,
    uplo,
)

__all__ = ["eig", "eigh", "eigvals", "eigvalsh"]


def _hermitian(a: Any, UPLO: Any, *, vectors: bool) -> Any:
    assert_stacked_2d(a)
    assert_stacked_square(a)
    if not a.size:
        xp = get_namespace()
        _, dtype = linalg_common_type(a)
        values = xp.empty(a.shape[:-1], dtype.char.lower())
        return values, xp.empty(a.shape, dtype)
    triangle = uplo(UPLO)
    # CuPy's function for one matrix takes half precision, the one for a stack does not.
    dtype, out_dtype = linalg_common_type(a, reject_float16=a.ndim > 2)
    real = out_dtype.char.lower()
    if not vectors:
        found = compute(np.linalg.eigvalsh, dtype, a, UPLO=triangle)
        return wrap(found.astype(real, copy=False)), None
    values, columns = compute(np.linalg.eigh, dtype, a, UPLO=triangle)
    columns = columns.astype(out_dtype, order="F" if a.ndim == 2 else "C", copy=False)
    return wrap(values.astype(real, copy=False)), wrap(columns)


def eigh(a: Any, UPLO: Any = "L") -> Any:
    """Return eigenvalues and eigenvectors of Hermitian matrices."""
    return _hermitian(a, UPLO, vectors=True)


def eigvalsh(a: Any, UPLO: Any = "L") -> Any:
    """Return eigenvalues of Hermitian matrices."""
    return _hermitian(a, UPLO, vectors=False)[0]


def _general(a: Any, *, vectors: bool) -> Any:
    assert_stacked_2d(a)
    assert_stacked_square(a)
    dtype, _ = linalg_common_type(a)
    if not a.size:
        xp = get_namespace()
        return xp.empty(a.shape[:-1], dtype), xp.empty(a.shape, dtype)
    out_dtype = np.dtype(dtype.char.upper())
    if not vectors:
        found = compute(np.linalg.eigvals, dtype, a)
        return wrap(found.astype(out_dtype, copy=False)), None
    values, columns = compute(np.linalg.eig, dtype, a)
    columns = np.ascontiguousarray(columns, out_dtype)
    return wrap(values.astype(out_dtype, copy=False)), wrap(columns)


def eig(a: Any) -> Any:
    """Return eigenvalues and eigenvectors, which are always complex."""
    return _general(a, vectors=True)


def eigvals(a: Any) -> Any:
    """Return eigenvalues, which are always complex."""
    return _general(a, vectors=False)[0]
