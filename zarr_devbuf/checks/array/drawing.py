"""Arrays and selections that are drawn at random, the same in every run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, final

import numpy as np
from zarr.codecs import BytesCodec, Crc32cCodec, ShardingCodec, TransposeCodec, ZstdCodec

from zarr_devbuf.checks._inputs import extremes
from zarr_devbuf.checks.array.array_params import ArrayParams
from zarr_devbuf.checks.array.selection import Selection

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr_devbuf.checks.array.array_params import Shape

type Generator = np.random.Generator

_DTYPES = ("i4", "u1", "f8", "i8", "c16", "?", "f4", "u2", "f2")


def arrays(seed: int, *, least: int = 1, most: int = 5, each: int = 2) -> tuple[ArrayParams, ...]:
    """Draw arrays of each number of dimensions, whose chunks may be cut at the edge."""
    rng = np.random.default_rng(seed)
    drawn: list[ArrayParams] = []
    for dimensions in range(least, most + 1):
        for _ in range(each):
            longest = {0: 1, 1: 40, 2: 12, 3: 7, 4: 5, 5: 4}[dimensions]
            shape = tuple(int(n) for n in rng.integers(1, longest + 1, dimensions))
            chunks = tuple(int(rng.integers(1, n + 2)) for n in shape)
            # Many chunks of one element take long, and find nothing more.
            while np.prod([-(-n // c) for n, c in zip(shape, chunks, strict=True)]) > 30:
                chunks = tuple(c + 1 for c in chunks)
            dtype = _DTYPES[len(drawn) % len(_DTYPES)]
            fill = bool(rng.integers(2)) if dtype == "?" else int(rng.integers(0, 9))
            empty = bool(rng.integers(2))
            drawn.append(ArrayParams(shape, chunks, dtype, fill, write_empty_chunks=empty))
    return tuple(drawn)


def sharded_arrays(seed: int, each: int = 2) -> tuple[ArrayParams, ...]:
    """Draw arrays in shards: with the index at either end, checksums, filters, shards in shards."""
    rng = np.random.default_rng(seed)
    drawn: list[ArrayParams] = []
    for dimensions in range(4):
        for _ in range(each):
            number = len(drawn)
            inner = tuple(int(n) for n in rng.integers(1, 4, dimensions))
            counts = rng.integers(1, 5 if dimensions < 3 else 4, dimensions)
            chunks = tuple(int(i * c) for i, c in zip(inner, counts, strict=True))
            shape = tuple(int(rng.integers(max(1, c - 2), 2 * c + 2)) for c in chunks)
            codecs: list[Any] = [BytesCodec()]
            if number % 3 == 1:
                codecs.append(ZstdCodec())
            if number % 4 == 2 and dimensions > 1:
                codecs.insert(0, TransposeCodec(order=tuple(range(dimensions))[::-1]))
            if number % 4 == 3 and dimensions:
                smallest = tuple(1 for _ in inner)
                codecs = [
                    ShardingCodec(chunk_shape=smallest, codecs=codecs, index_codecs=[BytesCodec()])
                ]
            index: list[Any] = [BytesCodec(), Crc32cCodec()] if number % 2 else [BytesCodec()]
            where: Any = "start" if number % 3 == 2 else "end"
            drawn.append(
                ArrayParams(
                    shape,
                    chunks,
                    ("i4", "f8", "u2", "i8")[number % 4],
                    int(rng.integers(0, 9)),
                    serializer=ShardingCodec(
                        chunk_shape=inner, codecs=codecs, index_codecs=index, index_location=where
                    ),
                    write_empty_chunks=bool(rng.integers(2)),
                )
            )
    # More chunks in a shard than in those, on one axis and on three; none on no axis.
    for shape, chunks, inner in (
        ((64,), (64,), (1,)),
        ((13, 8), (16, 8), (2, 1)),
        ((10, 10, 10), (10, 10, 10), (2, 2, 2)),
    ):
        codec = ShardingCodec(chunk_shape=inner, codecs=[BytesCodec()], index_codecs=[BytesCodec()])
        drawn.append(ArrayParams(shape, chunks, "i4", 3, serializer=codec))
    # A compressor after the shards: no range of the stored value is a chunk.
    drawn.append(replace(drawn[4].with_own_codec(), compressors=(ZstdCodec(),)))
    return tuple(drawn)


@final
@dataclass(frozen=True, slots=True)
class Draws:
    """Selections of an array that are drawn at random; each element once, if `unique`."""

    rng: Generator
    shape: Shape
    chunks: Shape
    unique: bool = False

    def slices(self) -> Selection:
        """Draw integers, slices with bounds of any kind, and an ellipsis at any place."""
        rng, parts = self.rng, list(map(self._part, self.shape))
        if rng.integers(3) == 0:
            first = int(rng.integers(0, len(parts) + 1))
            last = int(rng.integers(first, len(parts) + 1))
            parts[first:last] = [...]
        elif rng.integers(4) == 0:
            parts = parts[: int(rng.integers(1, len(parts) + 1))]
        return Selection("basic", parts[0] if len(parts) == 1 and rng.integers(2) else tuple(parts))

    def orthogonal(self) -> Selection:
        """Draw indices, flags, a slice or an integer for each axis; indices for one at least."""
        choices = (self._part, self._part, self._indices, self._flags)
        parts = [choices[self.rng.integers(4)](n) for n in self.shape]
        axis = int(self.rng.integers(len(parts)))
        parts[axis] = self._indices(self.shape[axis])
        return Selection("orthogonal", tuple(parts))

    def points(self) -> Selection:
        """Draw points: sorted or not, neighbours, repeated, negative, in one dimension or two."""
        rng, size = self.rng, int(np.prod(self.shape))
        count = int(rng.integers(1, min(size, 12) + 1))
        flat = rng.choice(size, count, replace=not self.unique)
        kind = rng.integers(4)
        if kind == 0:
            flat = np.sort(flat)
        elif kind == 1:
            flat = np.arange(count)
        elif kind == 2 and count % 2 == 0:
            flat = flat.reshape(2, -1)
        back = self.shape if rng.integers(3) == 0 else [0] * len(self.shape)
        key = zip(np.unravel_index(flat, self.shape), back, strict=True)
        return Selection("coordinate", tuple(np.asarray(each - n) for each, n in key))

    def outer_points(self) -> Selection:
        """Draw points by vectors that are broadcast against each other: one for each dimension."""
        vectors = (
            self.rng.choice(n, int(self.rng.integers(1, min(n, 3) + 1)), replace=not self.unique)
            for n in self.shape
        )
        return Selection("coordinate", np.ix_(*vectors))

    def masks(self) -> Selection:
        """Draw flags of any density: none and all, too."""
        density = self.rng.choice([0.0, 0.1, 0.5, 1.0], p=[0.1, 0.4, 0.4, 0.1])
        return Selection("mask", np.asarray(self.rng.random(self.shape) < density))

    def blocks(self) -> Selection:
        """Draw integers and slices of blocks, without steps."""
        rng, parts = self.rng, []
        for n, c in zip(self.shape, self.chunks, strict=True):
            count = -(-n // c)
            # Zarr rejects blocks that begin beyond the last one, if none are selected, too.
            start = int(rng.integers(count))
            some = slice(start, int(rng.integers(start, count + 1)))
            kinds: list[Any] = [int(rng.integers(count)), -1, some, slice(None), slice(0, 0)]
            parts.append(kinds[int(rng.choice(5, p=[0.3, 0.15, 0.3, 0.15, 0.1]))])
        return Selection("block", tuple(parts))

    def _part(self, n: int) -> Any:
        rng = self.rng
        if rng.integers(4) == 0:
            return int(rng.integers(-n, n))
        start = None if rng.integers(3) == 0 else int(rng.integers(-n - 1, n + 1))
        stop = None if rng.integers(3) == 0 else int(rng.integers(-n - 1, n + 3))
        return slice(start, stop, None if rng.integers(2) else int(rng.integers(1, n + 2)))

    def _flags(self, n: int) -> Any:
        return self.rng.random(n) < 0.6

    def _indices(self, n: int) -> Any:
        rng = self.rng
        indices = rng.choice(n, int(rng.integers(1, min(n, 8) + 1)), replace=not self.unique)
        indices = np.sort(indices) if rng.integers(2) else indices
        return indices - n if rng.integers(3) == 0 else indices


def values(rng: Generator, shape: Shape, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Draw values of a dtype: extremes and special values of it, and small numbers."""
    dtype = np.dtype(dtype)
    special = extremes(dtype)
    found = np.asarray(special[rng.integers(len(special), size=shape)])
    if dtype.kind in "iufc":
        numbers = rng.integers(0, 100, shape).astype(dtype)
        found = np.where(rng.random(shape) < 0.5, found, numbers).astype(dtype)
        # A chunk of nothing but -0.0 is another matter, and has checks of its own.
        found = found if found.size > 8 else (found + dtype.type(0)).astype(dtype)
    return found
