"""``python -m zarr_devbuf.cli``."""

from __future__ import annotations

from zarr_devbuf.cli import main

main()
