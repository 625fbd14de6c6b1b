"""The source distribution of the installed zarr."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from tests import sdists

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["sdist"]


def sdist() -> Path:
    """Return the folder of the unpacked source distribution of the installed zarr."""
    return sdists.sdist("zarr", version("zarr"))
