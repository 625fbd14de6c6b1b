"""``cupy.polynomial.polynomial``: matrices of polynomials, and their values."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.protocols import get_namespace
from zarr_devbuf.simulator._core.storage import DeviceArray
from zarr_devbuf.simulator.cupy.polynomial.polyutils import as_series

__all__ = ["polycompanion", "polyval", "polyvalfromroots", "polyvander"]


def polyvander(x: Any, deg: Any) -> Any:
    """Return the Vandermonde matrix of points."""
    try:
        degree = operator.index(deg)
    except TypeError as error:
        raise TypeError(f"deg must be an integer, received {deg}") from error
    if degree < 0:
        raise ValueError("degree must be non-negative")
    xp = get_namespace()
    x = x.ravel() if x.ndim == 0 else x
    dtype = np.float64 if x.dtype.kind in "biu" else x.dtype
    powers = xp.arange(degree + 1, dtype=dtype).reshape((-1,) + (1,) * x.ndim)
    return xp.moveaxis(x**powers, 0, -1)


def polycompanion(c: Any) -> Any:
    """Return the companion matrix of a polynomial."""
    (c,) = as_series([c])
    degree = c.size - 1
    if not degree:
        raise ValueError("Series must have maximum degree of at least 1.")
    matrix = get_namespace().eye(degree, k=-1, dtype=c.dtype)
    matrix[:, -1] -= c[:-1] / c[-1]
    return matrix


def _at_least_double(c: Any) -> Any:
    c = get_namespace().array(c, ndmin=1, copy=False)
    return c.astype(np.float64) if c.dtype.kind in "biu" else c


def polyval(x: Any, c: Any, tensor: bool = True) -> Any:
    """Return the values of a polynomial at points."""
    c = _at_least_double(c)
    if isinstance(x, (tuple, list)):
        x = get_namespace().asarray(x)
    if isinstance(x, DeviceArray) and tensor:
        c = c.reshape(c.shape + (1,) * x.ndim)
    value = c[-1] + x * 0
    for place in range(2, len(c) + 1):
        value = c[-place] + value * x
    return value


def polyvalfromroots(x: Any, r: Any, tensor: bool = True) -> Any:
    """Return the values at points of a polynomial given by its roots."""
    r = _at_least_double(r)
    xp = get_namespace()
    if isinstance(x, (tuple, list)):
        x = xp.asarray(x)
    if isinstance(x, DeviceArray):
        if tensor:
            r = r.reshape(r.shape + (1,) * x.ndim)
        elif x.ndim >= r.ndim:
            raise ValueError("x.ndim must be < r.ndim when tensor == False")
    return xp.prod(x - r, axis=0)
