"""Reshaping and joining, with views and copies as in CuPy, and its errors."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
from __future__ import annotations

import operator
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.accesses import read
from zarr_devbuf.simulator._core.c_integers import c_int, c_size
from zarr_devbuf.simulator._core.construction import (
    copy_to_here,
    make_array,
    normalize_order,
    record_addresses,
)
from zarr_devbuf.simulator._core.dtypes import check_kernel, check_supported, resolve
from zarr_devbuf.simulator._core.host_copy import record_download
from zarr_devbuf.simulator._core.interop import from_device_like
from zarr_devbuf.simulator._core.matmul import need_array
from zarr_devbuf.simulator._core.scalars import scalar_dtype
from zarr_devbuf.simulator._core.storage import (
    kernel_operand,
    kernel_target,
    memory_here,
    view,
    wrap,
)
from zarr_devbuf.simulator._core.ufuncs import check_cast
from zarr_devbuf.simulator._ordering.tracker import tracker

__all__ = [
    "broadcast_to",
    "concatenate",
    "diagonal",
    "flatten",
    "normalize_axis",
    "ravel",
    "reduced_view",
    "repeat",
    "reshape",
    "rollaxis",
    "squeeze",
    "swapaxes",
    "transpose",
]


def normalize_axis(axis: Any, ndim: int) -> int:
    """Return the axis as a non-negative number; raise ``AxisError`` if it is out of bounds."""
    index = operator.index(axis)
    if not -ndim <= index < ndim:
        raise np.exceptions.AxisError(index, ndim)
    return index % ndim if ndim else 0


def reshape(array: Any, shape: tuple[Any, ...], order: Any = "C", copy: Any = None) -> Any:
    """Implement ``ndarray.reshape``."""
    if isinstance(copy, str):
        raise ValueError("strings are not allowed for 'copy' keyword. Use True/False/None instead.")  # noqa: TRY004
    letter = normalize_order(order, keep=False)
    if len(shape) == 1 and hasattr(shape[0], "__getitem__"):
        shape = tuple(shape[0])
    raw = array._raw
    lengths = _infer(shape, raw.size)
    if letter == "A":
        letter = "F" if raw.flags.fnc else "C"
    try:
        shared = raw.reshape(lengths, order=letter, copy=False)
    except ValueError:
        if copy is not None and not copy:
            raise ValueError("Unable to avoid creating a copy while reshaping.") from None
        return _reshaped_copy(array, lengths, letter)
    result = view(shared, array)
    return result.copy() if copy else result


def _reshaped_copy(array: Any, lengths: tuple[int, ...], letter: str) -> Any:
    if letter == "F":
        fresh = copy_to_here(view(array._raw.T, array), "C")
        return view(fresh._raw.reshape(lengths[::-1]).T, fresh)
    fresh = copy_to_here(array, "C")
    fresh._raw = fresh._raw.reshape(lengths)
    return fresh


def _infer(shape: tuple[Any, ...], size: int) -> tuple[int, ...]:
    lengths = [operator.index(length) for length in shape]
    known = 1
    unknown = []
    for position, length in enumerate(lengths):
        if length < 0:
            unknown.append(position)
        else:
            known *= length
    if not unknown and known == size:
        return tuple(lengths)
    if len(unknown) > 1:
        raise ValueError("can only specify one unknown dimension")
    if not unknown or not known or size % known:
        raise ValueError(f"cannot reshape array of size {size} into shape {tuple(lengths)}")
    lengths[unknown[0]] = size // known
    return tuple(lengths)


def transpose(array: Any, axes: tuple[Any, ...]) -> Any:
    """Implement ``ndarray.transpose``."""
    if len(axes) == 1:
        if axes[0] is None:
            axes = ()
        elif hasattr(axes[0], "__getitem__") and not isinstance(axes[0], np.generic):
            axes = tuple(axes[0])
    if not axes:
        return view(array._raw.T, array)
    ndim = array._raw.ndim
    axes = tuple(operator.index(axis) for axis in axes)
    if len(axes) != ndim:
        raise ValueError("axes don't match array")
    wanted = [normalize_axis(axis, ndim) for axis in axes]
    if len(set(wanted)) != ndim:
        raise ValueError("repeated axis in transpose")
    return view(array._raw.transpose(wanted), array)


def swapaxes(array: Any, axis1: Any, axis2: Any) -> Any:
    """Swap two axes."""
    ndim = array._raw.ndim
    axis1, axis2 = operator.index(axis1), operator.index(axis2)
    if not (-ndim <= axis1 < ndim and -ndim <= axis2 < ndim):
        raise ValueError("Axis out of range")
    return view(array._raw.swapaxes(axis1, axis2), array)


def rollaxis(array: Any, axis: int, start: int = 0) -> Any:
    """Move an axis before another one."""
    ndim = array._raw.ndim
    axis += ndim if axis < 0 else 0
    start += ndim if start < 0 else 0
    if not (0 <= axis < ndim and 0 <= start <= ndim):
        raise ValueError("Axis out of range")
    rolled = np.rollaxis(array._raw, axis, start)
    return array if axis in (start, start - 1) else view(rolled, array)


def _in_order(array: Any, order: Any) -> Any:
    letter = normalize_order(order)
    raw = array._raw
    if letter == "A":
        letter = "F" if raw.flags.fnc else "C"
    if letter == "F":
        return raw.T
    if letter == "K":
        return raw.transpose(_memory_order(raw.strides))
    return raw


def _memory_order(strides: tuple[int, ...]) -> list[int]:
    """Return the axes from slowest to fastest; axes with stride 0 keep their positions."""
    order: list[int] = []
    for axis in reversed(range(len(strides))):
        place = 0
        if strides[axis]:
            for position, other in enumerate(order):
                if strides[other] and abs(strides[other]) <= abs(strides[axis]):
                    break
                if strides[other]:
                    place = position + 1
        order.insert(place, axis)
    return order


def flatten(array: Any, order: Any = "C") -> Any:
    """Return a one-dimensional copy."""
    check_supported(array._raw.dtype)
    if array._raw.size:
        check_kernel(array._raw.dtype)
    if tracker.active:
        read(array)
    return wrap(_in_order(array, order).flatten())


def ravel(array: Any, order: Any = "C") -> Any:
    """Return the array in one dimension: a view if possible, otherwise a copy."""
    ordered = _in_order(array, order)
    try:
        shared = ordered.reshape(-1, copy=False)
    except ValueError:
        shared = None
    if shared is not None and (shared.flags.c_contiguous):
        return view(shared, array)
    check_supported(array._raw.dtype)
    if tracker.active:
        read(array)
    return wrap(ordered.flatten())


def squeeze(array: Any, axis: Any = None) -> Any:
    """Remove axes of length one."""
    raw = array._raw
    if axis is None:
        axes = {index for index, length in enumerate(raw.shape) if length == 1}
    elif isinstance(axis, tuple):
        listed = [normalize_axis(one, raw.ndim) for one in axis]
        axes = set(listed)
        if len(axes) != len(listed):
            raise ValueError("duplicate value in 'axis'")
    elif not raw.ndim and operator.index(axis) in (0, -1):
        axes = set()
    else:
        axes = {normalize_axis(axis, raw.ndim)}
    if any(raw.shape[index] != 1 for index in axes):
        raise ValueError("cannot select an axis to squeeze out which has size not equal to one")
    return view(raw.squeeze(tuple(axes)), array) if axes else array


def reduced_view(array: Any) -> Any:
    """Return a view in which adjacent axes are merged if the memory layout allows it."""
    raw = array._raw
    if raw.ndim <= 1:
        return array
    if raw.flags.c_contiguous:
        return view(raw.reshape(-1), array)
    shape: list[int] = []
    strides: list[int] = []
    for length, stride in zip(raw.shape, raw.strides, strict=True):
        if length == 1:
            continue
        if shape and strides[-1] == length * stride:
            shape[-1] *= length
            strides[-1] = stride
        else:
            shape.append(length)
            strides.append(stride)
    if len(shape) == raw.ndim:
        return array
    return view(np.lib.stride_tricks.as_strided(raw, shape, strides), array)


def diagonal(array: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Return a writable view of diagonals."""
    raw = array._raw
    ndim = raw.ndim
    offset, axis1, axis2 = c_size(offset), c_size(axis1), c_size(axis2)
    if not (-ndim <= axis1 < ndim and -ndim <= axis2 < ndim):
        raise np.exceptions.AxisError(
            f"axis1(={axis1}) and axis2(={axis2}) must be within range (ndim={ndim})"
        )
    if axis1 % ndim == axis2 % ndim:
        # CuPy deletes the axis from a list twice, and fails if that has become too short.
        if axis1 % ndim == ndim - 1:
            raise IndexError("list assignment index out of range")
        raise ValueError("repeated axis in transpose")
    rest = [axis for axis in range(ndim) if axis not in (axis1 % ndim, axis2 % ndim)]
    first, second = (axis1, axis2) if offset >= 0 else (axis2, axis1)
    window = raw.transpose(*rest, first, second)
    skip = abs(offset)
    length = max(0, min(window.shape[-2], window.shape[-1] - skip))
    if not length:
        return wrap(np.empty((*window.shape[:-2], 0), raw.dtype))
    window = window[..., :length, skip : skip + length]
    # NumPy's `diagonal` returns a read-only view.
    return view(
        np.lib.stride_tricks.as_strided(
            window,
            (*window.shape[:-2], length),
            (*window.strides[:-2], window.strides[-2] + window.strides[-1]),
        ),
        array,
    )


