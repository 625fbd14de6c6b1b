"""``cupy_backends.cuda.api.driver``, which is also ``cupy.cuda.driver``: its error."""

from __future__ import annotations

from zarr_devbuf.simulator._core.errors import CUDADriverError

__all__ = ["CUDADriverError"]
