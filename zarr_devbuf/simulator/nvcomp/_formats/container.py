"""The container of formats whose bytes are not NVIDIA's."""

from __future__ import annotations

import struct
import zlib
from abc import abstractmethod
from typing import Any, Final

import numpy as np

from zarr_devbuf.simulator.nvcomp._formats.format import Format

__all__ = ["WINDOW", "Container"]

# zlib's name of a gzip stream: its checksum, a CRC, finds more than that of a zlib stream.
WINDOW: Final = 31

# The mark, the number of the format, how the content was arranged, and its size in bytes. The
# checksum of these follows.
_HEADER = struct.Struct("<6sBBQ")
_CHECKSUM = struct.Struct("<I")
_START = _HEADER.size + _CHECKSUM.size
_MARK = b"devbuf"
# Where the header says how the content was arranged.
_ARRANGEMENT = len(_MARK) + 1


class Container(Format):
    """A header and a gzip stream, whose checksums find corrupt data.

    NVIDIA has not published the format. Data from a GPU cannot be decompressed, and says so.
    """

    def compress(self, data: Any) -> bytes:
        """Return the header and the stream."""
        arranged, arrangement = self.arrange(np.ascontiguousarray(data))
        header = _HEADER.pack(_MARK, self.number, arrangement, data.size)
        checksum = _CHECKSUM.pack(zlib.crc32(header))
        return header + checksum + self.pack(np.ascontiguousarray(arranged))

    def decompress(self, data: Any, nbytes: int) -> Any:
        """Return the content of the stream."""
        self.checked(range(self.uncompressed_size(data)), nbytes)
        stream = zlib.decompressobj(WINDOW)
        try:
            content = stream.decompress(data[_START:])
        except zlib.error as error:
            raise self.corrupt(error) from None
        if not stream.eof:
            raise self.corrupt("the stream is cut short")
        arranged = np.frombuffer(self.checked(content, nbytes), np.uint8)
        return self.restore(arranged, int(data[_ARRANGEMENT]))

    def uncompressed_size(self, data: Any) -> int:
        """Return the size that the header states."""
        if data.size < _START:
            raise self.corrupt("it is too short")
        header = bytes(data[: _HEADER.size])
        mark, number, _, size = _HEADER.unpack(header)
        if mark != _MARK or number != self.number:
            raise self.corrupt(
                f"it is no {self.name} data of the simulated nvCOMP, which cannot read what a GPU "
                "has compressed in this format"
            )
        if _CHECKSUM.pack(zlib.crc32(header)) != bytes(data[_HEADER.size : _START]):
            raise self.corrupt("the checksum of its header does not match")
        return int(size)

    def arrange(self, data: Any) -> tuple[Any, int]:
        """Return a buffer as `pack` takes it, and a byte that says how it was arranged."""
        return data, 0

    def restore(self, arranged: Any, arrangement: int) -> Any:
        """Undo `arrange`."""
        del arrangement
        return arranged

    @abstractmethod
    def pack(self, data: Any) -> bytes:
        """Return the gzip stream of a buffer."""
