"""``cupy.polynomial``: functions on the coefficients of polynomials, lowest power first."""

from __future__ import annotations

from zarr_devbuf.simulator.cupy.polynomial import polynomial, polyutils

__all__ = ["polynomial", "polyutils"]
