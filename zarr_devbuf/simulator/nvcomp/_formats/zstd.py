"""Zstd: frames of RFC 8878, compressed by numcodecs."""

from __future__ import annotations

from typing import Any

from numcodecs import zstd  # type: ignore[import-untyped]  # it has no type information

from zarr_devbuf.simulator.nvcomp._formats.format import Format

__all__ = ["Zstd"]

_MAGIC = b"\x28\xb5\x2f\xfd"
_LEVEL = 3
# Bytes of the dictionary's number and of the content size, by the flags of the frame.
_DICTIONARY = (0, 1, 2, 4)
_CONTENT = (0, 2, 4, 8)


class Zstd(Format):
    """One frame, that states its content size. The bytes are a standard frame's."""

    name = "Zstd"
    number = 1
    largest = (1 << 31) - 1
    alignments = (4, 8)

    def compress(self, data: Any) -> bytes:
        """Return a frame with the content size and without a checksum."""
        return bytes(zstd.compress(data, _LEVEL))

    def decompress(self, data: Any, nbytes: int) -> Any:
        """Return the content of a frame."""
        self.checked(range(self.uncompressed_size(data)), nbytes)
        try:
            return self.checked(zstd.decompress(data), nbytes)
        except RuntimeError as error:
            raise self.corrupt(error) from None

    def uncompressed_size(self, data: Any) -> int:
        """Return the content size that the frame states; raise if it states none."""
        header = bytes(data[:18])
        if len(header) < 6 or header[:4] != _MAGIC:
            raise self.corrupt("it is no frame")
        flags = header[4]
        single = bool(flags & 0x20)
        width = _CONTENT[flags >> 6]
        if not width and single:
            width = 1
        if not width:
            raise self.corrupt("the frame does not state its content size, which nvCOMP needs")
        start = 5 + (not single) + _DICTIONARY[flags & 3]
        size = int.from_bytes(header[start : start + width], "little")
        return size + 256 if width == 2 else size
