"""Sorting, searching, sets, and selection by index or condition."""

# ruff: noqa: ARG001 - names and signatures are CuPy's.
from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core import selection, sorting
from zarr_devbuf.simulator._core.bisection import exists
from zarr_devbuf.simulator._core.construction import array, make_array
from zarr_devbuf.simulator._core.indexing import record_count
from zarr_devbuf.simulator._core.matmul import need_attribute, type_name
from zarr_devbuf.simulator._core.numpy_fallback import call, host_array_error
from zarr_devbuf.simulator._core.reshaping import concatenate, normalize_axis
from zarr_devbuf.simulator._core.scalars import scalar_dtype
from zarr_devbuf.simulator._core.sorting import check_complex
from zarr_devbuf.simulator._core.storage import DeviceArray, kernel_operand, kernel_target, wrap
from zarr_devbuf.simulator._core.ufuncs import Loop, ufunc
from zarr_devbuf.simulator._functions.naming import named
from zarr_devbuf.simulator._functions.unique_rows import unique_along_axis

__all__ = ["FUNCTIONS"]


def _device(a: Any, what: str = "a") -> Any:
    if not isinstance(a, DeviceArray):
        raise TypeError(
            f"Argument '{what}' has incorrect type (expected cupy._core.core._ndarray_base, got "
            f"{type_name(a)})"
        )
    return a


def _where_loop(operands: list[Any], dtypes: Any, out: Any) -> Any:
    condition, left, right = operands
    dtype = dtypes[-1]
    return np.asarray(
        np.where(condition, left.astype(dtype, copy=False), right.astype(dtype, copy=False)),
        dtype,
        order="C",
    )


def _checked(a: Any) -> Any:
    if not isinstance(a, DeviceArray):
        raise TypeError(f"'a' must be a cupy.ndarray object, not {type(a)}.")
    return a


_where = ufunc(
    "cupy_where", [Loop(f"?{char * 2}->{char}", _where_loop) for char in "?bBhHiIlLqQefdFD"]
)


def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """Choose from two operands by a condition, or return where the condition is true."""
    missing = (x is None) + (y is None)
    if missing == 1:
        raise ValueError("Must provide both 'x' and 'y' or neither.")
    if missing == 2:
        return _checked(condition).nonzero()
    return _where(condition.astype("?", copy=False), x, y)


def sort(a: Any, axis: Any = -1, kind: Any = None) -> Any:
    """Return a sorted copy."""
    result = a.flatten() if axis is None else a.copy()
    result.sort(axis=-1 if axis is None else axis, kind=kind)
    return result


def partition(a: Any, kth: Any, axis: Any = -1) -> Any:
    """Return a partitioned copy."""
    result = a.flatten() if axis is None else a.copy()
    result.partition(kth, axis=-1 if axis is None else axis)
    return result


def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: Any = None,
    *,
    equal_nan: bool = True,
) -> Any:
    """Return the distinct elements; their count is downloaded."""
    if axis is not None:
        return unique_along_axis(ar, axis, return_index, return_inverse, return_counts)
    need_attribute("shape", ar)
    source = make_array(ar, copy=None, explicit=False)
    if source.dtype.kind == "V":
        if source.size <= 1:
            kernel_operand(source)
            raise TypeError(f"Wrong type (({source.dtype!r},)) of arguments for cupy_isnan")
        kernel_operand(source)
        raise NotImplementedError(f"Sorting arrays with dtype '{source.dtype}' is not supported")
    wanted = (return_index, return_inverse, return_counts)
    # CuPy downloads the count for each result that it selects with a mask.
    for _ in range(1 + bool(return_index) + bool(return_counts)):
        if source.size:
            record_count()
    return call(np.unique, source, *wanted, equal_nan=equal_nan)


