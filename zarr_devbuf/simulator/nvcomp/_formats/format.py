"""What a compressed format is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from zarr_devbuf.simulator.nvcomp.data_types import SIZES
from zarr_devbuf.simulator.nvcomp.errors import failure

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Format"]


class Format(ABC):
    """A compressed format with its options.

    Buffers are NumPy arrays of uint8 with one axis.

    Parameters
    ----------
    options
        The options of the codec that the user gave.

    Attributes
    ----------
    name
        The name of the algorithm in nvCOMP.
    number
        What the headers of the simulator call the format.
    largest
        The most bytes that are compressed as one, as nvCOMP's headers document it.
    alignments
        The alignment in bytes that nvCOMP's headers require to compress and to decompress, in
        nvCOMP 6.
    """

    name: ClassVar[str]
    number: ClassVar[int]
    largest: ClassVar[int]
    alignments: ClassVar[tuple[int, int]]

    # The type of the elements; for formats that have none, that of decoded arrays.
    data_type: str = "|i1"

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Take the options that concern the format: none."""
        del options

    @abstractmethod
    def compress(self, data: Any) -> bytes:
        """Return the compressed bytes of a buffer."""

    @abstractmethod
    def decompress(self, data: Any, nbytes: int) -> Any:
        """Return the uncompressed bytes of a compressed buffer.

        Parameters
        ----------
        data
            The compressed buffer.
        nbytes
            The number of uncompressed bytes.

        Raises
        ------
        RuntimeError
            If the buffer is corrupt.
        """

    @abstractmethod
    def uncompressed_size(self, data: Any) -> int:
        """Return the number of uncompressed bytes of a compressed buffer."""

    def bound(self, nbytes: int) -> int:
        """Return the most bytes to which a number of bytes is compressed."""
        return nbytes + nbytes // 128 + 256

    def check_input(self, nbytes: int) -> None:
        """Raise ``RuntimeError`` if a buffer of this size cannot be compressed as one."""
        if nbytes > self.largest:
            raise failure(
                "chunk size too large",
                f"{self.name} compresses at most {self.largest:,} bytes as one, got {nbytes:,}",
            )
        size = SIZES[self.data_type]
        if nbytes % size:
            raise failure(
                "wrong input length",
                f"{nbytes:,} bytes are not whole elements of {size} bytes ({self.data_type})",
            )

    def corrupt(self, reason: object) -> RuntimeError:
        """Return the error for a buffer that is not in this format."""
        return failure("cannot decompress", f"corrupt {self.name} data: {reason}")

    def checked(self, result: Any, nbytes: int) -> Any:
        """Return uncompressed bytes; raise ``RuntimeError`` if they are more or fewer."""
        if len(result) != nbytes:
            raise self.corrupt(f"expected {nbytes} bytes, got {len(result)}")
        return result
