"""Names of a private module of CuPy that programs and CuPy's own tests use."""

from __future__ import annotations

import os

from zarr_devbuf.simulator._core.errors import warn_experimental as experimental
from zarr_devbuf.simulator._functions.memoization import clear_memo, memoize

__all__ = ["PerformanceWarning", "clear_memo", "experimental", "memoize"]

ENABLE_SLICE_COPY = bool(int(os.environ.get("CUPY_EXPERIMENTAL_SLICE_COPY", "0")))
CUDA_ARRAY_INTERFACE_SYNC = True
CUDA_ARRAY_INTERFACE_EXPORT_VERSION = int(
    os.environ.get("CUPY_CUDA_ARRAY_INTERFACE_EXPORT_VERSION", "3")
)


class PerformanceWarning(RuntimeWarning):
    """Warns of something that is slow on a GPU."""

    __module__ = "cupy._util"
