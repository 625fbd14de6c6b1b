"""``cupy.lib.stride_tricks``."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf import transfers
from zarr_devbuf.simulator._core.construction import array
from zarr_devbuf.simulator._core.host_copy import record_download
from zarr_devbuf.simulator._core.reductions import normalize_axes
from zarr_devbuf.simulator._core.storage import view

__all__ = ["as_strided", "sliding_window_view"]


def as_strided(x: Any, shape: Any = None, strides: Any = None) -> Any:
    """Return a view with the given shape and strides (in bytes), without any check."""
    lengths = x.shape if shape is None else tuple(shape)
    steps = x.strides if strides is None else tuple(strides)
    return view(np.lib.stride_tricks.as_strided(x._raw, lengths, steps), x)


def sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Any:
    """Return a view of all windows of a shape; the shape is uploaded, and read back."""
    window = tuple(window_shape) if np.iterable(window_shape) else (window_shape,)
    if writeable:
        raise NotImplementedError("Writeable views are not supported.")
    source = array(x, copy=None, subok=subok)
    if window:
        transfers.record("h2d", 8 * len(window), explicit=True)
    for length in window:
        # CuPy checks each length on the device.
        record_download(1)
        if length < 0:
            raise ValueError("`window_shape` cannot contain negative values")
    if axis is None and len(window) != source.ndim:
        raise ValueError(
            "Since axis is `None`, must provide window_shape for all dimensions of `x`; got "
            f"{len(window)} window_shape elements and `x.ndim` is {source.ndim}."
        )
    axes = normalize_axes(axis, source.ndim)
    if axis is None and len(window) != source.ndim:
        raise ValueError(
            "Since axis is `None`, must provide window_shape for all dimensions of `x`; got "
            f"{len(window)} window_shape elements and `x.ndim` is {source.ndim}."
        )
    if len(window) != len(axes):
        raise ValueError(
            f"Must provide matching length window_shape and axis; got {len(window)} window_shape "
            f"elements and {len(axes)} axes elements."
        )
    trimmed = list(source.shape)
    for one, length in zip(axes, window, strict=True):
        if trimmed[one] < length:
            raise ValueError("window shape cannot be larger than input array shape")
        trimmed[one] -= length - 1
    strides = source.strides + tuple(source.strides[one] for one in axes)
    return as_strided(source, (*trimmed, *window), strides)