def _extract(condition: Any, a: Any) -> Any:
    if not isinstance(a, DeviceArray):
        raise TypeError("extract requires input array to be cupy.ndarray")
    if not isinstance(condition, DeviceArray):
        condition = make_array(condition, explicit=False)
    return a.ravel().take(condition.ravel().nonzero()[0])


def _msort(a: Any) -> Any:
    warnings.warn(
        "msort is deprecated, use cupy.sort(a, axis=0) instead", DeprecationWarning, stacklevel=2
    )
    return sort(a, axis=0)


def _place(arr: Any, mask: Any, vals: Any) -> None:
    mask = make_array(mask, copy=None, explicit=False)
    if arr.size != mask.size:
        raise ValueError("Mask and data must be the same size.")
    vals = make_array(vals, copy=None, explicit=False)
    positions = mask.ravel().nonzero()[0]
    if not positions.size:
        return
    if not vals.size:
        raise ValueError("Cannot insert from an empty array.")
    arr.put(positions, vals, mode="wrap")


def _putmask(a: Any, mask: Any, values: Any) -> None:
    for name, one in (("a", a), ("mask", mask)):
        if not isinstance(one, DeviceArray):
            raise TypeError(f"`{name}` should be of type cupy.ndarray")
    if not (np.isscalar(values) or isinstance(values, DeviceArray)):
        raise TypeError("`values` should be of type cupy.ndarray")
    if a.shape != mask.shape:
        raise ValueError("mask and data must be the same size")
    chosen: Any = mask.astype(np.bool_)
    given: Any = values
    if np.isscalar(values):
        a[chosen] = values
    elif not np.can_cast(values.dtype, a.dtype):
        raise TypeError(
            f"Cannot cast array data from {values.dtype} to {a.dtype} according to the rule 'safe'"
        )
    elif a.shape == values.shape:
        a[chosen] = given[chosen]
    else:
        np.putmask(kernel_target(a), kernel_operand(chosen), kernel_operand(values))


def _in1d(ar1: Any, ar2: Any, assume_unique: bool = False, invert: bool = False) -> Any:
    flat = [one.ravel() for one in (ar1, ar2)]
    if not flat[0].size or not flat[1].size:
        return wrap(np.full(flat[0].shape, bool(invert)))
    for one in flat:
        if not isinstance(one, DeviceArray):
            raise host_array_error(one)
    scalar_dtype(invert)
    left, right = kernel_operand(flat[0]), kernel_operand(flat[1])
    check_complex(left, right)
    found, _ = exists(np.sort(right), left)
    return wrap(found != bool(invert))


def _intersect1d(
    arr1: Any, arr2: Any, assume_unique: bool = False, return_indices: bool = False
) -> Any:
    joint = np.result_type(arr1.dtype, arr2.dtype)
    first, second = arr1, arr2
    if assume_unique:
        # What is not sorted either gives what the search in it finds.
        first, second = arr1.ravel(), arr2.ravel()
    elif return_indices:
        first, places1 = unique(arr1, return_index=True)
        second, places2 = unique(arr2, return_index=True)
    else:
        first, second = unique(arr1), unique(arr2)
    left, right = kernel_operand(first), kernel_operand(second)
    check_complex(left, right)
    found, ends = (wrap(one) for one in exists(right, left))
    common = first[found].astype(joint)
    if not return_indices:
        return common
    indices1, indices2 = found.nonzero()[0], ends[found]
    if assume_unique:
        return common, indices1, indices2
    return common, places1[indices1], places2[indices2]


def _setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    first = ar1.ravel() if assume_unique else unique(ar1)
    second = ar2 if assume_unique else unique(ar2)
    return first[_in1d(first, second, True, True)]


