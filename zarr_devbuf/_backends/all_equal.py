"""Whether every element of an array equals a value: Zarr does not store such chunks."""

from __future__ import annotations

import cmath
import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr_devbuf.backend import Backend

__all__ = ["all_equal"]

# Elements in the first block. Most differences are found in it, and its comparison costs little
# more than the call; the following blocks are larger.
_FIRST_BLOCK = 1 << 14
_UNSIGNED = {size: np.dtype(f"u{size}") for size in (1, 2, 4, 8)}

type _Predicate = Callable[[Any], Any]


def all_equal(backend: Backend, data: Any, value: Any, *, equal_nan: bool) -> bool:
    """
    Compare `data`, an array of the backend, with `value`, on the device.

    A NaN equals any NaN if `equal_nan` is True. A floating-point or complex zero equals only a zero
    of the same sign, in each part, since a fill value of ``0.0`` does not represent a chunk of
    ``-0.0``. Structured elements are equal if every field is. One byte is copied to the host for
    each block that is compared.
    """
    is_array = isinstance(value, backend.array_type)
    if getattr(value, "ndim", 0) > 0 or (is_array and not isinstance(value, np.ndarray)):
        data, value = backend.xp.broadcast_arrays(data, value)
        return _equal_arrays(backend.xp, data, value, equal_nan=equal_nan)
    if data.dtype.names is not None:
        fields = np.asarray(value, dtype=data.dtype)
        return all(
            all_equal(backend, data[name], fields[name][()], equal_nan=equal_nan)
            for name in data.dtype.names
        )
    return _holds_everywhere(data, _predicate(data.dtype, value, equal_nan=equal_nan))


def _predicate(dtype: np.dtype[Any], value: Any, *, equal_nan: bool) -> _Predicate:
    """Return a function that compares each element of a block with `value`."""
    kind = _kind(value)
    if kind == "c":
        if dtype.kind == "c":
            value = complex(value) if dtype.itemsize <= 16 else value
            return _complex_predicate(value, equal_nan=equal_nan)
        if value.imag == 0 and dtype.kind in "biuf":
            return _predicate(dtype, value.real, equal_nan=equal_nan)
    if kind == "f" and dtype.kind in "biuf":
        if value == 0:
            return _zero_predicate(dtype, negative=math.copysign(1, value) < 0)
        if value != value:  # noqa: PLR0124 - only a NaN differs from itself
            if not equal_nan or dtype.kind != "f":
                return lambda _: False
            return lambda block: block != block  # noqa: PLR0124
    if kind == "f" and dtype.kind == "c":
        return _predicate(dtype, complex(value, 0.0), equal_nan=equal_nan)
    if dtype.kind in "mM" and equal_nan and np.isnat(np.asarray(value, dtype=dtype)):
        return np.isnat
    return lambda block: block == value


def _kind(value: Any) -> str:
    if isinstance(value, float):
        return "f"
    return str(np.asarray(value).dtype.kind)


def _zero_predicate(dtype: np.dtype[Any], *, negative: bool) -> _Predicate:
    if dtype.kind != "f":
        return lambda block: block == 0
    unsigned = _UNSIGNED.get(dtype.itemsize)
    if unsigned is None:  # longdouble: its padding bytes are arbitrary, so bits cannot be compared
        return lambda block: (block == 0) & (np.signbit(block) == negative)
    if dtype.byteorder != "=":
        unsigned = unsigned.newbyteorder(dtype.byteorder)
    bits = unsigned.type(1 << (8 * dtype.itemsize - 1) if negative else 0)
    return lambda block: block.view(unsigned) == bits


def _complex_predicate(value: complex, *, equal_nan: bool) -> _Predicate:
    if cmath.isnan(value):
        # As for numpy.isnan: a complex number is NaN if either part is.
        return lambda block: (block != block) & equal_nan  # noqa: PLR0124

    def parts_equal(block: Any) -> Any:
        same: Any = True
        for part, wanted in ((block.real, value.real), (block.imag, value.imag)):
            if wanted == 0:
                # numpy.signbit calls the array's own library.
                negative = math.copysign(1, wanted) < 0
                same = same & (part == 0) & (np.signbit(part) == negative)
            else:
                same = same & (part == wanted)
        return same

    return parts_equal


def _holds_everywhere(data: Any, predicate: _Predicate) -> bool:
    if data.size <= _FIRST_BLOCK or data.ndim == 0:
        return _all(predicate(data))
    # Slices of the first axis are views in any layout; flattening may need a copy.
    length = data.shape[0]
    step = max(1, _FIRST_BLOCK * length // data.size)
    start = 0
    while start < length:
        if not _all(predicate(data[start : start + step])):
            return False
        start += step
        # Each result is a transfer: on a device, few large blocks are faster than many.
        step *= 16
    return True


def _all(result: Any) -> bool:
    return bool(result.all()) if hasattr(result, "all") else bool(result)


def _equal_arrays(xp: Any, data: Any, other: Any, *, equal_nan: bool) -> bool:
    if data.dtype.names is not None:
        return all(
            _equal_arrays(xp, data[name], other[name], equal_nan=equal_nan)
            for name in data.dtype.names
        )
    same = data == other
    if data.dtype.kind in "fc" and other.dtype.kind in "fc":
        same = same & _equal_signs(xp, data, other)
        if equal_nan:
            same = same | ((data != data) & (other != other))  # noqa: PLR0124
    return _all(same)


def _equal_signs(xp: Any, data: Any, other: Any) -> Any:
    """Return where two float or complex arrays have equal signs: zeros compare equal."""
    same = xp.signbit(data.real) == xp.signbit(other.real)
    if data.dtype.kind == "c" or other.dtype.kind == "c":
        same = same & (xp.signbit(data.imag) == xp.signbit(other.imag))
    return same
