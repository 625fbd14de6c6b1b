"""Snappy: raw blocks, compressed by cramjam."""

from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.simulator.nvcomp._formats.format import Format

__all__ = ["Snappy"]


def _cramjam() -> Any:
    try:
        import cramjam  # noqa: PLC0415 - an optional dependency
    except ImportError as error:
        raise ImportError(
            "Snappy of the simulated nvCOMP needs the package cramjam. Install it with: "
            "pip install 'zarr-devbuf[nvcomp]'"
        ) from error
    return cramjam


class Snappy(Format):
    """One raw block, that begins with its size. The bytes are a standard block's."""

    name = "Snappy"
    number = 3
    largest = 1 << 24
    alignments = (1, 1)

    def compress(self, data: Any) -> bytes:
        """Return a block."""
        return bytes(_cramjam().snappy.compress_raw(np.ascontiguousarray(data)))

    def decompress(self, data: Any, nbytes: int) -> Any:
        """Return the content of a block."""
        cramjam = _cramjam()
        self.checked(range(self.uncompressed_size(data)), nbytes)
        try:
            result = bytes(cramjam.snappy.decompress_raw(bytes(data)))
        except cramjam.DecompressionError as error:
            raise self.corrupt(error) from None
        return self.checked(result, nbytes)

    def uncompressed_size(self, data: Any) -> int:
        """Return the size that the block states, seven bits in each byte."""
        size = 0
        for index, byte in enumerate(bytes(data[:5])):
            size |= (byte & 0x7F) << 7 * index
            if byte < 0x80:
                return size
        raise self.corrupt("it does not begin with a size")

    def bound(self, nbytes: int) -> int:
        """Return the most bytes that Snappy documents."""
        return 32 + nbytes + nbytes // 6
