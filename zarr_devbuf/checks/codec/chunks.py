"""The chunks that codecs are checked with: of every kind that zarr knows, the same in every run."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np
from zarr.dtype import data_type_registry, parse_dtype

from zarr_devbuf.checks._inputs import drawn
from zarr_devbuf.checks.codec.sample_values import values_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt
    from zarr.dtype import ZDType

    from zarr_devbuf.checks.codec.sample_values import Trait

# Structured dtypes, which have no name: aligned or not, of either byte order, one in another.
_STRUCTURED: dict[str, np.dtype[Any]] = {
    "fields": np.dtype([("a", "<i4"), ("b", "<f4")]),
    "unaligned fields": np.dtype([("a", "u1"), ("b", "<f8"), ("c", "<i2"), ("d", "S3")]),
    "swapped fields": np.dtype([("a", ">i4"), ("b", ">f4")]),
    "nested fields": np.dtype([("a", [("b", "<i2"), ("c", "<f4")]), ("d", "?")]),
}


@dataclass(frozen=True, slots=True)
class Chunk:
    """
    One chunk of an array, on the host.

    Attributes
    ----------
    dtype : str
        As `zarr.create_array` takes it, or as NumPy does, or the name of a structured one.
    shape : tuple of int
        In elements.
    trait : str
        What is special about the values; see `values_of`.
    nbytes : int or None
        For codecs from bytes to bytes: only so many bytes. None: the whole chunk.
    """

    dtype: str
    shape: tuple[int, ...]
    trait: Trait = ""
    nbytes: int | None = None

    def __str__(self) -> str:
        text = f"{_STRUCTURED.get(self.dtype, self.dtype)} of shape {self.shape}"
        if self.trait not in ("", "other", "tiled"):
            text += f" with {self.trait} values"
        return text if self.nbytes is None else f"{self.nbytes} bytes of {text}"

    @property
    def zdtype(self) -> ZDType[Any, Any]:
        """The dtype, as zarr has it."""
        return parse_dtype(_STRUCTURED.get(self.dtype, self.dtype), zarr_format=3)

    @property
    def native(self) -> np.dtype[Any]:
        """The dtype, as NumPy has it."""
        if self.dtype == "string":
            return np.dtypes.StringDType()
        if self.dtype == "variable_length_bytes":
            return np.dtype(object)
        try:
            return _STRUCTURED.get(self.dtype) or np.dtype(self.dtype)
        except TypeError:
            native: np.dtype[Any] = self.zdtype.to_native_dtype()
            return native

    def values(self) -> npt.NDArray[Any]:
        """Make the values: C-contiguous, writable; see `values_of`."""
        return values_of(self.native, self.shape, self.trait)


def _chunks(some: str, trait: Trait = "") -> tuple[Chunk, ...]:
    """Make chunks of a text: a dtype and a shape for each, between commas."""
    parts = [each.split() for each in some.split(",")]
    return tuple(Chunk(dtype, tuple(map(int, shape)), trait) for dtype, *shape in parts)


# Those that differ most come first. Inner chunks of 2 and of 4 divide the extents; images are large
# enough for any codec for images.
TYPICAL = _chunks(
    "uint8 32 32, float32 8 12, int16 8 12, uint8 24, int32 4 8 12, float64 4 8 12, uint8 32 32 3, "
    "bool 8 12, int8 8 12, uint16 32 32, int64 24, uint64 8 12, float16 24, complex64 8 12, "
    "uint32 4 8, complex128 24"
)

# How many typical chunks are enough for checks of anything but values.
ENOUGH = 6


def _drawn(count: int) -> tuple[Chunk, ...]:
    """Draw chunks of any number of dimensions, the same in every run."""
    # Not by hypothesis: it need not be installed where the checks run, and an audit that is
    # repeated has to give the same verdict. Nothing is to be shrunk: these chunks are small.
    random = drawn("chunks of codecs")
    dtypes = ("uint8", "int16", "int32", "float32", "float64", "uint16", "bool", "int64")
    longest = (1, 300, 40, 12, 6, 4)
    return tuple(
        Chunk(
            dtypes[i % len(dtypes)],
            tuple(map(int, random.integers(1, longest[i % 6] + 1, size=i % 6))),
        )
        for i in range(count)
    )


_SHAPES: tuple[tuple[int, ...], ...] = (
    *((), (0,), (1,), (7,), (0, 5), (1, 1), (5, 7), (1, 9), (3, 5, 7), (2, 0, 3)),
)
UNUSUAL_SHAPES: tuple[Chunk, ...] = (
    *(Chunk(dtype, shape) for shape in _SHAPES for dtype in ("uint8", "float32")),
    *(
        Chunk(dtype, shape)
        for shape in ((2, 3, 4, 3), (3, 1, 2, 5, 2), (1, 2, 0, 2, 1))
        for dtype in ("uint8", "float32")
    ),
    *_drawn(18),
)

# One dtype for each of the first shapes.
UNUSUAL: tuple[Chunk, ...] = tuple(
    Chunk(("uint8", "int32", "float32")[i % 3], shape) for i, shape in enumerate(_SHAPES)
)

# More bytes, and more elements, than one block of threads handles: for kernels that are launched
# with too small a grid.
LARGE = _chunks("uint8 260 260, float32 160 160")

# On either side of 64 KiB and of 1 MiB, and of several MiB: of each group a few. Beyond such sizes
# headers overflow, kernels need another grid, and code takes another path.
BY_SIZE = (
    (1, _chunks("uint8 140_001, float32 200 201", "runs")),
    (
        3,
        _chunks(
            "uint8 65_535, uint8 65_536, float32 127 129, uint16 3 101 109, int32 129 128, "
            "float64 91 91",
            "tiled",
        ),
    ),
    (
        2,
        _chunks(
            "uint8 1_048_577, float32 511 513, uint16 512 1024, float64 363 362, int32 513 513",
            "tiled",
        ),
    ),
    (1, _chunks("float32 1100 1001, uint8 5_000_011, int16 1100 2003", "tiled")),
)

_NUMBERS = (
    *("bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
)

SPECIAL: tuple[Chunk, ...] = (
    *(
        Chunk(dtype, shape, "extreme")
        for dtype in _NUMBERS
        for shape in ((24,), (8, 12))
        if shape == (24,) or dtype in ("uint8", "int64", "float32", "float64")
    ),
    *(
        Chunk(dtype, shape, trait)
        for dtype, shape in (("uint8", (24,)), ("int32", (8, 12)), ("float32", (8, 12)))
        for trait in ("constant", "zeros", "noise")
    ),
    *_chunks("uint8 3001, int16 1600, float32 40 41, bool 70 41", "runs"),
    *(Chunk(name, (24,)) for name in _STRUCTURED if "swapped" not in name),
    *_chunks("fields 8 12, datetime64[s] 24, S5 24, U3 24, U9 4 9, V5 24"),
    *_chunks("datetime64[ns] 24, timedelta64[us] 8 3", "extreme"),
)


@final
class OfOtherPackages:
    """Chunks of the dtypes that other packages have registered with zarr when a check runs."""

    def __iter__(self) -> Iterator[Chunk]:
        for name, cls in sorted(data_type_registry.contents.items()):
            if not cls.__module__.startswith("zarr."):
                # One that is not made without arguments has no values that are known here.
                with suppress(Exception):
                    chunk = Chunk(name, (8, 12))
                    chunk.values()
                    yield chunk


NAN = _chunks("float32 8 12, float64 24, float16 24, complex64 24", "nan")

SWAPPED: tuple[Chunk, ...] = (
    *_chunks(">i2 24, >i4 8 12, >f8 4 8 12, <i2 24, <i4 8 12, <f8 4 8 12"),
    *_chunks(">u2 4 6, >u8 4 6, >f2 4 6, >f4 4 6, >c8 4 6, >c16 4 6, >U4 4 6"),
    *_chunks(">c16 24, >M8[ns] 24", "extreme"),
    Chunk("swapped fields", (4, 6)),
)

# What codecs from bytes to bytes are given behind a codec that has changed the length.
ODD_LENGTHS: tuple[Chunk, ...] = tuple(
    Chunk(dtype, (24,), nbytes=nbytes) for nbytes in (0, 1, 7, 21) for dtype in ("uint8", "int32")
)

# Values of varying length: only for codecs that accept no numbers. A C library that is given an
# array of Python objects stores their addresses, or crashes.
TEXT = _chunks("string 12, string 3 4, variable_length_bytes 12")
