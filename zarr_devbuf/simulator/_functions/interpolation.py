"""Interpolation, gradients and phases."""

# ruff: noqa: PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.protocols import get_namespace
from zarr_devbuf.simulator._core.reductions import normalize_axes
from zarr_devbuf.simulator._core.storage import kernel_operand, wrap
from zarr_devbuf.simulator._functions.naming import named

__all__ = ["FUNCTIONS"]


def _interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Any:
    cupy = get_namespace()
    if xp.ndim != 1 or fp.ndim != 1:
        raise ValueError("xp and fp must be 1D arrays")
    if xp.size != fp.size:
        raise ValueError("fp and xp are not of the same length")
    if not xp.size:
        raise ValueError("array of sample points is empty")
    if not x.flags.c_contiguous:
        raise NotImplementedError("Non-C-contiguous x is currently not supported")
    common = cupy.common_type(x, xp)
    if not np.can_cast(common, np.float64):
        raise TypeError(
            f"Cannot cast array data from {common} to {np.float64} according to the rule 'safe'"
        )
    if period is not None:
        if period == 0:
            raise ValueError("period must be a non-zero value")
        period, left, right = abs(period), None, None
        x, xp = x.astype(np.float64), xp.astype(np.float64)
        x %= period
        xp %= period
        order = cupy.argsort(xp)
        xp, fp = xp[order], fp[order]
        xp = cupy.concatenate((xp[-1:] - period, xp, xp[:1] + period))
        fp = cupy.concatenate((fp[-1:], fp, fp[:1]))
    places = cupy.searchsorted(xp, x, side="right")
    left = fp[0] if left is None else cupy.array(left, fp.dtype)
    right = fp[-1] if right is None else cupy.array(right, fp.dtype)
    hosts = [kernel_operand(one) for one in (x, places, xp, fp, left, right)]
    with np.errstate(all="ignore"):
        return wrap(_interpolated(*hosts))


def _widened(dtype: np.dtype[Any]) -> np.dtype[Any]:
    if dtype == np.float16:
        return np.dtype(np.float32)
    return np.dtype(np.int32) if dtype.kind in "biu" and dtype.itemsize < 4 else dtype


def _by_parts(operate: Any, values: Any, numbers: Any) -> Any:
    """Apply an operation with real numbers to real and imaginary parts."""
    if values.dtype.kind != "c":
        return operate(values, numbers)
    out = np.empty_like(values)
    out.real, out.imag = operate(values.real, numbers), operate(values.imag, numbers)
    return out


def _interpolated(x: Any, places: Any, points: Any, values: Any, left: Any, right: Any) -> Any:
    dtype = np.dtype(np.complex128 if values.dtype.kind == "c" else np.float64)
    last = points.size - 1
    # C++ computes with small numbers after widening them.
    wide = _widened(values.dtype)
    values = values.astype(wide, copy=False)
    place = np.clip(places - 1, 0, max(last - 1, 0))
    after = np.minimum(place + 1, last)
    rise = (values[after] - values[place]).astype(dtype)
    ends = points.astype(float)
    slope = _by_parts(np.divide, rise, ends[after] - ends[place])
    out = _by_parts(np.multiply, slope, x - ends[place]) + values[place]
    again = _by_parts(np.multiply, slope, x - ends[after]) + values[after]
    again = np.where(np.isnan(again) & (values[place] == values[after]), values[place], again)
    out = np.where(np.isnan(out), again, out)
    out = np.where(x == points[place], values[place], out)
    out = np.where(places - 1 >= last, right, out)
    out = np.where(x == points[last], values[last], out)
    out = np.where(places < 1, left, out)
    return np.where(np.isnan(x), x, out).astype(dtype)


def _spacings(f: Any, axes: Any, given: tuple[Any, ...]) -> list[Any]:
    cupy = get_namespace()
    if not given:
        return [1.0] * len(axes)
    if len(given) == 1 and cupy.ndim(given[0]) == 0:
        return [given[0]] * len(axes)
    if len(given) != len(axes):
        raise TypeError("invalid number of arguments")
    spacings = list(given)
    for place, distances in enumerate(given):
        if cupy.ndim(distances) == 0:
            continue
        if cupy.ndim(distances) != 1:
            raise ValueError("distances must be either scalars or 1d")
        if len(distances) != f.shape[axes[place]]:
            raise ValueError(
                "when 1d, distances must match the length of the corresponding dimension"
            )
        if np.issubdtype(distances.dtype, np.integer):
            distances = distances.astype(np.float64)  # noqa: PLW2901
        steps = cupy.diff(distances)
        spacings[place] = steps[0] if (steps == steps[0]).all() else steps
    return spacings


