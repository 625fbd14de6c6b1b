"""The transfer ledger: what `zarr_devbuf.transfers` is made of."""

from __future__ import annotations

__all__: list[str] = []
