"""``cupy.fft``, which is not implemented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr_devbuf.simulator._functions.not_implemented import not_implemented_function

_NAMES = [
    "fft",
    "ifft",
    "fft2",
    "ifft2",
    "fftn",
    "ifftn",
    "rfft",
    "irfft",
    "rfft2",
    "irfft2",
    "rfftn",
    "irfftn",
    "hfft",
    "ihfft",
    "fftfreq",
    "rfftfreq",
    "fftshift",
    "ifftshift",
]

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...


globals().update({name: not_implemented_function(f"cupy.fft.{name}") for name in _NAMES})

__all__ = [*_NAMES]  # noqa: PLE0604
