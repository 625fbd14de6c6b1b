"""``cupy.linalg``: norms. The functions that use NVIDIA's libraries are not implemented."""

# ruff: noqa: A002 - names and signatures are CuPy's.
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.numpy_fallback import call
from zarr_devbuf.simulator._functions.not_implemented import not_implemented_function

_NAMES = [
    "cholesky",
    "cond",
    "det",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "lstsq",
    "matrix_power",
    "matrix_rank",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "tensorinv",
    "tensorsolve",
]

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Return a norm of a matrix or vector."""
    if ord is not None and not x.size:
        raise not_implemented("cupy.linalg.norm of an empty array with an order")
    return call(np.linalg.norm, x, ord, axis, keepdims)


globals().update({name: not_implemented_function(f"cupy.linalg.{name}") for name in _NAMES})

LinAlgError = np.linalg.LinAlgError

__all__ = ["LinAlgError", "norm", *_NAMES]  # noqa: PLE0604
