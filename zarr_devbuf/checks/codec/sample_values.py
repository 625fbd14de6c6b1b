"""The values of the chunks that codecs are checked with, the same in every run."""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003 - of a variable
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["TRAITS", "Trait", "is_number_of_package", "values_of"]

type Values = npt.NDArray[Any]

Trait = Literal[
    "", "other", "large", "range", "extreme", "nan", "constant", "zeros", "runs", "noise", "tiled"
]
TRAITS: tuple[Trait, ...] = get_args(Trait)

# Of scripts with one, two, three and four bytes for a character in UTF-8; with marks that combine,
# and the character that NumPy's fixed-length dtypes may end with.
_WORDS = (
    *("a", "zarr", "Größe", "ß", "žluťoučký", "данные", "نص", "עברית", "データ", "数据", "배열"),
    *("e\u0301", "\U0001f469\u200d\U0001f680", "\U00010348", "'\"\\", " ", "\t\n", "a\0b"),
)
_RUNS = (1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32, 63, 64, 65, 127, 128, 129, 130, 254, 255, 256, 257)


def values_of(dtype: np.dtype[Any], shape: tuple[int, ...], trait: Trait = "") -> Values:
    """
    Make the values of a chunk: C-contiguous, writable; not all equal to the default fill value.

    They are smooth by default, as codecs for images and measurements expect: with noise, every
    lossy codec would look broken.

    Parameters
    ----------
    dtype : numpy.dtype
        Any that Zarr has.
    shape : tuple of int
        In elements.
    trait : str
        What is special about the values. ``"other"``: smooth, different in the second half.
        ``"large"``: smooth floats up to about a thousand instead of one. ``"range"``: smooth, in
        another part of the range of the dtype. ``"extreme"``: the largest and smallest numbers of
        the dtype, those next to the last that a float holds exactly, NaN, infinity, -0.0, NaT.
        ``"nan"``: smooth, some are NaN. ``"constant"`` and ``"zeros"``: all the same. ``"runs"``:
        constant runs of many lengths. ``"noise"``: random bits. ``"tiled"``: of a short period.
    """
    size = int(np.prod(shape))
    if dtype.names is not None:
        values = np.zeros(shape, dtype=dtype)
        for number, name in enumerate(dtype.names):
            turned = np.roll(values_of(dtype[name], (size,), trait), number)
            values[name] = turned.reshape(shape)
        return values
    if is_number_of_package(dtype):
        return np.asarray(6 * _smooth(shape, np.dtype("f4"))).astype(dtype)
    if dtype.kind in "OTUSV":
        return _words(dtype, size, trait).reshape(shape)
    made = _MADE.get(trait)
    if made is not None:
        return made(dtype, size).reshape(shape).astype(dtype, copy=False)
    smooth = _smooth(shape, dtype, reverse=trait == "range")
    if trait == "other":
        # For codecs that identify chunks by their length and their first bytes.
        half = size // 2
        smooth.reshape(-1)[half:] = _smooth(shape, dtype, phase=1.0).reshape(-1)[half:]
    if trait == "large":
        return (smooth * 1000).astype(dtype)
    if trait == "range":
        return _in_other_range(smooth, dtype)
    if trait == "nan" and dtype.kind in "fc":
        smooth.reshape(-1)[1::3] = np.nan
    return smooth


def is_number_of_package(dtype: np.dtype[Any]) -> bool:
    """Tell whether a dtype is one of those of numbers that NumPy lacks, as of ml_dtypes."""
    return dtype.kind == "V" and dtype.type is not np.void


def _smooth(
    shape: tuple[int, ...], dtype: np.dtype[Any], phase: float = 0.0, *, reverse: bool = False
) -> Values:
    wave: npt.NDArray[np.float64] = np.zeros(shape)
    for axis, extent in enumerate(shape):
        steps = np.arange(extent) / max(extent, 8)
        along = [-1 if axis == i else 1 for i in range(len(shape))]
        wave = wave + np.sin(2.5 * steps + axis + phase).reshape(along)
    low, high = (wave.min(), wave.max()) if wave.size else (0.0, 1.0)
    # A chunk of one element is 0.6 throughout: not the fill value, in any dtype.
    unit = (wave - low) / (high - low) if high > low else np.full(shape, 0.6)
    unit = 1 - unit if reverse else unit
    if dtype.kind == "b":
        return np.asarray(unit > 0.5)
    if dtype.kind in "iuMm":
        # 12 bits at most: enough to differ in every byte, and what codecs for images can hold.
        top = {1: 120 if dtype.kind == "i" else 250}.get(dtype.itemsize, 4000)
        whole = np.asarray(1 + unit * top).astype("i8" if dtype.kind in "Mm" else dtype)
        return whole.astype(dtype)
    if dtype.kind == "c":
        return np.asarray(unit + 0.125 + 1j * unit[::-1] if shape else unit + 0.5j).astype(dtype)
    return np.asarray(unit + 0.125).astype(dtype)


