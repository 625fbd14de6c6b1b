"""The error of ``cuda.core``."""

from __future__ import annotations

__all__ = ["CUDAError"]


class CUDAError(Exception):
    """An error of CUDA."""

    __module__ = "zarr_devbuf.simulator.cuda.core"
