"""Covariances and correlation coefficients."""

# ruff: noqa: PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.protocols import get_namespace
from zarr_devbuf.simulator._core.storage import DeviceArray
from zarr_devbuf.simulator._functions.naming import named

__all__ = ["FUNCTIONS"]


def _checked_weights(weights: Any, name: str, samples: int) -> Any:
    if not isinstance(weights, DeviceArray):
        raise TypeError(f"{name} must be a cupy.ndarray")
    if name == "fweights" and weights.dtype.kind not in "iu":
        raise TypeError("fweights must be integer")
    weights = weights.astype(dtype=float)
    if weights.ndim > 1:
        raise RuntimeError(f"cannot handle multidimensional {name}")
    if weights.shape[0] != samples:
        raise RuntimeError(f"incompatible numbers of samples and {name}")
    return weights


def _rows(a: Any, y: Any, rowvar: Any, dtype: Any) -> Any:
    """Return the variables as rows."""
    xp = get_namespace()
    if dtype is None:
        dtype = np.promote_types(a.dtype, np.float64)
        if y is not None:
            if y.ndim > 2:
                raise ValueError("y must be <= 2-d")
            dtype = np.promote_types(dtype, y.dtype)
    rows = xp.array(a, ndmin=2, dtype=dtype)
    if not rowvar and a.ndim != 1:
        rows = rows.T
    if y is None or not rows.shape[0]:
        return rows
    more = xp.array(y, copy=None, ndmin=2, dtype=dtype)
    return xp.concatenate((rows, more if rowvar or more.shape[0] == 1 else more.T), axis=0)


def _degrees(rows: Any, ddof: Any, weights: Any, aweights: Any) -> Any:
    _, total = get_namespace().average(rows, axis=1, weights=weights, returned=True)
    total = total[0]
    if weights is None:
        return rows.shape[1] - ddof
    if ddof == 0:
        return total
    if aweights is None:
        return total - ddof
    return total - ddof * sum(weights * aweights) / total


def _cov(
    a: Any,
    y: Any = None,
    rowvar: Any = True,
    bias: Any = False,
    ddof: Any = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    xp = get_namespace()
    if ddof is not None and ddof != int(ddof):
        raise ValueError("ddof must be integer")
    if a.ndim > 2:
        raise ValueError("Input must be <= 2-d")
    rows = _rows(a, y, rowvar, dtype)
    if not rows.shape[0]:
        return xp.array([]).reshape(0, 0)
    weights = None
    if fweights is not None:
        weights = _checked_weights(fweights, "fweights", rows.shape[1])
    if aweights is not None:
        aweights = _checked_weights(aweights, "aweights", rows.shape[1])
        weights = aweights if weights is None else weights * aweights
    degrees = _degrees(rows, (0 if bias else 1) if ddof is None else ddof, weights, aweights)
    if degrees <= 0:
        warnings.warn("Degrees of freedom <= 0 for slice", RuntimeWarning, stacklevel=2)
        degrees = 0.0
    # CuPy subtracts the plain mean, with weights, too.
    rows -= rows.mean(axis=1)[:, None]
    columns = rows.T if weights is None else (rows * weights).T
    return (rows.dot(columns.conj()) / degrees).squeeze()


def _corrcoef(
    a: Any,
    y: Any = None,
    rowvar: Any = True,
    bias: Any = None,
    ddof: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    xp = get_namespace()
    if bias is not None or ddof is not None:
        warnings.warn(
            "bias and ddof have no effect and are deprecated", DeprecationWarning, stacklevel=2
        )
    out = _cov(a, y, rowvar, dtype=dtype)
    try:
        variances = xp.diag(out)
    except ValueError:
        return out / out
    deviations = xp.sqrt(variances.real)
    out /= deviations[:, None]
    out /= deviations[None, :]
    xp.clip(out.real, -1, 1, out=out.real)
    if out.dtype.kind == "c":
        xp.clip(out.imag, -1, 1, out=out.imag)
    return out


FUNCTIONS: dict[str, Any] = named({"corrcoef": _corrcoef, "cov": _cov})
"""The functions by name."""
