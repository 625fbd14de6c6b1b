"""Histograms."""

# ruff: noqa: A002, PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

import builtins
import operator
import warnings
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.protocols import get_namespace
from zarr_devbuf.simulator._core.storage import DeviceArray, kernel_operand, wrap
from zarr_devbuf.simulator._functions.naming import named

__all__ = ["FUNCTIONS"]


def _outer_edges(a: Any, limits: Any) -> tuple[Any, Any]:
    xp = get_namespace()
    first: Any
    last: Any
    if limits is not None:
        first, last = limits
        if first > last:
            raise ValueError("max must be larger than min in range parameter.")
        if not (np.isfinite(first) and np.isfinite(last)):
            raise ValueError(f"supplied range of [{first}, {last}] is not finite")
    elif not a.size:
        first, last = 0, 1
    else:
        first, last = a.min(), a.max()
        if not (xp.isfinite(first) and xp.isfinite(last)):
            raise ValueError(f"autodetected range of [{first}, {last}] is not finite")
    if first == last:
        first, last = first - 0.5, last + 0.5
    return first, last


def _bin_edges(a: Any, bins: Any, limits: Any) -> Any:
    xp = get_namespace()
    if isinstance(bins, str):
        raise NotImplementedError("only integer and array bins are implemented")
    if isinstance(bins, DeviceArray) or np.ndim(bins) == 1:
        edges: Any = bins if isinstance(bins, DeviceArray) else np.asarray(bins)
        if (edges[:-1] > edges[1:]).any():
            raise ValueError("`bins` must increase monotonically, when an array")
        return xp.asarray(edges)
    if np.ndim(bins) != 0:
        raise ValueError("`bins` must be 1d, when an array")
    try:
        count = operator.index(bins)
    except TypeError:
        raise TypeError("`bins` must be an integer, a string, or an array") from None
    if count < 1:
        raise ValueError("`bins` must be positive, when an integer")
    first, last = _outer_edges(a, limits)
    dtype = xp.result_type(first, last, a)
    dtype = xp.result_type(dtype, float) if np.issubdtype(dtype, np.integer) else dtype
    return xp.linspace(first, last, count + 1, endpoint=True, dtype=dtype)


def _places(values: Any, edges: Any) -> tuple[Any, Any]:
    """Return the numbers of the bins, and which values are in one."""
    places = np.searchsorted(edges, values, side="right") - 1
    return places, (places >= 0) & (places < edges.size - 1)


def _counted(x: Any, edges: Any) -> Any:
    """Count as CUB does, whose last edge is outside: CuPy moves it up."""
    values, limits = kernel_operand(x), kernel_operand(edges)
    whole = values.dtype.kind in "iu"
    dtype = np.dtype(float) if whole else np.result_type(limits.dtype, values.dtype)
    values, limits = values.astype(dtype), limits.astype(dtype)
    if limits.size:
        limits[-1] = limits[-1] + 1 if whole else np.nextafter(limits[-1], limits[-1] + 1)
    places, inside = _places(values, limits)
    return wrap(np.bincount(places[inside], minlength=limits.size - 1).astype(np.int64))


def _weighted(x: Any, edges: Any, weights: Any) -> Any:
    values, limits = kernel_operand(x), kernel_operand(edges)
    places, inside = _places(values, limits)
    at_end = values == limits[-1:]
    places, inside = np.where(at_end, limits.size - 2, places), inside | at_end
    kind = weights.dtype.kind
    dtype: Any = np.complex128 if kind == "c" else int if kind in "bui" else np.float64
    out = np.zeros(limits.size - 1, dtype)
    np.add.at(out, places[inside], kernel_operand(weights)[inside].astype(dtype))
    return wrap(out)


