"""Operations on the elements of two sparse matrices, one of which may be a row or a column."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from zarr_devbuf.simulator.cupyx.scipy.sparse._host import call, scipy_sparse

__all__ = ["compare", "extreme"]

# Of two zeros, these are true.
_TRUE_OF_ZEROS = ("eq", "le", "ge")


def _check_shapes(first: tuple[int, ...], second: tuple[int, ...]) -> None:
    for one, other in zip(first, second, strict=True):
        if one != other and 1 not in (one, other):
            raise ValueError("inconsistent shape")


def _broadcast(function: Any, first: Any, second: Any) -> Any:
    def dense(host: Any, other: Any) -> Any:
        made = getattr(scipy_sparse(), f"csr_{'array' if first.is_array else 'matrix'}")
        return made(function(host.toarray(), other.toarray()))

    return call(dense, first, second)


def compare(name: str, first: Any, second: Any) -> Any:
    """Compare the elements of two matrices.

    Parameters
    ----------
    name
        ``"eq"``, ``"ne"``, ``"lt"``, ``"le"``, ``"gt"`` or ``"ge"``.
    first, second
        Matrices of two axes on the device.

    Raises
    ------
    ValueError
        If the shapes cannot be broadcast.
    """
    if name in _TRUE_OF_ZEROS:
        warnings.warn(
            "Comparing sparse matrices using ==, <=, and >= is inefficient, try using !=, <, or > "
            "instead.",
            scipy_sparse().SparseEfficiencyWarning,
            stacklevel=4,
        )
    _check_shapes(first.shape, second.shape)
    operator = {"eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal,
                "gt": np.greater, "ge": np.greater_equal}[name]  # fmt: skip
    return _broadcast(operator, first, second)


def extreme(name: str, first: Any, second: Any) -> Any:
    """Return the larger (``"maximum"``) or the smaller (``"minimum"``) elements of two matrices."""
    _check_shapes(first.shape, second.shape)
    return _broadcast(getattr(np, name), first, second)
