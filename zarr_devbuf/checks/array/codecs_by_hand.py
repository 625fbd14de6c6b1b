"""Stored bytes made and read by hand: with NumPy, zlib and numcodecs, and never by zarr's pipeline.

A chain is a list of steps; each turns an array into an array, an array into bytes, or bytes into
bytes, as the specification of the codec with its name says.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, final

import numcodecs  # type: ignore[import-untyped]
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from zarr_devbuf.checks.array.array_params import Shape

_MISSING = 2**64 - 1


class Step(Protocol):
    """One codec of a chain."""

    def encode(self, given: Any) -> Any:
        """Encode an array or bytes."""

    def decode(self, stored: Any, shape: Shape, dtype: np.dtype[Any]) -> Any:
        """Decode to an array or to bytes; `shape` and `dtype` are those of the decoded chunk."""


class WrongBytesError(ValueError):
    """Stored bytes are not in the format that they should have."""


@final
@dataclass(frozen=True, slots=True)
class Transpose:
    """The filter `transpose`."""

    order: tuple[int, ...]

    def encode(self, given: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Permute the axes."""
        return given.transpose(self.order)

    def decode(self, stored: Any, shape: Shape, dtype: Any) -> npt.NDArray[Any]:
        """Undo it."""
        del shape, dtype
        return np.asarray(stored.transpose(np.argsort(self.order)))


