"""Implementation of `zarr_devbuf.transfers`."""

from __future__ import annotations

__all__: list[str] = []
