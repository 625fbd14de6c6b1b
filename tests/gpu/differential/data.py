"""Host data for programs: small, reproducible, with values that often cause errors."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["DTYPES", "PLAIN", "STRUCT", "data", "foreign"]

PLAIN = (
    "?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16",
)  # fmt: skip
DTYPES = PLAIN
STRUCT = np.dtype([("a", "<i4"), ("b", "<f4"), ("c", "u1")], align=True)

_FLOATS = [0.0, -0.0, 1.0, -1.0, 2.5, -3.5, 0.5, 7.0, 100.0, np.nan, np.inf, -np.inf]
_INTEGERS = [0, 1, 2, 3, 5, 7, 11, 40, 100, -1, -2, -7, -100]


def data(dtype: Any, shape: tuple[int, ...], seed: int, *, tame: bool = True) -> Any:
    """Return host data; with `tame`, without NaN, infinities and negative zeros."""
    rng = np.random.default_rng(seed)
    kind = np.dtype(dtype)
    if kind.names is not None:
        filled = np.zeros(shape, kind)
        for name in kind.names:
            filled[name] = data(kind[name], shape, seed + 1)
        return filled
    if kind.kind == "b":
        return np.asarray(rng.integers(0, 2, shape).astype(kind))
    if kind.kind == "u":
        return np.asarray(rng.integers(0, 100, shape).astype(kind))
    if kind.kind == "i":
        return np.asarray(rng.choice(_INTEGERS, shape).astype(kind))
    pool = [value for value in _FLOATS if np.isfinite(value) and value] if tame else _FLOATS
    real = rng.choice(pool, shape)
    if kind.kind == "c":
        return np.asarray(real + 1j * rng.choice(pool, shape)).astype(kind)
    return np.asarray(real.astype(kind))


class _Foreign:
    """An array of another library, which shows its memory by the CUDA array interface alone."""

    def __init__(self, array: Any) -> None:
        self._array = array

    @property
    def __cuda_array_interface__(self) -> Any:
        return self._array.__cuda_array_interface__


def foreign(array: Any) -> Any:
    """Return an object that exposes a device array."""
    return _Foreign(array)