@final
@dataclass(frozen=True, slots=True)
class Delta:
    """The filter `delta` of numcodecs: the first element, and the differences in C order."""

    def encode(self, given: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Take differences."""
        flat = given.reshape(-1)
        return np.concatenate([flat[:1], np.diff(flat)]).astype(given.dtype).reshape(given.shape)

    def decode(self, stored: Any, shape: Shape, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
        """Add them up."""
        return np.cumsum(stored.reshape(-1), dtype=dtype).reshape(shape)


@final
@dataclass(frozen=True, slots=True)
class AsType:
    """The filter `astype` of numcodecs: the same numbers in another dtype."""

    dtype: str

    def encode(self, given: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Convert to the dtype of the filter."""
        return given.astype(self.dtype)

    def decode(self, stored: Any, shape: Shape, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
        """Convert to the dtype of the array."""
        del shape
        return np.asarray(stored.astype(dtype))


@final
@dataclass(frozen=True, slots=True)
class Bytes:
    """The serializer `bytes`, and what format 2 does: elements in C or Fortran order."""

    endian: str = "<"
    order: Any = "C"
    # If a filter changes that of the array.
    dtype: str = ""

    def encode(self, given: npt.NDArray[Any]) -> bytes:
        """Lay the elements out."""
        return given.astype(given.dtype.newbyteorder(self.endian)).tobytes(self.order)  # type: ignore[arg-type]

    def decode(self, stored: bytes, shape: Shape, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
        """Read them."""
        dtype = np.dtype(self.dtype or dtype)
        if len(stored) != int(np.prod(shape)) * dtype.itemsize:
            raise WrongBytesError(f"{len(stored)} bytes for {shape} of {dtype}")
        flat = np.frombuffer(stored, dtype.newbyteorder(self.endian)).astype(dtype)  # type: ignore[arg-type]
        return flat.reshape(shape, order=self.order)


@final
@dataclass(frozen=True, slots=True)
class Text:
    """The serializers `vlen-utf8` and `vlen-bytes`: a count, then length and bytes of each."""

    utf8: bool = True

    def encode(self, given: npt.NDArray[Any]) -> bytes:
        """Write each element with its length."""
        items = [str(x).encode() if self.utf8 else bytes(x) for x in given.reshape(-1)]
        return b"".join(
            [struct.pack("<I", len(items)), *(struct.pack("<I", len(x)) + x for x in items)]
        )

    def decode(self, stored: bytes, shape: Shape, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
        """Read each element."""
        (count,), place = struct.unpack_from("<I", stored), 4
        items: list[Any] = []
        for _ in range(count):
            (length,) = struct.unpack_from("<I", stored, place)
            item = stored[place + 4 : place + 4 + length]
            items.append(item.decode() if self.utf8 else item)
            place += 4 + length
        if place != len(stored):
            raise WrongBytesError(f"{len(stored) - place} bytes after the last element")
        return np.array(items, dtype=object).reshape(shape).astype(dtype)


@final
@dataclass(frozen=True, slots=True)
class Gzip:
    """The compressor `gzip` (RFC 1952)."""

    level: int = 5

    def encode(self, given: bytes) -> bytes:
        """Compress."""
        return gzip.compress(given, self.level, mtime=0)

    def decode(self, stored: bytes, shape: Shape, dtype: Any) -> bytes:
        """Decompress; level 0 stores as it is, and levels 1 and 9 stand in the header."""
        del shape, dtype
        plain = zlib.decompress(stored, wbits=31)
        if self.level == 0 and len(stored) < len(plain):
            raise WrongBytesError(f"compressed to {len(stored)} bytes, at level 0")
        if self.level > 0 and stored[8] != {1: 4, 9: 2}.get(self.level, 0):
            raise WrongBytesError(f"the header is not that of level {self.level}")
        return plain


@final
@dataclass(frozen=True, slots=True)
class Zstd:
    """The compressor `zstd` (RFC 8878)."""

    level: int = 0
    checksum: bool = False

    def encode(self, given: bytes) -> bytes:
        """Compress."""
        return bytes(numcodecs.Zstd(level=self.level, checksum=self.checksum).encode(given))

    def decode(self, stored: bytes, shape: Shape, dtype: Any) -> bytes:
        """Decompress; bit 2 of the frame header says whether there is a checksum."""
        del shape, dtype
        if bool(stored[4] & 4) != self.checksum:
            raise WrongBytesError(f"a zstd frame whose checksum flag is {not self.checksum}")
        return bytes(numcodecs.Zstd().decode(stored))


_BLOSC_FORMATS = {"blosclz": 0, "lz4": 1, "lz4hc": 1, "snappy": 2, "zlib": 3, "zstd": 4}
_SHUFFLES = {"noshuffle": 0, "shuffle": 1, "bitshuffle": 2}


@final
@dataclass(frozen=True, slots=True)
class Blosc:
    """The compressor `blosc`, whose header says which shuffle and which format it used."""

    cname: str = "zstd"
    shuffle: str = "shuffle"
    typesize: int = 4

    def encode(self, given: bytes) -> bytes:
        """Compress."""
        codec = numcodecs.Blosc(self.cname, 5, _SHUFFLES[self.shuffle])
        return bytes(codec.encode(np.frombuffer(given, f"u{self.typesize}")))

    def decode(self, stored: bytes, shape: Shape, dtype: Any) -> bytes:
        """Decompress, and compare the header with the settings."""
        del shape, dtype
        flags, typesize = stored[2], stored[3]
        # Bit 0: shuffle, bit 2: bitshuffle, bits 5 to 7: format.
        found = (flags & 1) | (flags & 4) >> 1, typesize, flags >> 5
        expected = _SHUFFLES[self.shuffle], self.typesize, _BLOSC_FORMATS[self.cname]
        if found != expected:
            raise WrongBytesError(f"shuffle, typesize and format are {found} instead of {expected}")
        return bytes(numcodecs.Blosc().decode(stored))


@final
@dataclass(frozen=True, slots=True)
class Crc32c:
    """The checksum `crc32c` (RFC 3720), in four bytes at the end, little-endian."""

    def encode(self, given: bytes) -> bytes:
        """Append it."""
        return given + struct.pack("<I", crc32c(given))

    def decode(self, stored: bytes, shape: Shape, dtype: Any) -> bytes:
        """Verify and remove it."""
        del shape, dtype
        if self.encode(stored[:-4]) != stored:
            raise WrongBytesError("the checksum is not that of the bytes")
        return stored[:-4]


@final
@dataclass(frozen=True, slots=True)
class Shards:
    """The serializer `sharding_indexed`: chunks, and an index of offsets and lengths."""

    chunk_shape: Shape
    codecs: tuple[Step, ...] = (Bytes(),)
    index_at_start: bool = False
    checksum: bool = False
    # In which order the chunks are made by hand: any is right.
    backwards: bool = False

    def encode(self, given: npt.NDArray[Any]) -> bytes:
        """Put all chunks into one value, without gaps."""
        counts = self._counts(given.shape)
        index = np.full((*counts, 2), _MISSING, "<u8")
        size = index.nbytes + 4 * self.checksum
        place = size if self.index_at_start else 0
        chunks = []
        coordinates = list(np.ndindex(*counts))
        for each in coordinates[::-1] if self.backwards else coordinates:
            chunk = encode(given[self._part(each)], self.codecs)
            index[each] = place, len(chunk)
            chunks.append(chunk)
            place += len(chunk)
        encoded = index.tobytes()
        encoded = Crc32c().encode(encoded) if self.checksum else encoded
        parts = [encoded, *chunks] if self.index_at_start else [*chunks, encoded]
        return b"".join(parts)

    def decode(self, stored: bytes, shape: Shape, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
        """Decode all chunks; those that are missing are zeros."""
        found = np.zeros(shape, dtype)
        for each, chunk in self.chunks(stored, shape).items():
            found[self._part(each)] = decode(chunk, self.chunk_shape, dtype, self.codecs)
        return found

    def chunks(self, stored: bytes, shape: Shape) -> dict[tuple[int, ...], bytes]:
        """Return the bytes of the chunks that the index lists."""
        counts = self._counts(shape)
        size = 16 * int(np.prod(counts)) + 4 * self.checksum
        encoded = stored[:size] if self.index_at_start else stored[-size:]
        if self.checksum:
            encoded = Crc32c().decode(encoded, shape, None)
        if len(encoded) != size - 4 * self.checksum:
            raise WrongBytesError(f"{len(stored)} bytes have no room for an index of {size}")
        index = np.frombuffer(encoded, "<u8").reshape(*counts, 2)
        chunks = {}
        for each in np.ndindex(*counts):
            offset, length = (int(number) for number in index[each])
            if (offset, length) == (_MISSING, _MISSING):
                continue
            if offset + length > len(stored):
                raise WrongBytesError(f"chunk {each} ends beyond {len(stored)} bytes")
            chunks[each] = stored[offset : offset + length]
        return chunks

    def _counts(self, shape: Shape) -> Shape:
        return tuple(n // c for n, c in zip(shape, self.chunk_shape, strict=True))

    def _part(self, each: Shape) -> tuple[slice, ...]:
        places = zip(each, self.chunk_shape, strict=True)
        return tuple(slice(i * c, (i + 1) * c) for i, c in places)


def encode(chunk: npt.NDArray[Any], chain: Sequence[Step]) -> bytes:
    """Encode a whole chunk."""
    given: Any = chunk
    for step in chain:
        given = step.encode(given)
    return bytes(given)


def decode(
    stored: bytes, shape: Shape, dtype: np.dtype[Any], chain: Sequence[Step]
) -> npt.NDArray[Any]:
    """
    Decode a whole chunk.

    Raises
    ------
    WrongBytesError
        If the bytes are not in the format of the chain; other errors mean the same.
    """
    shapes = [shape]
    for step in chain:
        last = shapes[-1]
        order = step.order if isinstance(step, Transpose) else range(len(last))
        shapes.append(tuple(last[axis] for axis in order))
    found: Any = stored
    for step, before in zip(reversed(chain), reversed(shapes[:-1]), strict=True):
        found = step.decode(found, before, dtype)
    return np.asarray(found)


def _table() -> tuple[int, ...]:
    table = []
    for number in range(256):
        value = number
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return tuple(table)


_TABLE = _table()


def crc32c(data: bytes) -> int:
    """Compute the CRC-32C of bytes."""
    value = 0xFFFFFFFF
    for each in data:
        value = (value >> 8) ^ _TABLE[(value ^ each) & 0xFF]
    return value ^ 0xFFFFFFFF
