"""Deflate, gzip and GDeflate, compressed by zlib."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from zarr_devbuf.simulator.nvcomp._formats.container import WINDOW, Container
from zarr_devbuf.simulator.nvcomp._formats.format import Format

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Deflate", "GDeflate", "Gzip", "algorithm_type"]

# zlib's level and strategy for each `algorithm_type` of nvCOMP, from fast to small.
_EFFORT = (
    (1, zlib.Z_HUFFMAN_ONLY),
    (1, zlib.Z_DEFAULT_STRATEGY),
    (2, zlib.Z_DEFAULT_STRATEGY),
    (2, zlib.Z_DEFAULT_STRATEGY),
    (6, zlib.Z_DEFAULT_STRATEGY),
    (9, zlib.Z_DEFAULT_STRATEGY),
)


def algorithm_type(options: Mapping[str, Any], values: range, of: str) -> int:
    """Return the option ``algorithm_type``; raise ``ValueError`` if it is not in a range."""
    value = int(options.get("algorithm_type", values[-1] and 1))
    if value not in values:
        raise ValueError(f"algorithm_type of {of} must be {values[0]} to {values[-1]}, got {value}")
    return value


class Deflate(Format):
    """A raw stream of RFC 1951. The bytes are a standard stream's."""

    name = "Deflate"
    number = 4
    largest = 1 << 31
    alignments = (8, 4)

    # zlib's name of the raw stream.
    _wbits = -15

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._effort = _EFFORT[algorithm_type(options, range(6), self.name)]

    def compress(self, data: Any) -> bytes:
        """Return a stream."""
        level, strategy = self._effort
        compressor = zlib.compressobj(level, zlib.DEFLATED, self._wbits, 9, strategy)
        return compressor.compress(data) + compressor.flush()

    def decompress(self, data: Any, nbytes: int) -> Any:
        """Return the content of a stream."""
        return self.checked(self._inflate(data), nbytes)

    def uncompressed_size(self, data: Any) -> int:
        """Return the size of the content; the stream is decompressed for it."""
        return len(self._inflate(data))

    def _inflate(self, data: Any) -> bytes:
        stream = zlib.decompressobj(self._wbits)
        try:
            result = stream.decompress(data)
        except zlib.error as error:
            raise self.corrupt(error) from None
        if not stream.eof:
            raise self.corrupt("the stream is cut short")
        return result


class Gzip(Deflate):
    """A member of RFC 1952. The bytes are a standard member's."""

    name = "Gzip"
    number = 5
    largest = 0x7FFF_FFFF << 15
    alignments = (8, 8)
    _wbits = 31


class GDeflate(Container):
    """Lossless; the bytes are not NVIDIA's, whose format is not public. It is for the simulator."""

    name = "GDeflate"
    number = 6
    largest = 1 << 31
    alignments = (8, 4)

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._effort = _EFFORT[algorithm_type(options, range(6), self.name)]

    def pack(self, data: Any) -> bytes:
        """Return a gzip stream."""
        level, strategy = self._effort
        compressor = zlib.compressobj(level, zlib.DEFLATED, WINDOW, 9, strategy)
        return compressor.compress(data) + compressor.flush()
