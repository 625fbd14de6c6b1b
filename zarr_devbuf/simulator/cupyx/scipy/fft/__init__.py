"""``cupyx.scipy.fft``: Fourier transforms; also a backend for ``scipy.fft``."""

from __future__ import annotations

from zarr_devbuf.simulator.cupy.fft import fftfreq, fftshift, ifftshift, rfftfreq
from zarr_devbuf.simulator.cupyx.scipy.fft._fft import (
    __ua_convert__,
    __ua_domain__,
    __ua_function__,
    fft,
    fft2,
    fftn,
    hfft,
    hfft2,
    hfftn,
    ifft,
    ifft2,
    ifftn,
    ihfft,
    ihfft2,
    ihfftn,
    irfft,
    irfft2,
    irfftn,
    rfft,
    rfft2,
    rfftn,
)
from zarr_devbuf.simulator.cupyx.scipy.fft._helper import next_fast_len
from zarr_devbuf.simulator.cupyx.scipy.fft._plan import get_fft_plan

__all__ = [
    "__ua_convert__",
    "__ua_domain__",
    "__ua_function__",
    "fft",
    "fft2",
    "fftfreq",
    "fftn",
    "fftshift",
    "get_fft_plan",
    "hfft",
    "hfft2",
    "hfftn",
    "ifft",
    "ifft2",
    "ifftn",
    "ifftshift",
    "ihfft",
    "ihfft2",
    "ihfftn",
    "irfft",
    "irfft2",
    "irfftn",
    "next_fast_len",
    "rfft",
    "rfft2",
    "rfftfreq",
    "rfftn",
]
