"""Bitstreams: what stands around the bytes of a format."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zarr_devbuf.simulator.nvcomp._version import api_version
from zarr_devbuf.simulator.nvcomp.errors import failure

if TYPE_CHECKING:
    from zarr_devbuf.simulator.nvcomp._formats.format import Format

__all__ = ["Bitstream", "Decoded", "Raw", "WithSize"]


@dataclass(frozen=True, slots=True)
class Decoded:
    """The content of a bitstream.

    Attributes
    ----------
    content
        The uncompressed bytes.
    data_type
        The type of the elements.
    error
        What the first access to the content raises.
    """

    content: Any
    data_type: str
    error: Exception | None = None


class Bitstream(ABC):
    """A kind of bitstream. Buffers are NumPy arrays of uint8 with one axis."""

    @abstractmethod
    def encode(self, data: Any) -> bytes:
        """Return the bitstream of a buffer."""

    @abstractmethod
    def size(self, data: Any) -> int:
        """Return the uncompressed bytes of a bitstream."""

    @abstractmethod
    def decode(self, data: Any) -> Decoded:
        """Return the content of a bitstream; raise ``RuntimeError`` if it is corrupt."""

    @abstractmethod
    def bound(self, nbytes: int) -> int:
        """Return the most bytes of a bitstream of a number of uncompressed bytes."""


class Raw(Bitstream):
    """The bytes of the format, and nothing else."""

    def __init__(self, kind: Format) -> None:
        self._format = kind

    def encode(self, data: Any) -> bytes:
        """Return the buffer, compressed as one."""
        self._format.check_input(data.size)
        return self._format.compress(data)

    def size(self, data: Any) -> int:
        """Return the size that the format states, or that its bytes tell."""
        return self._format.uncompressed_size(data)

    def decode(self, data: Any) -> Decoded:
        """Return the content."""
        content = self._format.decompress(data, self._format.uncompressed_size(data))
        return Decoded(content, self._format.data_type)

    def bound(self, nbytes: int) -> int:
        """Return the most bytes of the format."""
        return self._format.bound(nbytes)


class WithSize(Raw):
    """The uncompressed size, and the bytes of the format.

    In nvCOMP 6 the size has 8 bytes, and the format begins at byte 16. In nvCOMP 5 the format
    follows at once; LZ4's size has 4 bytes, as in numcodecs' LZ4.
    """

    def _widths(self) -> tuple[int, int]:
        """Return the bytes of the size, and those before the format."""
        if api_version() > 5:
            return 8, 16
        return (4, 4) if self._format.name == "LZ4" else (8, 8)

    def encode(self, data: Any) -> bytes:
        """Return the size and the buffer, compressed as one."""
        width, start = self._widths()
        size = int(data.size).to_bytes(width, "little")
        return size.ljust(start, b"\0") + super().encode(data)

    def size(self, data: Any) -> int:
        """Return the size that stands at the beginning."""
        width, start = self._widths()
        if data.size < start:
            raise failure("wrong header", f"{data.size} bytes are too few for a size")
        return int.from_bytes(bytes(data[:width]), "little")

    def decode(self, data: Any) -> Decoded:
        """Return the content."""
        nbytes = self.size(data)
        content = self._format.decompress(data[self._widths()[1] :], nbytes)
        return Decoded(content, self._format.data_type)

    def bound(self, nbytes: int) -> int:
        """Return the most bytes of the format, and those before it."""
        return super().bound(nbytes) + self._widths()[1]
