"""Fourier transforms with the arguments of ``scipy.fftpack``."""

# ruff: noqa: PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.protocols import get_namespace
from zarr_devbuf.simulator.cupy.cuda.cufft import CUFFT_FORWARD, CUFFT_INVERSE
from zarr_devbuf.simulator.cupy.fft._fft import _default_fft_func, _fft

__all__ = ["fft", "fft2", "fftn", "ifft", "ifft2", "ifftn", "irfft", "rfft"]


def fft(x: Any, n: Any = None, axis: int = -1, overwrite_x: bool = False, plan: Any = None) -> Any:
    """Transform along one axis."""
    return _fft(x, (n,), (axis,), None, CUFFT_FORWARD, overwrite_x=overwrite_x, plan=plan)


def ifft(x: Any, n: Any = None, axis: int = -1, overwrite_x: bool = False, plan: Any = None) -> Any:
    """Transform back along one axis."""
    return _fft(x, (n,), (axis,), None, CUFFT_INVERSE, overwrite_x=overwrite_x, plan=plan)


def _several(x: Any, shape: Any, axes: Any, direction: int, overwrite_x: bool, plan: Any) -> Any:
    function = _default_fft_func(x, shape, axes, plan)
    return function(x, shape, axes, None, direction, overwrite_x=overwrite_x, plan=plan)


def fft2(
    x: Any,
    shape: Any = None,
    axes: Any = (-2, -1),
    overwrite_x: bool = False,
    plan: Any = None,
) -> Any:
    """Transform along two axes."""
    return _several(x, shape, axes, CUFFT_FORWARD, overwrite_x, plan)


def ifft2(
    x: Any,
    shape: Any = None,
    axes: Any = (-2, -1),
    overwrite_x: bool = False,
    plan: Any = None,
) -> Any:
    """Transform back along two axes."""
    return _several(x, shape, axes, CUFFT_INVERSE, overwrite_x, plan)


def fftn(
    x: Any, shape: Any = None, axes: Any = None, overwrite_x: bool = False, plan: Any = None
) -> Any:
    """Transform along several axes."""
    return _several(x, shape, axes, CUFFT_FORWARD, overwrite_x, plan)


def ifftn(
    x: Any, shape: Any = None, axes: Any = None, overwrite_x: bool = False, plan: Any = None
) -> Any:
    """Transform back along several axes."""
    return _several(x, shape, axes, CUFFT_INVERSE, overwrite_x, plan)


def _slices(ndim: int, axis: int) -> Any:
    def part(*limits: Any) -> tuple[slice, ...]:
        index = [slice(None)] * ndim
        index[axis] = slice(*limits)
        return tuple(index)

    return part


def rfft(x: Any, n: Any = None, axis: int = -1, overwrite_x: bool = False, plan: Any = None) -> Any:
    """Transform real numbers; real and imaginary parts alternate in the result."""
    n = x.shape[axis] if n is None else n
    shape = list(x.shape)
    shape[axis] = n
    found = _fft(x, (n,), (axis,), None, CUFFT_FORWARD, "R2C", overwrite_x=overwrite_x, plan=plan)
    out = get_namespace().empty(shape, found.real.dtype)
    part = _slices(x.ndim, axis)
    out[part(1)] = found[part(1)].real
    out[part(1, None, 2)] = found[part(1, None)].real
    out[part(2, None, 2)] = found[part(1, n - found.shape[axis] + 1)].imag
    return out


def irfft(x: Any, n: Any = None, axis: int = -1, overwrite_x: bool = False) -> Any:
    """Transform back from alternating real and imaginary parts to real numbers."""
    n = x.shape[axis] if n is None else n
    count = min(n, x.shape[axis])
    shape = list(x.shape)
    shape[axis] = n // 2 + 1
    single = x.dtype.char in "ef"
    halves = get_namespace().zeros(shape, dtype=np.complex64 if single else np.complex128)
    part = _slices(x.ndim, axis)
    halves[part(1)].real = x[part(1)]
    halves[part(1, count // 2 + 1)].real = x[part(1, count, 2)]
    halves[part(1, (count + 1) // 2)].imag = x[part(2, count, 2)]
    return _fft(halves, (n,), (axis,), None, CUFFT_INVERSE, "C2R", overwrite_x=overwrite_x)