def _histogram(
    x: Any,
    bins: Any = 10,
    range: Any = None,
    density: Any = False,
    weights: Any = None,
) -> Any:
    if x.dtype.kind == "c":
        raise NotImplementedError("complex number is not supported")
    if not isinstance(x, DeviceArray):
        raise ValueError("x must be a cupy.ndarray")  # noqa: TRY004
    xp = get_namespace()
    if x.dtype == np.bool_:
        warnings.warn(
            f"Converting input from {x.dtype} to {np.uint8} for compatibility.",
            RuntimeWarning,
            stacklevel=2,
        )
        x = x.astype(np.uint8)
    if weights is not None:
        if not isinstance(weights, DeviceArray):
            raise ValueError("weights must be a cupy.ndarray")
        if weights.shape != x.shape:
            raise ValueError("weights should have the same shape as a.")
        weights = weights.ravel()
    x = x.ravel()
    edges = _bin_edges(x, bins, range)
    if weights is None:
        counts = _counted(x, edges)
    elif np.can_cast(weights.dtype, np.complex128):
        counts = _weighted(x, edges, weights)
    else:
        raise NotImplementedError(
            "only weights with dtype that can be cast to float or complex are supported"
        )
    if density:
        widths = xp.array(xp.diff(edges), np.float64)
        return counts / widths / counts.sum(), edges
    return counts, edges


def _edges_of_axis(values: Any, bins: Any, limits: Any, axis: int) -> Any:
    xp = get_namespace()
    if xp.ndim(bins) == 0:
        if bins < 1:
            raise ValueError(f"`bins[{axis}]` must be positive, when an integer")
        first, last = _outer_edges(values, limits)
        return xp.linspace(first, last, int(bins + 1))
    if xp.ndim(bins) != 1:
        raise ValueError(f"`bins[{axis}]` must be a scalar or 1d array")
    if not isinstance(bins, DeviceArray):
        raise ValueError("array-like bins not supported")  # noqa: TRY004
    edges: Any = bins
    if (edges[:-1] > edges[1:]).any():
        raise ValueError(f"`bins[{axis}]` must be monotonically increasing, when an array")
    return edges


def _of_each_axis(bins: Any, ndim: int) -> Any:
    try:
        given = len(bins)
    except TypeError:
        return ndim * [bins]
    if given != ndim:
        raise ValueError("The dimension of bins must be equal to the dimension of the  sample x.")
    return bins


def _as_samples(sample: Any) -> Any:
    if not isinstance(sample, DeviceArray):
        return get_namespace().stack(sample, axis=-1)
    array: Any = sample
    return array[:, None] if array.ndim == 1 else array


def _histogramdd(
    sample: Any, bins: Any = 10, range: Any = None, weights: Any = None, density: Any = False
) -> Any:
    xp = get_namespace()
    sample = _as_samples(sample)
    _, ndim = sample.shape
    if weights is not None:
        weights = xp.asarray(weights)
    bins = _of_each_axis(bins, ndim)
    limits = (None,) * ndim if range is None else range
    if len(limits) != ndim:
        raise ValueError("range argument must have one entry per dimension")
    columns = [sample[:, axis] for axis in builtins.range(ndim)]
    edges = [
        _edges_of_axis(column, bins[axis], limits[axis], axis)
        for axis, column in enumerate(columns)
    ]
    places = []
    for column, edge in zip(columns, edges, strict=True):
        place = xp.searchsorted(edge, column, side="right")
        place[column == edge[-1]] -= 1
        places.append(place)
    if not places:
        # CuPy's error for no axes at all.
        raise TypeError("reduce() of empty iterable with no initial value")
    # One bin more on each side, for what is outside.
    shape = [len(one) + 1 for one in edges]
    flat = xp.ravel_multi_index(tuple(places), shape)
    counts = xp.bincount(flat, weights, minlength=int(np.prod(shape)))
    counts = counts.reshape(shape).astype(float)[ndim * (slice(1, -1),)]
    if density:
        total = counts.sum()
        for axis, edge in enumerate(edges):
            widths = [1] * ndim
            widths[axis] = -1
            counts = counts / xp.diff(edge).reshape(widths)
        counts /= total
    return counts, edges


def _histogram2d(
    x: Any,
    y: Any,
    bins: Any = 10,
    range: Any = None,
    weights: Any = None,
    density: Any = None,
) -> Any:
    try:
        given = len(bins)
    except TypeError:
        given = 1
    if given not in (1, 2):
        if not isinstance(bins, DeviceArray):
            raise ValueError("array-like bins not supported in CuPy")
        bins = [bins, bins]
    counts, (first, second) = _histogramdd([x, y], bins, range, weights, density)
    return counts, first, second


FUNCTIONS: dict[str, Any] = named(
    {"histogram": _histogram, "histogram2d": _histogram2d, "histogramdd": _histogramdd}
)
"""The functions by name."""
