"""The chunks that the audit sends through every codec: several dtypes and shapes of array."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["CASES", "TEXT_CASES", "Case"]


@dataclass(frozen=True, slots=True)
class Case:
    """
    One array that is written and read back: several chunks, those at the edges partly filled.

    Attributes
    ----------
    name : str
        How reports name it: ``"uint8-2d"``.
    dtype : str
        As `zarr.create_array` takes it.
    shape, chunks : tuple of int
        Of the array and of each chunk, in elements.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    chunks: tuple[int, ...]

    @property
    def chunk_count(self) -> int:
        """How many chunks the array has."""
        return math.prod(-(-n // c) for n, c in zip(self.shape, self.chunks, strict=True))

    def data(self) -> npt.NDArray[Any]:
        """
        Make the values: the same at every call, smooth with a little noise, never all fill value.

        Smooth, because codecs for images and for measurements are made for that: noise would
        make every lossy one of them look broken.
        """
        size = math.prod(self.shape)
        if self.dtype == "string":
            words = [f"chunk {i} ü{'.' * (i % 7)}" for i in range(size)]
            return np.array(words, dtype=np.dtypes.StringDType()).reshape(self.shape)
        if self.dtype == "variable_length_bytes":
            blobs = np.empty(size, dtype=object)
            blobs[:] = [bytes(range(1 + i % 7)) for i in range(size)]
            return blobs.reshape(self.shape)
        wave: npt.NDArray[Any] = np.zeros(self.shape)
        for axis, extent in enumerate(self.shape):
            steps = np.arange(extent) / max(extent, 8)
            along = [-1 if axis == i else 1 for i in range(len(self.shape))]
            wave = wave + np.sin(2.5 * steps + axis).reshape(along)
        wave = wave - wave.min()
        wave = wave / wave.max() + np.random.default_rng(7).uniform(0, 0.02, self.shape)
        return _scaled(wave / wave.max(), np.dtype(self.dtype))


def _scaled(unit: npt.NDArray[np.float64], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Spread values of 0…1 over the small positive numbers that `dtype` holds."""
    if dtype.kind == "b":
        return unit > 0.5
    if dtype.kind in "iu":
        # 12 bits at most: enough to differ in every byte, and what codecs for images can hold.
        return np.asarray(
            1
            + unit
            * (
                250
                if dtype.itemsize == 1 and dtype.kind == "u"
                else 120
                if dtype.itemsize == 1
                else 4000
            )
        ).astype(dtype)
    if dtype.kind == "c":
        return (unit + 1j * unit[::-1]).astype(dtype)
    return (unit + 0.125).astype(dtype)


CASES: tuple[Case, ...] = (
    Case("bool-2d", "bool", (40, 48), (32, 32)),
    Case("uint8-1d", "uint8", (1000,), (256,)),
    Case("uint8-2d", "uint8", (40, 48), (32, 32)),
    Case("uint8-rgb", "uint8", (40, 48, 3), (32, 32, 3)),
    Case("int16-2d", "int16", (40, 48), (32, 32)),
    Case("uint16-2d", "uint16", (40, 48), (32, 32)),
    Case("int32-3d", "int32", (5, 20, 24), (4, 16, 16)),
    Case("int64-1d", "int64", (1000,), (256,)),
    Case("float32-2d", "float32", (40, 48), (32, 32)),
    Case("float64-3d", "float64", (5, 20, 24), (4, 16, 16)),
    Case("complex64-2d", "complex64", (40, 48), (32, 32)),
)

# Values of varying length: for codecs that turn arrays into bytes, since with any other codec
# it is zarr's own serializer that meets them.
TEXT_CASES: tuple[Case, ...] = (
    Case("string-1d", "string", (100,), (32,)),
    Case("bytes-1d", "variable_length_bytes", (100,), (32,)),
)
