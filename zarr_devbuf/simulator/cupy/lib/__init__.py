"""``cupy.lib``."""

from __future__ import annotations

from zarr_devbuf.simulator.cupy.lib import stride_tricks

__all__ = ["stride_tricks"]