def broadcast_to(array: Any, shape: Any) -> Any:
    """Return a view broadcast to a shape."""
    lengths = tuple(shape) if np.iterable(shape) else (shape,)
    raw = array._raw
    if raw.ndim > len(lengths):
        raise ValueError("input operand has more dimensions than allowed by the axis remapping")
    strides = [0] * len(lengths)
    for position in range(raw.ndim):
        target = position + len(lengths) - raw.ndim
        if raw.shape[position] == lengths[target]:
            strides[target] = raw.strides[position]
        elif raw.shape[position] != 1:
            raise ValueError(
                f"operands could not be broadcast together with shape {raw.shape} and requested "
                f"shape {lengths}"
            )
    if raw.dtype.names is not None:
        # NumPy's function cannot describe fields with padding.
        plain = np.lib.stride_tricks.as_strided(raw.view(f"V{raw.itemsize}"), lengths, strides)
        return view(plain.view(raw.dtype), array)
    return view(np.lib.stride_tricks.as_strided(raw, lengths, strides), array)


def repeat(array: Any, repeats: Any, axis: Any = None) -> Any:
    """Repeat elements."""
    counts = from_device_like(repeats)
    single: Any = None
    if counts is not None:
        if counts._raw.dtype.kind not in "iub" or not np.can_cast(counts._raw.dtype, np.intp):
            raise TypeError(
                f"Cannot cast array data from dtype('{counts._raw.dtype}') to "
                f"dtype('{np.dtype(np.intp)}') according to the rule 'safe'"
            )
        _check_depth(counts)
    elif isinstance(repeats, np.ndarray):
        raise TypeError("'repeats' does not accept numpy.ndarray; convert with cupy.array() first")
    else:
        try:
            single = operator.index(repeats)
        except TypeError:
            if not hasattr(repeats, "__getitem__"):
                raise ValueError(f"'repeats' should be int or sequence: {repeats}") from None
            counts = make_array(repeats, np.intp, explicit=False)
            _check_depth(counts)
    raw = kernel_operand(array)
    if axis is None:
        raw, where = raw.reshape(-1), 0
    else:
        where = normalize_axis(axis, raw.ndim)
    if counts is not None:
        if counts._raw.size != 1:
            return wrap(_repeat_each(raw, kernel_operand(counts), where))
        record_download(8)
        single = int(kernel_operand(counts).reshape(())[()])
    if single < 0:
        raise ValueError(f"'repeats' should not be negative: {single}")
    return wrap(np.asarray(np.repeat(raw, single, where), order="C"))