def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: Any = 1) -> Any:
    cupy = get_namespace()
    f = cupy.asanyarray(f)
    axes = _ordered_axes(axis, f.ndim)
    spacings = _spacings(f, axes, varargs)
    if edge_order > 2:
        raise ValueError("'edge_order' greater than 2 not supported")
    dtype = f.dtype
    if not np.issubdtype(dtype, np.inexact):
        f = f.astype(np.float64) if np.issubdtype(dtype, np.integer) else f
        dtype = np.dtype(np.float64)
    found = []
    for one, spacing in zip(axes, spacings, strict=True):
        if f.shape[one] < edge_order + 1:
            raise ValueError(
                "Shape of array too small to calculate a numerical gradient, at least (edge_order "
                "+ 1) elements are required."
            )
        out = cupy.empty_like(f, dtype=dtype)
        _differentiate(f, out, one, spacing, edge_order)
        found.append(out)
    return found[0] if len(axes) == 1 else found


def _ordered_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    if isinstance(axis, tuple):
        normalize_axes(axis, ndim)
        return tuple(one % ndim for one in axis)
    (only,) = normalize_axes(axis, ndim)
    return (only,)


def _differentiate(f: Any, out: Any, axis: int, spacing: Any, edge_order: Any) -> None:
    cupy = get_namespace()

    def part(start: Any, stop: Any = None) -> tuple[Any, ...]:
        lead = (slice(None),) * axis
        return (*lead, start if stop is None else slice(start, None if stop == 0 else stop))

    uniform = cupy.ndim(spacing) == 0
    inner = part(1, -1)
    if uniform:
        out[inner] = (f[part(2, 0)] - f[part(0, -2)]) / (2.0 * spacing)
    else:
        before, after = spacing[:-1], spacing[1:]
        both = before + after
        shape = [1] * f.ndim
        shape[axis] = -1
        weights = (
            -after / (before * both),
            (after - before) / (before * after),
            before / (after * both),
        )
        first, second, third = (one.reshape(shape) for one in weights)
        out[inner] = first * f[part(0, -2)] + second * f[inner] + third * f[part(2, 0)]
    if edge_order == 1:
        out[part(0)] = (f[part(1)] - f[part(0)]) / (spacing if uniform else spacing[0])
        out[part(-1)] = (f[part(-1)] - f[part(-2)]) / (spacing if uniform else spacing[-1])
        return
    first, second, third = _edge_weights(spacing, uniform, start=True)
    out[part(0)] = first * f[part(0)] + second * f[part(1)] + third * f[part(2)]
    first, second, third = _edge_weights(spacing, uniform, start=False)
    out[part(-1)] = first * f[part(-3)] + second * f[part(-2)] + third * f[part(-1)]


def _edge_weights(spacing: Any, uniform: bool, *, start: bool) -> tuple[Any, Any, Any]:
    if uniform:
        if start:
            return -1.5 / spacing, 2.0 / spacing, -0.5 / spacing
        return 0.5 / spacing, -2.0 / spacing, 1.5 / spacing
    near, far = (spacing[0], spacing[1]) if start else (spacing[-2], spacing[-1])
    both = near + far
    if start:
        return -(2.0 * near + far) / (near * both), both / (near * far), -near / (far * both)
    return far / (near * both), -both / (near * far), (2.0 * far + near) / (far * both)


def _unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * np.pi) -> Any:
    cupy = get_namespace()
    p = cupy.asarray(p)
    steps = cupy.diff(p, axis=axis)
    if discont is None:
        discont = period / 2
    index = [slice(None)] * p.ndim
    index[axis] = slice(1, None)
    later = tuple(index)
    dtype = np.result_type(steps.dtype, period)
    if np.issubdtype(dtype, np.integer):
        high, rest = divmod(period, 2)
        ambiguous = rest == 0
    else:
        high, ambiguous = period / 2, True
    low = -high
    reduced = cupy.mod(steps - low, period) + low
    if ambiguous:
        cupy.copyto(reduced, high, where=(reduced == low) & (steps > 0))
    correction = reduced - steps
    cupy.copyto(correction, 0, where=abs(steps) < discont)
    out = cupy.array(p, copy=True, dtype=dtype)
    out[later] = p[later] + cupy.cumsum(correction, axis=axis)
    return out


FUNCTIONS: dict[str, Any] = named({"gradient": _gradient, "interp": _interp, "unwrap": _unwrap})
"""The functions by name."""
