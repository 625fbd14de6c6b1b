"""``cupy.linalg``: NumPy computes, with CuPy's rules for dtypes, errors and layouts."""

from __future__ import annotations

from numpy.linalg import LinAlgError

from zarr_devbuf.simulator._functions.manipulation import FUNCTIONS as _MANIPULATION
from zarr_devbuf.simulator._functions.mathematics import FUNCTIONS as _MATHEMATICS
from zarr_devbuf.simulator._functions.products import linalg_cross as cross
from zarr_devbuf.simulator.cupy.linalg._decomposition import cholesky, qr, svd
from zarr_devbuf.simulator.cupy.linalg._eigenvalue import eig, eigh, eigvals, eigvalsh
from zarr_devbuf.simulator.cupy.linalg._norms import cond, det, matrix_rank, norm, slogdet
from zarr_devbuf.simulator.cupy.linalg._solve import (
    inv,
    lstsq,
    matrix_power,
    pinv,
    solve,
    tensorinv,
    tensorsolve,
)

matmul = _MATHEMATICS["matmul"]
matrix_transpose = _MANIPULATION["matrix_transpose"]

__all__ = [
    "LinAlgError",
    "cholesky",
    "cond",
    "cross",
    "det",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "lstsq",
    "matmul",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "tensorinv",
    "tensorsolve",
]
