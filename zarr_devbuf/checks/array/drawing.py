"""Arrays and selections that are drawn at random, the same in every run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from zarr.codecs import BytesCodec, Crc32cCodec, ShardingCodec, TransposeCodec, ZstdCodec

from zarr_devbuf.checks.array.array_params import ArrayParams
from zarr_devbuf.checks.array.selections import Selection

if TYPE_CHECKING:
    from collections.abc import Callable

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
            while np.prod([-(-n // c) for n, c in zip(shape, chunks, strict=True)]) > 60:
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
        ((20, 9), (16, 8), (2, 1)),
        ((10, 10, 10), (10, 10, 10), (2, 2, 2)),
    ):
        codec = ShardingCodec(chunk_shape=inner, codecs=[BytesCodec()], index_codecs=[BytesCodec()])
        drawn.append(ArrayParams(shape, chunks, "i4", 3, serializer=codec))
    # A compressor after the shards: no range of the stored value is a chunk.
    drawn.append(replace(drawn[4].with_own_codec(), compressors=(ZstdCodec(),)))
    return tuple(drawn)


def slices(rng: Generator, shape: Shape) -> Selection:
    """Draw integers, slices with bounds of any kind, and an ellipsis at any place."""
    parts: list[Any] = [_part(rng, n) for n in shape]
    if rng.integers(3) == 0:
        first = int(rng.integers(0, len(shape) + 1))
        last = int(rng.integers(first, len(shape) + 1))
        parts[first:last] = [...]
    elif parts and rng.integers(4) == 0:
        parts = parts[: int(rng.integers(1, len(parts) + 1))]
    return Selection("basic", parts[0] if len(parts) == 1 and rng.integers(2) else tuple(parts))


def orthogonal(rng: Generator, shape: Shape, *, unique: bool = False) -> Selection:
    """Draw a vector of indices or flags, a slice or an integer for each axis; a vector at least."""
    parts: list[Any] = [_orthogonal_part(rng, n, unique) for n in shape]
    axis = int(rng.integers(len(shape)))
    parts[axis] = _indices(rng, shape[axis], unique)
    return Selection("orthogonal", tuple(parts))


def points(rng: Generator, shape: Shape, *, unique: bool = False) -> Selection:
    """Draw points: sorted within one chunk or in any order, repeated, in one or more dimensions."""
    size = int(np.prod(shape))
    count = int(rng.integers(1, min(size, 12) + 1))
    flat = rng.choice(size, count, replace=not unique)
    kind = rng.integers(4)
    if kind == 0:
        flat = np.sort(flat)
    elif kind == 1:  # neighbours, in order
        flat = np.arange(min(count, size))
    elif kind == 2 and count % 2 == 0:
        flat = flat.reshape(2, -1)
    key = [np.asarray(each) for each in np.unravel_index(flat, shape)]
    if rng.integers(3) == 0:
        key = [each - n for each, n in zip(key, shape, strict=True)]
    return Selection("coordinate", tuple(key))


def outer_points(rng: Generator, shape: Shape, *, unique: bool = False) -> Selection:
    """Draw points by vectors that are broadcast against each other: one for each dimension."""
    key = []
    for axis, n in enumerate(shape):
        vector = rng.choice(n, int(rng.integers(1, min(n, 3) + 1)), replace=not unique)
        key.append(vector.reshape([-1 if axis == other else 1 for other in range(len(shape))]))
    return Selection("coordinate", tuple(key))


def masks(rng: Generator, shape: Shape) -> Selection:
    """Draw flags of any density: none and all, too."""
    density = rng.choice([0.0, 0.1, 0.5, 1.0], p=[0.1, 0.4, 0.4, 0.1])
    return Selection("mask", np.asarray(rng.random(shape) < density))


def blocks(rng: Generator, shape: Shape, chunks: Shape) -> Selection:
    """Draw integers and slices of blocks, without steps."""
    parts: list[Any] = []
    for n, c in zip(shape, chunks, strict=True):
        count = -(-n // c)
        # Zarr rejects blocks that begin beyond the last one, if none are selected, too.
        start = int(rng.integers(count))
        stop = int(rng.integers(start, count + 1))
        kinds: list[Any] = [
            int(rng.integers(count)),
            -1,
            slice(start, stop),
            slice(None),
            slice(0, 0),
        ]
        parts.append(kinds[int(rng.choice(5, p=[0.3, 0.15, 0.3, 0.15, 0.1]))])
    return Selection("block", tuple(parts))


def values(rng: Generator, shape: Shape, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Draw values of the whole range of a dtype, with the extremes and special values of it."""
    dtype = np.dtype(dtype)
    if dtype.names is not None:
        found: npt.NDArray[Any] = np.zeros(shape, dtype)
        for name in dtype.names:
            field: np.dtype[Any] = dtype.fields[name][0]  # type: ignore[index]
            found[name] = values(rng, shape, field)
        return found
    size = int(np.prod(shape))
    maker = _MAKERS.get(dtype.kind)
    if maker is None:
        raise TypeError(f"no values of {dtype}")
    native = dtype.newbyteorder("=")
    return maker(rng, size, native).reshape(shape).astype(dtype)


