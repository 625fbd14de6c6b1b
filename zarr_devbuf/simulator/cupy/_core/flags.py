"""The flags of arrays, under the name of the module in which CuPy defines them."""

from __future__ import annotations

from zarr_devbuf.simulator._core.flags import Flags

__all__ = ["Flags"]
