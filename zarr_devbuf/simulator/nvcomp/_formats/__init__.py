"""The compressed formats, by the names of nvCOMP's algorithms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr_devbuf.simulator.nvcomp._formats.deflate import Deflate, GDeflate, Gzip
from zarr_devbuf.simulator.nvcomp._formats.lz4 import LZ4
from zarr_devbuf.simulator.nvcomp._formats.numeric import ANS, Bitcomp, Cascaded
from zarr_devbuf.simulator.nvcomp._formats.snappy import Snappy
from zarr_devbuf.simulator.nvcomp._formats.zstd import Zstd

if TYPE_CHECKING:
    from zarr_devbuf.simulator.nvcomp._formats.format import Format

__all__ = ["FORMATS", "find_format"]

FORMATS: tuple[type[Format], ...] = (
    LZ4,
    Snappy,
    Zstd,
    Deflate,
    GDeflate,
    Gzip,
    ANS,
    Bitcomp,
    Cascaded,
)


def find_format(name: str) -> type[Format]:
    """Return the format of an algorithm; upper and lower case do not differ."""
    for found in FORMATS:
        if found.name.lower() == name.lower():
            return found
    raise ValueError(f'Unknown algorithm: "{name}".')