def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    if not condlist:
        raise ValueError("select with an empty condition list is not possible")
    if not np.isscalar(default):
        raise TypeError("default only accepts scalar values")
    for index, (condition, choice) in enumerate(zip(condlist, choicelist, strict=True)):
        if not isinstance(choice, DeviceArray):
            raise TypeError("choicelist only accepts lists of cupy ndarrays")
        if condition.dtype.type is not np.bool_:
            raise ValueError(f"invalid entry {index} in condlist: should be boolean ndarray")
    joint = np.result_type(*(one.dtype for one in choicelist))
    fallback: Any = np.empty((), joint)
    np.copyto(fallback, default)  # type: ignore[arg-type]
    conditions = [kernel_operand(one) for one in condlist]
    choices = [kernel_operand(one).astype(joint, copy=False) for one in choicelist]
    return wrap(np.asarray(np.select(conditions, choices, fallback), order="C"))


def _lexsort(keys: Any) -> Any:
    if not keys.ndim:
        raise IndexError("list index out of range")
    if keys.ndim == 1:
        return array(0, dtype=np.intp)
    if keys.ndim > 2:
        raise NotImplementedError("Keys with the rank of three or more is not supported in lexsort")
    raw = kernel_operand(keys)
    if not len(raw):
        return wrap(np.arange(raw.shape[1]))
    return wrap(np.lexsort(raw))


def _sort_complex(a: Any) -> Any:
    result = a.astype("F" if a.dtype.char in "bhBHF" else "D")
    result.sort()
    return result


_WIDE = 8


def _take_along_axis(a: Any, indices: Any, axis: Any) -> Any:
    if indices.dtype.kind not in "iu":
        raise IndexError("`indices` must be an integer array")
    if axis is None:
        a, axis = a.ravel(), 0
    axis = normalize_axis(axis, a.ndim)
    if a.ndim != indices.ndim:
        raise ValueError("`indices` and `a` must have the same number of dimensions")
    raw = kernel_operand(a)
    if isinstance(indices, np.ndarray):
        indices = make_array(indices, explicit=False)
    positions = kernel_operand(indices)
    if positions.dtype.itemsize < _WIDE:
        # The length of the axis need not fit into the dtype of the indices.
        positions = positions.astype(np.int64)
    wrapped = positions % max(raw.shape[axis], 1)
    return wrap(np.asarray(np.take_along_axis(raw, wrapped.astype(np.int64), axis), order="C"))


def _ix(*args: Any) -> tuple[Any, ...]:
    result = []
    for axis, arg in enumerate(args):
        index = make_array(arg, copy=None)
        if index.ndim != 1:
            raise ValueError("Cross index must be 1 dimensional")
        if not index.size:
            index = index.astype(np.intp)
        if index.dtype.kind == "b":
            (index,) = index.nonzero()
        shape = (1,) * axis + (index.size,) + (1,) * (len(args) - axis - 1)
        result.append(index.reshape(shape))
    return tuple(result)


FUNCTIONS: dict[str, Any] = {
    "where": where,
    "sort": sort,
    "partition": partition,
    "unique": unique,
} | named(
    {
        "argwhere": lambda a: selection.argwhere(_checked(a)),
        "nonzero": lambda a: _checked(a).nonzero(),
        "flatnonzero": lambda a: _checked(a).ravel().nonzero()[0],
        "searchsorted": lambda a, v, side="left", sorter=None: sorting.searchsorted(
            a, v, side, sorter
        ),
        "lexsort": _lexsort,
        "msort": _msort,
        "sort_complex": _sort_complex,
        "isin": lambda element, test_elements, assume_unique=False, invert=False: _in1d(
            element, test_elements, assume_unique, invert
        ).reshape(element.shape),
        "in1d": _in1d,
        "intersect1d": _intersect1d,
        "setdiff1d": _setdiff1d,
        "union1d": lambda arr1, arr2: unique(concatenate((arr1, arr2), axis=None)),
        "take_along_axis": _take_along_axis,
        "extract": _extract,
        "place": _place,
        "putmask": _putmask,
        "select": _select,
        "ix_": _ix,
        "unique_values": lambda x: unique(x, equal_nan=False),
    }
)
"""The functions by name."""