def _check_depth(counts: Any) -> None:
    if counts._raw.ndim > 1:
        raise ValueError("object too deep for desired array")


def _repeat_each(raw: Any, counts: Any, axis: int) -> Any:
    if counts.size != raw.shape[axis]:
        raise ValueError(
            f"'repeats' and 'axis' of 'a' should be same length: {raw.shape[axis]} != {counts.size}"
        )
    if counts.size:
        # CuPy downloads the total, for the shape, and the minimum, to find negative counts.
        record_download(8)
        record_download(8)
        if (counts < 0).any():
            raise ValueError("all elements of 'repeats' should not be negative")
    return np.asarray(np.repeat(raw, counts, axis), order="C")


def concatenate(  # noqa: C901, PLR0912 - the checks of CuPy, in order
    arrays: Any, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind"
) -> Any:
    """Join device arrays; the addresses of more than eight small ones are uploaded."""
    if axis is None:
        arrays = [one.ravel() for one in arrays]
        axis = 0
    axis = c_int(axis)
    if out is not None:
        need_array(out, "out")
    requested = None if dtype is None else resolve(dtype)
    arrays = list(arrays)
    found = [from_device_like(one) for one in arrays]
    for one, operand in zip(arrays, found, strict=True):
        if operand is None:
            scalar_dtype(one)
    if any(operand is None for operand in found):
        raise TypeError("Only cupy arrays can be concatenated")
    operands = [memory_here(operand) for operand in found]
    if not operands:
        raise ValueError("Cannot concatenate from empty tuple")
    if any(not one.ndim for one in operands):
        raise TypeError("zero-dimensional arrays cannot be concatenated")
    first = operands[0]
    if any(one.ndim != first.ndim for one in operands):
        raise ValueError("All arrays to concatenate must have the same ndim")
    axis = normalize_axis(axis, first.ndim)
    shape = _joined_shape(operands, axis)
    target = _joined_dtype(operands, out, requested)
    for one in operands:
        check_cast(one.dtype, target, casting)
    if out is None:
        check_supported(target)
        result = wrap(np.empty(shape, target))
    else:
        if out._raw.ndim != len(shape):
            raise ValueError("Output array has wrong dimensionality")
        if out._raw.shape != shape:
            raise ValueError("Output array is the wrong shape")
        result = out
    for one in operands:
        if one.size:
            check_kernel(one.dtype)
            check_kernel(target)
    record_addresses(operands, axis, target)
    raw = kernel_target(result) if out is not None else memory_here(result)
    if all(one.dtype == raw.dtype for one in operands):
        np.concatenate(operands, axis, raw)
    else:
        with np.errstate(all="ignore"):
            np.concatenate(operands, axis, raw, casting="unsafe")
    return result


def _joined_shape(operands: list[Any], axis: int) -> tuple[int, ...]:
    first = operands[0].shape
    for one in operands[1:]:
        if one.shape[:axis] + one.shape[axis + 1 :] != first[:axis] + first[axis + 1 :]:
            raise ValueError("All arrays must have same shape except the axis to concatenate")
    return (*first[:axis], sum(one.shape[axis] for one in operands), *first[axis + 1 :])


def _joined_dtype(operands: list[Any], out: Any, dtype: Any) -> Any:
    if out is not None:
        if dtype is not None:
            raise TypeError(
                "concatenate() only takes `out` or `dtype` as an argument, but both were provided."
            )
        given: np.dtype[Any] = out._raw.dtype
        return given
    if dtype is not None:
        return dtype
    joint = operands[0].dtype
    for one in operands[1:]:
        if one.dtype != joint:
            joint = np.promote_types(joint, one.dtype)
    return joint
