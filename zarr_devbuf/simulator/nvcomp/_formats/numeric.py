"""ANS, Bitcomp and Cascaded: lossless, with other bytes than NVIDIA's."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator.nvcomp._formats.container import WINDOW, Container
from zarr_devbuf.simulator.nvcomp._formats.deflate import algorithm_type
from zarr_devbuf.simulator.nvcomp._version import api_version
from zarr_devbuf.simulator.nvcomp.data_types import SIZES, check_data_type
from zarr_devbuf.simulator.nvcomp.enums import (
    BitcompMode,
    CascadedCoarseGrainedEncoding,
    CascadedFineGrainedEncoding,
    CascadedMode,
    CascadedTerminalCodec,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ANS", "Bitcomp", "Cascaded"]

_INTEGERS = frozenset(f"{order}{kind}{size}" for order, kind, size in (
    (order, kind, size) for kind in "iu" for order, size in (("|", 1), ("<", 2), ("<", 4), ("<", 8))
))  # fmt: skip
_FLOATS = frozenset({"<f2", "<f4", "<f8"})
_SYMMETRIC = frozenset({"<i4", "<u4", "<i8", "<u8"})


def _deflate(data: Any, strategy: int) -> bytes:
    compressor = zlib.compressobj(1, zlib.DEFLATED, WINDOW, 9, strategy)
    return compressor.compress(data) + compressor.flush()


class ANS(Container):
    """An entropy coder. NVIDIA's bytes are others, and are not public."""

    name = "ANS"
    number = 7
    largest = 1 << 24
    alignments = (16, 16)

    def __init__(self, options: Mapping[str, Any]) -> None:
        types = {"|u1", "|f1", "<f2"} | ({"|i1", "<f4"} if api_version() > 5 else {"|i1"})
        self.data_type = check_data_type(
            options.get("data_type", "|i1"), frozenset(types), self.name
        )
        chunks = options.get("max_sub_chunk_count", 0)
        if chunks and (not 4 <= chunks <= 64 or chunks & (chunks - 1)):
            raise ValueError(
                f"max_sub_chunk_count must be 0 or a power of two from 4 to 64, got {chunks}"
            )
        for option, most in (("states_per_lane", 2), ("histogram_reduction_log2", 8)):
            if not 0 <= options.get(option, 0) <= most:
                raise ValueError(f"{option} must be 0 to {most}, got {options[option]}")

    def pack(self, data: Any) -> bytes:
        """Return a stream of Huffman codes."""
        return _deflate(data, zlib.Z_HUFFMAN_ONLY)


class Bitcomp(Container):
    """A compressor of numbers, lossless. NVIDIA's bytes are others, and are not public.

    The lossy modes raise ``NotImplementedError``.
    """

    name = "Bitcomp"
    number = 8
    largest = 1 << 24
    alignments = (8, 8)

    def __init__(self, options: Mapping[str, Any]) -> None:
        mode = options.get("mode", BitcompMode.BITCOMP_LOSSLESS)
        if mode != BitcompMode.BITCOMP_LOSSLESS:
            raise not_implemented(f"nvidia.nvcomp.Codec with mode={mode}")
        self.data_type = check_data_type(
            options.get("data_type", "|u1"), _INTEGERS | _FLOATS, self.name
        )
        algorithm_type({"algorithm_type": 0, **options}, range(2), self.name)

    def arrange(self, data: Any) -> tuple[Any, int]:
        """Return the first bytes of all elements, then the second, and so on."""
        size = SIZES[self.data_type]
        return data.reshape(-1, size).T, size

    def restore(self, arranged: Any, arrangement: int) -> Any:
        """Return the elements."""
        return arranged.reshape(arrangement, -1).T.reshape(-1)

    def pack(self, data: Any) -> bytes:
        """Return a stream of short matches."""
        return _deflate(data, zlib.Z_FILTERED)


class Cascaded(Container):
    """Differences and runs of integers. NVIDIA's bytes are others, and are not public."""

    name = "Cascaded"
    number = 9
    largest = 1 << 24
    alignments = (8, 8)

    def __init__(self, options: Mapping[str, Any]) -> None:
        if api_version() < 6:
            self._take_five(options)
        else:
            self._take(options)

    def _take_five(self, options: Mapping[str, Any]) -> None:
        self.data_type = check_data_type(options.get("data_type", "<i4"), _INTEGERS, self.name)
        for option in ("num_rles", "num_deltas"):
            if options.get(option, 0) < 0:
                raise ValueError(f"{option} must not be negative, got {options[option]}")
        self._has_deltas = options.get("num_deltas", 1) > 0

    def _take(self, options: Mapping[str, Any]) -> None:
        mode = CascadedMode(options.get("mode", CascadedMode.ASYMMETRIC))
        if mode.name == "???":
            raise ValueError(f"mode of Cascaded must be a CascadedMode, got {mode!r}")
        allowed = _SYMMETRIC if mode == CascadedMode.SYMMETRIC else _INTEGERS
        self.data_type = check_data_type(options.get("data_type", "<u4"), allowed, self.name)
        terminal = CascadedTerminalCodec.CASCADED_BITPACK
        if options.get("terminal_codecs", terminal) != terminal:
            raise ValueError("terminal_codecs of Cascaded must be CASCADED_BITPACK")
        coarse = CascadedCoarseGrainedEncoding.NONE
        if options.get("coarse_grained_encodings", coarse) != coarse:
            raise ValueError("coarse_grained_encodings of Cascaded must be NONE")
        fine = int(options.get("fine_grained_encodings", 3))
        if not 0 <= fine <= 7:
            raise ValueError(f"fine_grained_encodings of Cascaded must be flags, got {fine}")
        self._has_deltas = bool(CascadedFineGrainedEncoding.DELTA & fine)

    def arrange(self, data: Any) -> tuple[Any, int]:
        """Return the differences of the elements, if the codec may use them."""
        if not self._has_deltas:
            return data, 0
        size = SIZES[self.data_type]
        numbers = data.view(f"u{size}")
        return np.diff(numbers, prepend=numbers.dtype.type(0)).view(np.uint8), size

    def restore(self, arranged: Any, arrangement: int) -> Any:
        """Return the elements."""
        if not arrangement:
            return arranged
        deltas = arranged.view(f"u{arrangement}")
        return np.cumsum(deltas, dtype=deltas.dtype).view(np.uint8)

    def pack(self, data: Any) -> bytes:
        """Return a stream of runs."""
        return _deflate(data, zlib.Z_RLE)
