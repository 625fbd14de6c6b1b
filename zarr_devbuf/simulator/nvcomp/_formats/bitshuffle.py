"""The bits of elements sorted by their significance, as LZ4's option asks for."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from zarr_devbuf.simulator.nvcomp.enums import BitshuffleMode

__all__ = ["bitshuffle", "bitunshuffle"]


def _order(mode: BitshuffleMode) -> Literal["big", "little"]:
    return "big" if mode == BitshuffleMode.NVCOMP_BITSHUFFLE_MSB_FIRST else "little"


def _split(data: Any, size: int) -> tuple[Any, Any]:
    """Return the bytes of as many elements as are a multiple of 8, and the rest."""
    end = data.size // (8 * size) * 8 * size
    return data[:end], data[end:]


def bitshuffle(data: Any, size: int, mode: BitshuffleMode) -> Any:
    """Return the bytes of elements with all first bits first, then all second ones, and so on."""
    whole, rest = _split(data, size)
    bits = np.unpackbits(whole, bitorder=_order(mode)).reshape(-1, size * 8)
    return np.concatenate((np.packbits(bits.T.reshape(-1), bitorder=_order(mode)), rest))


def bitunshuffle(data: Any, size: int, mode: BitshuffleMode) -> Any:
    """Undo `bitshuffle`."""
    whole, rest = _split(data, size)
    bits = np.unpackbits(whole, bitorder=_order(mode)).reshape(size * 8, -1)
    return np.concatenate((np.packbits(bits.T.reshape(-1), bitorder=_order(mode)), rest))