def _part(rng: Generator, n: int) -> Any:
    if rng.integers(4) == 0:
        return int(rng.integers(-n, n))
    return _slice(rng, n)


def _slice(rng: Generator, n: int) -> slice:
    start = None if rng.integers(3) == 0 else int(rng.integers(-n - 1, n + 1))
    stop = None if rng.integers(3) == 0 else int(rng.integers(-n - 1, n + 3))
    step = None if rng.integers(2) else int(rng.integers(1, n + 2))
    return slice(start, stop, step)


def _orthogonal_part(rng: Generator, n: int, unique: bool) -> Any:
    kind = rng.integers(4)
    if kind == 0:
        return _indices(rng, n, unique)
    if kind == 1:
        return np.asarray(rng.random(n) < 0.6)
    return _part(rng, n)


def _indices(rng: Generator, n: int, unique: bool) -> npt.NDArray[Any]:
    count = int(rng.integers(1, min(n, 8) + 1))
    indices = rng.choice(n, count, replace=not unique)
    if rng.integers(2):
        indices = np.sort(indices)
    if rng.integers(3) == 0:
        indices = indices - n
    return np.asarray(indices)


def _integers(rng: Generator, size: int, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    info = np.iinfo(dtype)
    found = rng.integers(info.min, info.max, size, dtype=dtype, endpoint=True)
    special = [info.min, info.max, 0, 1, *([2**53 + 1] if dtype.itemsize == 8 else [])]
    found[: len(special)] = special[:size]
    return np.asarray(found)


def _floats(rng: Generator, size: int, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    info = np.finfo(dtype)
    found = rng.normal(size=size).astype(dtype)
    special = [
        np.nan,
        -0.0,
        np.inf,
        -np.inf,
        info.max,
        info.min,
        info.tiny,
        info.smallest_subnormal,
    ]
    found[: len(special)] = special[:size]
    return found


def _complex(rng: Generator, size: int, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    part = np.dtype(f"f{dtype.itemsize // 2}")
    pairs = np.stack([_floats(rng, size, part)[::-1], _floats(rng, size, part)], -1)
    return np.ascontiguousarray(pairs).view(dtype).reshape(size)


def _flags(rng: Generator, size: int, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    return rng.integers(0, 2, size).astype(dtype)


def _times(rng: Generator, size: int, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    found = rng.integers(-(2**62), 2**62, size)
    # Missing; two that are one unit apart, beyond what a float64 tells apart.
    special = [-(2**63), 2**60, 2**60 + 1]
    found[: len(special)] = special[:size]
    return np.ascontiguousarray(found).view(dtype)


_WORDS = ("", "a", "zarr", "Grü", "数組", "🙂", "Ω≈ç", "z\x00y")


def _texts(rng: Generator, size: int, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    return np.array([_WORDS[i] for i in rng.integers(0, len(_WORDS), size)]).astype(dtype)


def _bytes(rng: Generator, size: int, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    return np.frombuffer(rng.bytes(size * dtype.itemsize), dtype).copy()


_MAKERS: dict[str, Callable[[Generator, int, np.dtype[Any]], npt.NDArray[Any]]] = {
    "i": _integers,
    "u": _integers,
    "f": _floats,
    "c": _complex,
    "b": _flags,
    "m": _times,
    "M": _times,
    "U": _texts,
    "S": _bytes,
    "V": _bytes,
}
