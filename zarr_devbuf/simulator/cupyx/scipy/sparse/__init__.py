"""``cupyx.scipy.sparse``: sparse matrices and arrays with device arrays inside; SciPy computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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

# CuPy's own tests take the base class from here.
_spbase = _base.SparseBase
globals().update(_FUNCTIONS)

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...


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
