"""``cupyx.scipy.fftpack``: Fourier transforms with the arguments of ``scipy.fftpack``."""

from __future__ import annotations

from zarr_devbuf.simulator.cupyx.scipy.fft._plan import get_fft_plan
from zarr_devbuf.simulator.cupyx.scipy.fftpack._fft import (
    fft,
    fft2,
    fftn,
    ifft,
    ifft2,
    ifftn,
    irfft,
    rfft,
)

__all__ = ["fft", "fft2", "fftn", "get_fft_plan", "ifft", "ifft2", "ifftn", "irfft", "rfft"]