def _in_other_range(smooth: Values, dtype: np.dtype[Any]) -> Values:
    if dtype.kind in "fc":
        return np.asarray(smooth * -300 - 50).astype(dtype)
    if dtype.kind in "iu" and dtype.itemsize > 1:
        return np.asarray(smooth + np.iinfo(dtype).max // 3).astype(dtype)
    return smooth


def _extreme(dtype: np.dtype[Any], size: int) -> Values:
    if dtype.kind == "b":
        return np.resize([True, False, False, True, True], size)
    if dtype.kind in "Mm":
        whole = [
            np.iinfo("i8").min,
            np.iinfo("i8").min + 1,
            np.iinfo("i8").max,
            -1,
            0,
            1,
            2**53 + 1,
        ]
        return np.resize(np.array(whole, dtype="i8"), size).view(dtype.newbyteorder("="))
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        exact = [2**bits + 1 for bits in (11, 24, 53) if 2**bits < limits.max]
        negative = [-each for each in exact if dtype.kind == "i"]
        some = [
            limits.min,
            limits.max,
            0,
            1,
            limits.max // 2 + 1,
            limits.max - 1,
            *exact,
            *negative,
        ]
        return np.resize(np.array(some, dtype=dtype), size)
    floats = np.finfo(dtype)
    tiny = floats.smallest_subnormal
    some = [-0.0, 0.0, 1.5, np.nan, np.inf, -np.inf, floats.max, floats.min, floats.tiny, tiny]
    values = np.resize(np.array([*some, 1 + floats.eps, -tiny], dtype=dtype), size)
    if dtype.kind == "c":
        values.imag = np.roll(values.real[::-1], 1)
    return values


def _one(dtype: np.dtype[Any]) -> Values:
    number = 1 if dtype.kind in "bMm" else 77
    return np.array([number]).astype(dtype)


def _constant(dtype: np.dtype[Any], size: int) -> Values:
    return np.repeat(_one(dtype), size)


def _zeros(dtype: np.dtype[Any], size: int) -> Values:
    return np.zeros(size, dtype=dtype)


def _runs(dtype: np.dtype[Any], size: int) -> Values:
    steps = _smooth((len(_RUNS),), dtype)
    small = np.repeat(steps, _RUNS)
    if size <= 2 * small.size:
        return np.resize(small, size)
    # Then two that are longer than 16 bits count.
    rest = size - small.size
    return np.concatenate([small, np.repeat(steps[-2:], [65_537, rest])[:rest]])


def _noise(dtype: np.dtype[Any], size: int) -> Values:
    random = np.random.default_rng(0x5EED)
    if dtype.kind == "b":
        return random.random(size) > 0.5
    if dtype.kind in "fc":
        parts = random.standard_normal((2, size))
        return np.asarray(parts[0] + 1j * parts[1] if dtype.kind == "c" else parts[0]).astype(dtype)
    raw = random.integers(0, 256, size * dtype.itemsize, dtype="u1")
    return raw.view(dtype.newbyteorder("=")).astype(dtype)


def _tiled(dtype: np.dtype[Any], size: int) -> Values:
    # Each period has a length that no power of two divides, and begins with another value: a
    # chunk that is cut, or misplaced by a round number of bytes, is another one.
    # Of large chunks each value stands many times: some compressors are slow without.
    times = 1 if size < 1 << 18 else 509
    values = np.resize(np.repeat(_smooth((1009,), dtype), times), size)
    if dtype.kind in "iu":
        values[::65_521] ^= 1
    return values


_MADE: dict[Trait, Callable[[np.dtype[Any], int], Values]] = {
    "extreme": _extreme,
    "constant": _constant,
    "zeros": _zeros,
    "runs": _runs,
    "noise": _noise,
    "tiled": _tiled,
}


def _words(dtype: np.dtype[Any], size: int, trait: Trait) -> Values:
    """Make text, or bytes, of fixed or of varying length."""
    first = 5 if trait in ("other", "range") else 0
    words = [_WORDS[(first + i) % len(_WORDS)] for i in range(size)]
    if dtype.kind == "T":
        # NumPy's text of varying length holds no NUL, and some is long; some is empty.
        text = [
            "" if i % 7 == 5 else word.replace("\0", "") * (i % 4 * 9 + 1)
            for i, word in enumerate(words)
        ]
        return np.array(text, dtype=dtype)
    if dtype.kind == "U":
        return np.array(words, dtype=dtype)
    blobs = [
        bytes((17 * (first + i) + 31 * k) % 256 for k in range(1 + i % 7)) for i in range(size)
    ]
    if dtype.kind == "O":
        made = np.empty(size, dtype=object)
        made[:] = blobs
        return made
    width = dtype.itemsize
    return np.array([(blob * width)[:width] for blob in blobs], dtype=dtype)
