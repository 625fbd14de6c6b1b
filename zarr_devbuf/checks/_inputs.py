"""What checks of buffers and backends feed in: dtypes, values, sizes, shapes, layouts, keys."""

from __future__ import annotations

import zlib
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt

__all__ = [
    "BYTES",
    "CONSTANTS",
    "DTYPES",
    "LARGE",
    "MOVED",
    "PARTS",
    "RECORDS",
    "SCALARS",
    "SHAPES",
    "SIZES",
    "drawn",
    "drawn_key",
    "drawn_parts",
    "extremes",
    "grid",
    "host_layouts",
    "pairs",
    "random_bytes",
    "show_key",
]


def drawn(name: str) -> np.random.Generator:
    """Return a generator of the same numbers each time, others for each name."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def _more_dtypes() -> tuple[Any, ...]:
    """Return NumPy dtypes of the package ml_dtypes, if it is installed."""
    try:
        import ml_dtypes  # type: ignore[import-not-found]  # noqa: PLC0415 - optional
    except ImportError:
        return ()
    names = ("bfloat16", "float8_e4m3fn", "float8_e5m2", "int4", "uint4")
    return tuple(np.dtype(getattr(ml_dtypes, name)) for name in names if hasattr(ml_dtypes, name))


_NUMBERS = ("?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16")
# Not every device holds these.
_OTHERS = (">i2", ">u4", ">i8", ">f2", ">f8", ">c8", ">c16", "M8[ns]", ">M8[us]", "m8[s]")
_TEXT = ("S3", "U2", ">U2")
# With bytes between the fields, as CUDA needs them.
RECORDS = (
    np.dtype([("x", "f8"), ("n", "i8")]),
    np.dtype([("tag", "u1"), ("x", "f4"), ("n", "i8")], align=True),
)
DTYPES: tuple[Any, ...] = (*_NUMBERS, *_OTHERS, *_TEXT, *RECORDS, *_more_dtypes())
# Those besides that are moved between host and device. CuPy holds structured dtypes of the other
# byte order, but what it copies on the device has its own.
MOVED: tuple[Any, ...] = (*DTYPES, RECORDS[0].newbyteorder())

# Values of which a bit is lost by conversion to another type, or by a comparison with zero. The
# check of negative zero has -0.0.
SCALARS: dict[str, tuple[Any, ...]] = {
    "f2": (1.5, float("nan"), 65504.0, 6e-8),
    "f4": (0, 0.0, np.float32(0.1), float("inf"), 3.4028234663852886e38, 1e-45),
    "f8": (float("nan"), float("inf"), -float("inf"), 0.1, 5e-324, 1.7976931348623157e308, 2**53),
    "i1": (-128, 127),
    "u1": (255,),
    "i2": (-(2**15), 2**15 - 1, 256),
    "u2": (2**16 - 1, 256),
    "i4": (0, -1, np.int32(7), -(2**31), 2**31 - 1, 2**24 + 1),
    "u4": (2**32 - 1, 2**31),
    "i8": (2**53 + 1, -(2**53) - 1, -(2**63), 2**63 - 1, np.int64(2**62 + 1)),
    "u8": (2**64 - 1, 2**63 + 1, 2**53 + 1),
    "?": (True, False),
    "c8": (1 - 2j, complex(float("nan"), 1)),
    "c16": (0.1 + 5e-324j, complex(1, float("nan")), complex(-float("inf"), 1.7e308)),
    ">i4": (7, -(2**31)),
    ">i8": (2**53 + 1,),
    ">f8": (0.1,),
    ">c16": (0.1 - 2j,),
    "M8[ns]": tuple(
        np.datetime64(each, "ns") for each in ("2001-02-03T04:05:06.789012345", "NaT", "1677-09-22")
    ),
    ">M8[us]": (np.datetime64("2001-02-03T04:05:06.789012", "us"), np.datetime64("NaT", "us")),
    "m8[s]": (np.timedelta64(5, "s"), np.timedelta64("NaT", "s")),
    "S3": (b"ab", b"", b"a\0b"),
    "U2": ("é", "", "\U0001f600x"),
    ">U2": ("é\u0416",),
}

# Every byte, zero first and last, so that a defect shows which reads them as signed numbers or as
# text, or stops at a zero.
BYTES = bytes([*range(256), 0])


def random_bytes(size: int) -> bytes:
    """Return so many bytes, nowhere the same as 256, 65,536 or 1,048,576 bytes before."""
    return (
        np.arange(size // 4 + 1, dtype="<u4") * np.uint32(2654435761) + np.uint32(size)
    ).tobytes()[:size]


def _sizes() -> tuple[int, ...]:
    random = drawn("sizes")
    near = [int(each) for each in random.integers(1, 200, 5)]
    kibibytes, mebibyte = 1 << 16, 1 << 20
    return (
        *(4096 - near[0], 4096 + near[0]),
        *(kibibytes - near[1], kibibytes, kibibytes + near[2]),
        *(mebibyte - near[3], mebibyte, mebibyte + near[4]),
        3 * mebibyte + 12_345,
    )


# Bytes: on either side of what fits into staging memory, and several MiB.
SIZES = _sizes()
# More than fits into staging memory of 64 KiB.
LARGE = random_bytes(70_003)

# Of 0 to 5 dimensions.
SHAPES: tuple[tuple[int, ...], ...] = (
    *((), (0,), (1,), (5,), (3, 4), (1, 1), (2, 0, 3), (2, 3, 4)),
    *((2, 1, 3, 2), (2, 3, 1, 2, 2), (1, 0, 2, 1, 3)),
)

# Parts of an array of shape (4, 5).
PARTS: tuple[tuple[str, Any], ...] = (
    ("an array in C order", ...),
    ("every other column", np.s_[:, ::2]),
    ("every other row and column", np.s_[::2, ::2]),
    ("rows backwards", np.s_[::-1]),
    ("columns backwards", np.s_[:, ::-1]),
    ("every other column and all rows backwards", np.s_[::-1, ::-2]),
    ("columns of a wider array", np.s_[:, 1:4]),
    ("the first columns of a wider array", np.s_[:, :4]),
    ("rows from the second", np.s_[1:]),
    ("the middle", np.s_[1:3, 1:3]),
    ("one column", np.s_[:, 2:3]),
    ("one column without its axis", np.s_[:, 3]),
    ("no rows", np.s_[:0]),
    ("one element", np.s_[1, 2, ...]),
)


# Arrays of equal elements, which some keep as one.
CONSTANTS: tuple[npt.NDArray[Any], ...] = tuple(
    np.full((3, 4), value, dtype)
    for dtype, value in (("i4", 0), ("i4", 7), ("f8", 1.5), ("f8", np.nan), ("u1", 255))
)
for _each in CONSTANTS:
    _each.flags.writeable = False


def grid(dtype: npt.DTypeLike = "i4", shape: tuple[int, ...] = (3, 4)) -> npt.NDArray[Any]:
    """Make a host array whose elements differ as far as the dtype allows, none of them 0."""
    dtype = np.dtype(dtype)
    numbers = np.arange(1, 1 + int(np.prod(shape)))
    if dtype.names is not None:
        values = np.zeros(numbers.shape, dtype)
        for factor, name in enumerate(dtype.names, 1):
            values[name] = numbers * factor
    elif dtype.kind == "b":
        values = numbers % 3 != 0
    elif dtype.kind == "c":
        values = (numbers + 0.5j * numbers[::-1]).astype(dtype)
    elif dtype.kind in "mM":
        values = numbers.astype(dtype.newbyteorder("=").str.replace(">", "<")).astype(dtype)
    else:
        values = numbers.astype(dtype)
    return values.reshape(shape)


def host_layouts(values: npt.NDArray[Any]) -> tuple[tuple[str, npt.NDArray[Any]], ...]:
    """Give host arrays of an array of shape (3, 4), or of parts of it, in other layouts."""
    read_only = values.copy()
    read_only.flags.writeable = False
    return (
        ("C order", values),
        ("F order", np.asfortranarray(values)),
        ("every other column", values[:, ::2]),
        ("columns of a wider array", np.repeat(values, 2, axis=1)[:, 1:-1][:, : values.shape[1]]),
        ("columns backwards", values[:, ::-1]),
        ("both axes backwards, with steps", values[::-2, ::-1]),
        ("not aligned", _not_aligned(values)),
        (
            "of 5 dimensions",
            values.reshape(3, 1, 2, 1, 2).transpose(4, 2, 0, 1, 3),
        ),
        ("rows backwards", values[::-1]),
        ("a broadcast row", np.broadcast_to(values[0], (2, 4))),
        ("a read-only array", read_only),
        ("a 0-d array", values[1:2, 1:2].reshape(())),
        ("no elements", values[:0]),
        ("one element", values[:1, :1]),
    )


def _not_aligned(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    memory = np.frombuffer(b"x" + values.tobytes(), values.dtype, offset=1)
    return memory.reshape(values.shape)


@cache
def extremes(dtype: Any) -> npt.NDArray[Any]:
    """
    Make a read-only host array of the values of a dtype that are lost first.

    Its lowest and highest, those that a float64 does not hold, signed zeros, infinities, NaN and
    NaT, times one unit apart, text with zeros in it and of more than one plane.
    """
    dtype = np.dtype(dtype)
    if dtype.names is not None:
        columns = [extremes(dtype[name]) for name in dtype.names]
        found = np.zeros(max(map(len, columns)), dtype)
        for name, column in zip(dtype.names, columns, strict=True):
            found[name] = np.resize(column, found.shape)
    else:
        found = _extremes(dtype)
    found.flags.writeable = False
    return found


def _extremes(dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    native = dtype.newbyteorder("=")
    if dtype.kind in "iu":
        info = np.iinfo(native)
        numbers = {info.min, info.min + 1, info.max - 1, info.max, 0, 1, 100}
        numbers |= {sign * (2**power + 1) for power in (8, 24, 53) for sign in (1, -1)}
        return np.array([each for each in sorted(numbers) if info.min <= each <= info.max], dtype)
    if dtype.kind == "f":
        limits = np.finfo(native)
        return np.array(
            [
                *(0.0, -0.0, np.inf, -np.inf, np.nan, 1 / 3),
                *(limits.max, limits.min, limits.tiny, limits.smallest_subnormal, 1 + limits.eps),
            ],
            dtype,
        )
    if dtype.kind == "c":
        parts = _extremes(np.dtype(f"f{dtype.itemsize // 2}"))[:8]
        found = np.empty((len(parts), len(parts)), native)
        found.real, found.imag = parts[:, None], parts
        return found.ravel().astype(dtype)
    if dtype.kind in "mM":
        counts = [-(2**63), -(2**63) + 1, 2**63 - 1, 0, 1, -1, 2**53, 2**53 + 1, 10**18, 10**18 + 1]
        return np.array(counts, dtype.str[0].replace("|", "<") + "i8").view(dtype)
    if dtype.kind == "S":
        return np.array([b"", b"a", b"\0b", b"a\0c", b"\xff" * dtype.itemsize], dtype)
    if dtype.kind == "U":
        return np.array(["", "a", "\0b", "é\u0416", "\U0001f600\U0010ffff"], dtype)
    if dtype.kind == "b":
        return np.array([False, True])
    # A dtype of a package: all bits that one byte has, or some.
    return np.frombuffer(random_bytes(64 * dtype.itemsize), "B").view(dtype).copy()


def drawn_parts(count: int, shortest: int, longest: int) -> tuple[bytes, ...]:
    """Draw so many byte strings, of lengths within bounds, that differ."""
    sizes = drawn(f"{count} parts").integers(shortest, longest + 1, count).tolist()
    data, stops = random_bytes(sum(sizes)), accumulate(sizes)
    return tuple(data[stop - size : stop] for size, stop in zip(sizes, stops, strict=True))


def drawn_key(random: np.random.Generator, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """Draw a basic index of an array: integers, slices with any step, an ellipsis, new axes."""
    key: list[Any] = []
    for extent in shape:
        kind = random.integers(0, 6)
        if kind == 0 and extent:
            key.append(int(random.integers(-extent, extent)))
        elif kind == 1:
            key.append(slice(None))
        else:
            start, stop = (int(each) for each in random.integers(-extent - 1, extent + 2, 2))
            step = int(random.choice([1, 1, 2, 3, -1, -2]))
            key.append(slice(start, stop, step))
        if random.integers(0, 8) == 0:
            key.append(None)
    if random.integers(0, 3) == 0:
        return (..., *key[-1:]) if key and key[-1] is not None else (...,)
    return tuple(key)


def pairs[K, V](table: Mapping[K, Iterable[V]]) -> tuple[tuple[K, V], ...]:
    """Return each key with each of its values."""
    return tuple((key, value) for key, values in table.items() for value in values)


def show_key(key: Any) -> str:
    """Show what stands between the brackets of an indexing."""
    if isinstance(key, tuple):
        return ", ".join(map(show_key, key)) if key else "()"
    if isinstance(key, slice):
        parts = ["" if each is None else str(each) for each in (key.start, key.stop, key.step)]
        return ":".join(parts if key.step is not None else parts[:2])
    return "..." if key is ... else repr(key)
