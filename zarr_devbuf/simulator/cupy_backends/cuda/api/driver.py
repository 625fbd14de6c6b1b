"""``cupy_backends.cuda.api.driver``: what programs ask of the driver before they use it."""

from __future__ import annotations

from zarr_devbuf.simulator._core.errors import CUDADriverError

__all__ = ["CUDADriverError", "get_build_version"]


def get_build_version() -> int:
    """Return the CUDA version that CuPy was built for."""
    return 12090


def _is_cuda_python() -> bool:
    """Return False: CuPy does not call the driver through another package."""
    return False
