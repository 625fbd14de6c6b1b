"""The array, under the name of the module in which CuPy defines it."""

from __future__ import annotations

from zarr_devbuf.simulator._core.array import ndarray
from zarr_devbuf.simulator._core.ufuncs import ufunc

__all__ = ["ndarray", "ufunc"]
