"""``get_fft_plan``."""

from __future__ import annotations

import math
from typing import Any

from zarr_devbuf.simulator.cupy.fft._fft import (
    _convert_fft_type,
    _output_dtype,
    _real_size,
    plan_1d,
    plan_nd,
)

__all__ = ["get_fft_plan"]

_MOST_AXES = 3


def _checked_axes(a: Any, shape: Any, axes: Any) -> tuple[Any, int]:
    """Return the axes, and the axis of a plan for one."""
    if shape is not None and axes is not None and len(shape) != len(axes):
        raise ValueError("Shape and axes have different lengths.")
    if axes is None:
        count = a.ndim if shape is None else len(shape)
        return tuple(range(-count, 0)), 0
    if len(axes) == 1 and not -a.ndim <= axes[0] < a.ndim:
        raise ValueError(
            f"The chosen axis ({axes[0]}) exceeds the number of dimensions of a ({a.ndim})"
        )
    if len(axes) > _MOST_AXES:
        raise ValueError("Only up to three axes is supported")
    return axes, axes[0]


def get_fft_plan(a: Any, shape: Any = None, axes: Any = None, value_type: str = "C2C") -> Any:
    """Return a plan for the transforms of an array along one to three axes."""
    flags = a.flags
    if not (flags.c_contiguous or flags.f_contiguous):
        raise ValueError("Input array a must be contiguous")
    order = "C" if flags.c_contiguous else "F"
    shape = (shape,) if isinstance(shape, int) else shape
    axes = (axes,) if isinstance(axes, int) else axes
    axes, only = _checked_axes(a, shape, axes)
    lengths = list(a.shape)
    for length, axis in zip(shape or (), axes, strict=False):
        if length is not None:
            half = axis == axes[-1] and value_type == "C2R"
            lengths[axis] = length // 2 + 1 if half else length
    fft_type = _convert_fft_type(_output_dtype(a.dtype, value_type), value_type)
    if len(axes) == 1:
        real = value_type == "C2R"
        size = _real_size(lengths, shape, only, value_type) if real else lengths[only]
        return plan_1d(size, fft_type, math.prod(lengths) // lengths[only], keep=False)
    if value_type != "C2C" and flags.f_contiguous:
        raise ValueError("C2R/R2C PlanNd for F-order arrays is not supported")
    size = _real_size(lengths, shape, axes[-1], value_type)
    return plan_nd(tuple(lengths), fft_type, axes, order, size, keep=False)
