"""The chunks that codecs are checked with: several dtypes and shapes, the same in every run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from zarr.dtype import parse_dtype

if TYPE_CHECKING:
    import numpy.typing as npt
    from zarr.dtype import ZDType


@dataclass(frozen=True, slots=True)
class Chunk:
    """
    One chunk of an array, on the host.

    Attributes
    ----------
    dtype : str
        As `zarr.create_array` takes it, or as NumPy does.
    shape : tuple of int
        In elements.
    trait : str
        What is special about the values: ``""`` for smooth ones, ``"other"`` for smooth ones that
        differ in the second half, ``"large"`` for smooth floats up to about a thousand instead of
        one, ``"extreme"`` for the largest and smallest numbers of the dtype, NaN, infinity and -0.0
        among them, ``"fields"`` for a structured dtype.
    nbytes : int or None
        For codecs from bytes to bytes: only so many bytes. None: the whole chunk.
    """

    dtype: str
    shape: tuple[int, ...]
    trait: str = ""
    nbytes: int | None = None

    def __str__(self) -> str:
        text = f"{_FIELDS if self.trait == 'fields' else self.dtype} of shape {self.shape}"
        if self.trait in ("extreme", "large"):
            text += f" with {self.trait} values"
        return text if self.nbytes is None else f"{self.nbytes} bytes of {text}"

    @property
    def zdtype(self) -> ZDType[Any, Any]:
        """The dtype, as zarr has it."""
        return parse_dtype(_FIELDS if self.trait == "fields" else self.dtype, zarr_format=3)

    def values(self) -> npt.NDArray[Any]:
        """
        Make the values: C-contiguous, writable, never all equal to the fill value.

        They are smooth by default, as codecs for images and measurements expect: with noise, every
        lossy codec would look broken.
        """
        size = int(np.prod(self.shape))
        if self.trait == "fields":
            values = np.zeros(self.shape, dtype=_FIELDS)
            values["a"] = np.arange(1, size + 1).reshape(self.shape)
            values["b"] = np.linspace(-1, 1, size).reshape(self.shape)
            return values
        if self.dtype == "string":
            words = [f"word {i} ü{'.' * (i % 7)}" for i in range(size)]
            return np.array(words, dtype=np.dtypes.StringDType()).reshape(self.shape)
        if self.dtype == "variable_length_bytes":
            blobs = np.empty(size, dtype=object)
            blobs[:] = [bytes(range(1 + i % 7)) for i in range(size)]
            return blobs.reshape(self.shape)
        dtype = np.dtype(self.dtype)
        if self.trait == "extreme":
            return np.resize(_extremes(dtype), self.shape)
        smooth = _smooth(self.shape, dtype)
        if self.trait == "other":
            # For codecs that identify chunks by their length and their first bytes.
            half = size // 2
            smooth.reshape(-1)[half:] = _smooth(self.shape, dtype, phase=1.0).reshape(-1)[half:]
        return (smooth * 1000).astype(dtype) if self.trait == "large" else smooth


_FIELDS = np.dtype([("a", "<i4"), ("b", "<f4")])


def _smooth(shape: tuple[int, ...], dtype: np.dtype[Any], phase: float = 0.0) -> npt.NDArray[Any]:
    wave: npt.NDArray[np.float64] = np.zeros(shape)
    for axis, extent in enumerate(shape):
        steps = np.arange(extent) / max(extent, 8)
        along = [-1 if axis == i else 1 for i in range(len(shape))]
        wave = wave + np.sin(2.5 * steps + axis + phase).reshape(along)
    low, high = (wave.min(), wave.max()) if wave.size else (0.0, 1.0)
    # A chunk of one element is 0.6 throughout: not the fill value, in any dtype.
    unit = (wave - low) / (high - low) if high > low else np.full(shape, 0.6)
    if dtype.kind == "b":
        return unit > 0.5
    if dtype.kind in "iu":
        # 12 bits at most: enough to differ in every byte, and what codecs for images can hold.
        top = {1: 120 if dtype.kind == "i" else 250}.get(dtype.itemsize, 4000)
        return np.asarray(1 + unit * top).astype(dtype)
    if dtype.kind == "c":
        return np.asarray(unit + 0.125 + 1j * unit[::-1] if shape else unit + 0.5j).astype(dtype)
    return np.asarray(unit + 0.125).astype(dtype)


def _extremes(dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return np.array([limits.min, limits.max, 0, 1, limits.max // 2 + 1], dtype=dtype)
    floats = np.finfo(dtype)
    tiny = floats.smallest_subnormal
    some = [-0.0, 0.0, 1.5, np.nan, np.inf, -np.inf, floats.max, floats.min, floats.tiny, tiny]
    values = np.array(some, dtype=dtype)
    if dtype.kind == "c":
        values.imag = values.real[::-1]
    return values


# Those that differ most come first. Inner chunks of 2 and of 4 divide the extents; images are large
# enough for any codec for images.
TYPICAL: tuple[Chunk, ...] = (
    Chunk("uint8", (32, 32)),
    Chunk("float32", (8, 12)),
    Chunk("int16", (8, 12)),
    Chunk("uint8", (24,)),
    Chunk("int32", (4, 8, 12)),
    Chunk("float64", (4, 8, 12)),
    Chunk("uint8", (32, 32, 3)),
    Chunk("bool", (8, 12)),
    Chunk("int8", (8, 12)),
    Chunk("uint16", (32, 32)),
    Chunk("int64", (24,)),
    Chunk("uint64", (8, 12)),
    Chunk("float16", (24,)),
    Chunk("complex64", (8, 12)),
)

# How many typical chunks are enough for checks of anything but values.
ENOUGH = 6

UNUSUAL_SHAPES: tuple[Chunk, ...] = tuple(
    Chunk(dtype, shape)
    for shape in ((), (0,), (1,), (7,), (0, 5), (1, 1), (5, 7), (1, 9), (3, 5, 7), (2, 0, 3))
    for dtype in ("uint8", "int32", "float32")
)

# One dtype for each of these shapes.
UNUSUAL: tuple[Chunk, ...] = UNUSUAL_SHAPES[::4]

# More bytes, and more elements, than one block of threads handles: for kernels that are launched
# with too small a grid.
LARGE: tuple[Chunk, ...] = (Chunk("uint8", (260, 260)), Chunk("float32", (160, 160)))

SPECIAL: tuple[Chunk, ...] = (
    *(
        Chunk(dtype, shape, "extreme")
        for dtype in ("uint8", "int16", "int64", "uint64", "float32", "float64", "complex64")
        for shape in ((24,), (8, 12))
    ),
    Chunk("", (24,), "fields"),
    Chunk("", (8, 12), "fields"),
    Chunk("datetime64[s]", (24,)),
    Chunk("S5", (24,)),
    Chunk("U3", (24,)),
)

SWAPPED: tuple[Chunk, ...] = tuple(
    Chunk(f"{order}{dtype}", shape)
    for order in "><"
    for dtype, shape in (("i2", (24,)), ("i4", (8, 12)), ("f8", (4, 8, 12)))
)

# What codecs from bytes to bytes are given behind a codec that has changed the length.
ODD_LENGTHS: tuple[Chunk, ...] = tuple(
    Chunk(dtype, (24,), nbytes=nbytes) for nbytes in (0, 1, 7, 21) for dtype in ("uint8", "int32")
)

# Values of varying length: only for codecs that accept no numbers. A C library that is given an
# array of Python objects stores their addresses, or crashes.
TEXT: tuple[Chunk, ...] = (
    Chunk("string", (12,)),
    Chunk("string", (3, 4)),
    Chunk("variable_length_bytes", (12,)),
)
