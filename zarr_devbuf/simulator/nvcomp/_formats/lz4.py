"""LZ4: blocks, compressed by numcodecs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numcodecs import lz4  # type: ignore[import-untyped]  # it has no type information

from zarr_devbuf.simulator.nvcomp._formats.bitshuffle import bitshuffle, bitunshuffle
from zarr_devbuf.simulator.nvcomp._formats.format import Format
from zarr_devbuf.simulator.nvcomp.data_types import SIZES, check_data_type
from zarr_devbuf.simulator.nvcomp.enums import BitshuffleMode

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LZ4"]

_PREFIX = 4
_LONG = 15
# What numcodecs takes.
_LARGEST_CONTENT = (1 << 31) - 1


class LZ4(Format):
    """One block, without a size. The bytes are a standard block's, unless bits are shuffled."""

    name = "LZ4"
    number = 2
    largest = 1 << 24
    alignments = (4, 4)

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.data_type = check_data_type(options.get("data_type", "|i1"))
        self._shuffle = options.get("bitshuffle_mode", BitshuffleMode.NVCOMP_BITSHUFFLE_NONE)

    def compress(self, data: Any) -> bytes:
        """Return a block."""
        if int(self._shuffle):
            data = bitshuffle(data, SIZES[self.data_type], self._shuffle)
        # numcodecs puts the size before the block.
        return bytes(lz4.compress(np.ascontiguousarray(data)))[_PREFIX:]

    def decompress(self, data: Any, nbytes: int) -> Any:
        """Return the content of a block."""
        if nbytes > _LARGEST_CONTENT:
            raise self.corrupt(f"its size is said to be {nbytes} bytes")
        try:
            result = lz4.decompress(nbytes.to_bytes(_PREFIX, "little") + bytes(data))
        except (RuntimeError, ValueError) as error:
            raise self.corrupt(error) from None
        result = np.frombuffer(self.checked(result, nbytes), np.uint8)
        if int(self._shuffle):
            result = bitunshuffle(result, SIZES[self.data_type], self._shuffle)
        return result

    def uncompressed_size(self, data: Any) -> int:
        """Return the size of the content; the sequences of the block are read for it."""
        block = bytes(data)
        position = total = 0
        try:
            while position < len(block):
                token = block[position]
                literals, position = _length(block, position + 1, token >> 4)
                position += literals
                total += literals
                if position == len(block):
                    return total
                match, position = _length(block, position + 2, token & _LONG)
                total += match + 4
        except IndexError:
            raise self.corrupt("the block is cut short") from None
        raise self.corrupt("the block does not end with literals")


def _length(block: bytes, position: int, length: int) -> tuple[int, int]:
    """Return a length that may go on in further bytes, and the position after it."""
    if length < _LONG:
        return length, position
    while True:
        more = block[position]
        position += 1
        length += more
        if more != 255:
            return length, position
