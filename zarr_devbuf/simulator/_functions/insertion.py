"""Deletion, insertion, requirements and unique elements, composed of other operations."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np

from zarr_devbuf.simulator._core.array import ndarray
from zarr_devbuf.simulator._core.construction import make_array
from zarr_devbuf.simulator._core.reshaping import concatenate, normalize_axis
from zarr_devbuf.simulator._core.storage import DeviceArray, kernel_operand, wrap
from zarr_devbuf.simulator._core.ufunc_table import UFUNCS
from zarr_devbuf.simulator._functions.manipulation import vstack
from zarr_devbuf.simulator._functions.naming import named
from zarr_devbuf.simulator._functions.searching import unique

__all__ = ["FUNCTIONS"]


def delete(arr: Any, indices: Any, axis: Any = None) -> Any:
    """Return the array without the given positions along an axis."""
    if not isinstance(arr, ndarray):
        raise ValueError("delete(): arr must be a cupy.ndarray")  # noqa: TRY004
    if axis is None:
        arr, axis = arr if arr.ndim == 1 else arr.ravel(), 0
    else:
        axis = normalize_axis(axis, arr.ndim)
    length = arr.shape[axis]
    single = isinstance(indices, (int, np.integer)) and not isinstance(indices, bool)
    if not single and not isinstance(indices, slice):
        chosen = make_array(indices, copy=None, explicit=False)
        if chosen.dtype == np.bool_:
            if chosen.shape != (length,):
                raise ValueError(
                    "boolean array argument indices to delete must be one dimensional and match "
                    f"the axis length of {length}"
                )
            if arr.ndim == 1:
                return arr[~chosen]
        if chosen.size:
            indices = chosen
    kept = wrap(np.ones(length, np.bool_))
    kept[(indices,)] = False
    return arr.compress(kept, axis=axis)


def put_along_axis(arr: Any, indices: Any, values: Any, axis: Any) -> None:
    """Write values at positions along an axis; positions out of bounds wrap around."""
    if axis is None:
        if indices.ndim != 1:
            raise NotImplementedError("Tuple setitem isn't supported for flatiter.")
        arr.put(indices, values)
        return
    axis = normalize_axis(axis, arr.ndim)
    if indices.dtype.kind not in "iu":
        raise IndexError("`indices` must be an integer array")
    if arr.ndim != indices.ndim:
        raise ValueError("`indices` and `arr` must have the same number of dimensions")
    key = []
    for place, length in enumerate(arr.shape):
        if place == axis:
            key.append(indices)
        else:
            shape = [1] * arr.ndim
            shape[place] = length
            key.append(wrap(np.arange(length).reshape(shape)))
    arr[tuple(key)] = values


_FLAGS = {
    "C": "C", "C_CONTIGUOUS": "C", "CONTIGUOUS": "C", "F": "F", "F_CONTIGUOUS": "F", "FORTRAN": "F",
    "O": "O", "OWNDATA": "O",
}  # fmt: skip


def require(a: Any, dtype: Any = None, requirements: Any = None) -> Any:
    """Return a device array with a dtype and memory layout."""
    if not requirements:
        try:
            return make_array(a, dtype, None, None, explicit=False)
        except TypeError:
            raise ValueError(f'Incorrect dtype "{dtype}" provided') from None
    try:
        wanted = {_FLAGS[one.upper()] for one in requirements}
    except KeyError as error:
        raise ValueError(f"Incorrect flag {error} in requirements") from None
    if wanted >= {"C", "F"}:
        raise ValueError('Cannot specify both "C" and "F" order')
    order = "F" if "F" in wanted else "C" if "C" in wanted else "A"
    try:
        found = make_array(a, dtype, None, order, explicit=False)
    except TypeError:
        raise ValueError(f'Incorrect dtype "{dtype}" provided') from None
    return found.copy(order) if "O" in wanted and not found.flags.owndata else found


class UniqueAllResult(NamedTuple):
    """The result of ``unique_all``."""

    values: Any
    indices: Any
    inverse_indices: Any
    counts: Any


class UniqueCountsResult(NamedTuple):
    """The result of ``unique_counts``."""

    values: Any
    counts: Any


class UniqueInverseResult(NamedTuple):
    """The result of ``unique_inverse``."""

    values: Any
    inverse_indices: Any


def _unique_all(x: Any, /) -> UniqueAllResult:
    values, indices, inverse, counts = unique(x, True, True, True, equal_nan=False)
    return UniqueAllResult(values, indices, inverse.reshape(x.shape), counts)


def _unique_counts(x: Any, /) -> UniqueCountsResult:
    return UniqueCountsResult(*unique(x, return_counts=True, equal_nan=False))


def _unique_inverse(x: Any, /) -> UniqueInverseResult:
    values, inverse = unique(x, return_inverse=True, equal_nan=False)
    return UniqueInverseResult(values, inverse.reshape(x.shape))


def _setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    if not assume_unique:
        ar1, ar2 = unique(ar1), unique(ar2)
    joined = concatenate((ar1, ar2), axis=None)
    if not joined.size:
        return joined
    joined.sort()
    raw = kernel_operand(joined)
    same = raw[1:] == raw[:-1]
    alone = np.ones(raw.size, np.bool_)
    alone[1:] &= ~same
    alone[:-1] &= ~same
    return joined[wrap(alone)]


def _asarray_chkfinite(a: Any, dtype: Any = None, order: Any = None) -> Any:
    found = make_array(a, dtype, None, order)
    if not UFUNCS["isfinite"](found).all():
        raise ValueError("array must not contain Infs or NaNs")
    return found


def _asfarray(a: Any, dtype: Any = np.float64) -> Any:
    kind = np.dtype(dtype)
    return make_array(a, kind if kind.kind in "fc" else np.float64, None)


def _round(a: Any, decimals: int = 0, out: Any = None) -> Any:
    source = a if isinstance(a, DeviceArray) else make_array(a, copy=None)
    return source.round(decimals, out=out)


def _row_stack(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    warnings.warn(
        "`row_stack` alias is deprecated. Use `cp.vstack` directly.",
        DeprecationWarning,
        stacklevel=2,
    )
    return vstack(tup, dtype=dtype, casting=casting)


FUNCTIONS: dict[str, Any] = {
    "delete": delete,
    "put_along_axis": put_along_axis,
    "require": require,
} | named(
    {
        "unique_all": _unique_all,
        "unique_counts": _unique_counts,
        "unique_inverse": _unique_inverse,
        "setxor1d": _setxor1d,
        "asarray_chkfinite": _asarray_chkfinite,
        "asfarray": _asfarray,
        "round_": _round,
        "row_stack": _row_stack,
    }
)
"""The functions by name."""
