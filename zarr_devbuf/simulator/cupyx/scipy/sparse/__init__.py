"""``cupyx.scipy.sparse``: sparse matrices and arrays with device arrays inside; SciPy computes."""

from __future__ import annotations

from typing import Any

from zarr_devbuf.simulator.cupyx.scipy.sparse import _base
from zarr_devbuf.simulator.cupyx.scipy.sparse._base import (
    issparse,
    isspmatrix,
    sparray,
    spmatrix,
)
from zarr_devbuf.simulator.cupyx.scipy.sparse._construct import FUNCTIONS as _FUNCTIONS
from zarr_devbuf.simulator.cupyx.scipy.sparse._formats import (
    coo_array,
    coo_matrix,
    csc_array,
    csc_matrix,
    csr_array,
    csr_matrix,
    dia_array,
    dia_matrix,
    isspmatrix_coo,
    isspmatrix_csc,
    isspmatrix_csr,
    isspmatrix_dia,
)
from zarr_devbuf.simulator.cupyx.scipy.sparse._host import warning_classes

# SciPy is imported when a program asks for one of them.
_LAZY_NAMES = ("SparseEfficiencyWarning", "SparseWarning")

# CuPy's own tests take the base class from here.
_spbase = _base.SparseBase
globals().update(_FUNCTIONS)


def __getattr__(name: str) -> Any:
    if name in _LAZY_NAMES:
        return warning_classes()[name]
    raise AttributeError(f"module 'cupyx.scipy.sparse' has no attribute {name!r}")


__all__ = [  # noqa: PLE0604
    "coo_array",
    "coo_matrix",
    "csc_array",
    "csc_matrix",
    "csr_array",
    "csr_matrix",
    "dia_array",
    "dia_matrix",
    "issparse",
    "isspmatrix",
    "isspmatrix_coo",
    "isspmatrix_csc",
    "isspmatrix_csr",
    "isspmatrix_dia",
    "sparray",
    "spmatrix",
    *_FUNCTIONS,
]
