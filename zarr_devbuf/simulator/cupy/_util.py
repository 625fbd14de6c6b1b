"""Settings and helpers that other packages take from CuPy's private module of this name."""

from __future__ import annotations

from zarr_devbuf.simulator._core.errors import warn_experimental as experimental
from zarr_devbuf.simulator._functions.memoization import clear_memo, memoize

__all__ = ["PerformanceWarning", "clear_memo", "experimental", "memoize"]

ENABLE_SLICE_COPY = False
CUDA_ARRAY_INTERFACE_SYNC = True
CUDA_ARRAY_INTERFACE_EXPORT_VERSION = 3


class PerformanceWarning(RuntimeWarning):
    """A warning of slow work."""
