"""Creation of device arrays from host data and from other device arrays."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
# ruff: noqa: PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from zarr_devbuf import transfers
from zarr_devbuf.simulator._core.accesses import read, synchronize
from zarr_devbuf.simulator._core.c_integers import c_size
from zarr_devbuf.simulator._core.current_device import current_id
from zarr_devbuf.simulator._core.device import Device
from zarr_devbuf.simulator._core.dtypes import (
    as_kernel,
    as_native,
    check_kernel,
    check_supported,
    resolve,
    resolve_supported,
)
from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.host_copy import upload
from zarr_devbuf.simulator._core.interop import from_device_like
from zarr_devbuf.simulator._core.storage import DeviceArray, kernel_operand, view, wrap
from zarr_devbuf.simulator._ordering.tracker import tracker

__all__ = [
    "array",
    "cast",
    "empty_like_raw",
    "make_array",
    "normalize_order",
    "normalize_shape",
    "record_addresses",
    "strides_for_order_k",
]

type Raw = Any


def normalize_order(order: Any, *, keep: bool = True) -> str:
    """Return the order as one capital letter; as in CuPy, only the first letter counts."""
    letter = str(order[0]).upper() if len(order) else "C"
    if letter == "K" and not keep:
        raise ValueError("order 'K' is not permitted")
    if letter not in ("C", "F", "A", "K"):
        raise ValueError("order not understood")
    return letter


def _reject_bool(length: Any) -> None:
    if isinstance(length, (bool, np.bool_)) or (
        isinstance(length, np.ndarray) and length.shape == () and length.dtype == np.bool_
    ):
        raise TypeError("an integer is required")


def normalize_shape(shape: Any) -> tuple[int, ...]:
    """Return a shape as a tuple; raise the same errors as CuPy."""
    if shape is None:
        raise TypeError("Use () not None as shape arguments")
    if hasattr(shape, "__getitem__") and not isinstance(shape, (dict, np.generic)):
        try:
            lengths = tuple(shape)
        except TypeError:
            lengths = (shape,)
    else:
        lengths = (shape,)
    sizes = []
    for length in lengths:
        _reject_bool(length)
    for length in lengths:
        if not hasattr(length, "__index__"):
            raise TypeError(f"'{type(length).__name__}' object cannot be interpreted as an integer")
        sizes.append(length.__index__())
        if sizes[-1] < 0:
            raise ValueError("Negative dimensions are not allowed")
    if len(sizes) > 64:
        raise ValueError(f"maximum supported dimension for an ndarray is 64, found {len(sizes)}")
    return tuple(sizes)


def strides_for_order_k(raw: Raw, itemsize: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the strides of a dense array with the axes of `raw` in the same memory order."""
    strides = [0] * raw.ndim
    step = itemsize
    for _, negative in sorted((abs(stride), -axis) for axis, stride in enumerate(raw.strides)):
        strides[-negative] = step
        step *= shape[-negative]
    return tuple(strides)


def empty_like_raw(raw: Raw, dtype: np.dtype[Any], order: str, shape: Any = None) -> Raw:
    """Return uninitialised memory with the shape and layout of other memory."""
    check_supported(dtype)
    wanted = raw.shape if shape is None else shape
    letter = normalize_order(order)
    if letter == "K" and len(wanted) != raw.ndim:
        letter = "C"
    flags = raw.flags
    if letter == "A":
        letter = "F" if flags.f_contiguous and not flags.c_contiguous else "C"
    elif letter == "K" and flags.c_contiguous:
        letter = "C"
    elif letter == "K" and flags.f_contiguous:
        letter = "F"
    if letter != "K":
        return np.empty(wanted, dtype, letter)  # type: ignore[call-overload]
    if 0 in wanted:
        return np.empty(wanted, dtype)
    strides = strides_for_order_k(raw, dtype.itemsize, wanted)
    return np.ndarray(wanted, dtype, np.empty(int(np.prod(wanted)), dtype), 0, strides)


def cast(source: Any, dtype: Any, order: Any = "K", copy: Any = True) -> Any:
    """Return a device array cast to a dtype; ``copy`` as in ``numpy.array``."""
    letter = normalize_order("K" if order is None else order)
    raw = source._raw
    target = resolve(dtype)
    flags = raw.flags
    if copy and target is raw.dtype and flags.c_contiguous and letter != "F" and raw.size:
        check_supported(target)
        check_kernel(target)
        return wrap(kernel_operand(source).copy())
    if (
        not copy
        and target == raw.dtype
        and (
            letter == "K"
            or (letter == "A" and (flags.c_contiguous or flags.f_contiguous))
            or (letter == "C" and flags.c_contiguous)
            or (letter == "F" and flags.f_contiguous)
        )
    ):
        return source
    if copy is not None and not copy:
        raise ValueError("Unable to avoid copy while creating an array as requested.")
    if raw.dtype.kind == target.kind == "V" and not np.can_cast(raw.dtype, target, "unsafe"):
        # CuPy copies the first bytes.
        raise not_implemented(f"cupy.ndarray.astype of {raw.dtype} to {target}")
    fresh = empty_like_raw(raw, target, letter)
    result = wrap(fresh)
    if not raw.size and raw.dtype.kind == "c" and target.kind not in "bc":
        warnings.warn(
            "Casting complex values to real discards the imaginary part",
            np.exceptions.ComplexWarning,
            stacklevel=3,
        )
    if raw.size:
        check_kernel(raw.dtype)
        check_kernel(target)
        with np.errstate(all="ignore"):
            # Not `fresh`: an allocator may have given other memory.
            np.copyto(result._raw, kernel_operand(source), casting="unsafe")
    return result


def copy_to_here(source: Any, order: Any = "C") -> Any:
    """Return a copy of a device array on this thread's device."""
    if not source._raw.size or source._mem.device_id == current_id():
        return cast(source, source._raw.dtype, order)
    with Device(source._mem.device_id):
        # A plain copy of contiguous memory works between any two devices.
        source = cast(source, source._raw.dtype, order, copy=None)
    raw = source._raw
    if not raw.flags.forc:
        raise NotImplementedError("CuPy cannot copy non-contiguous array between devices.")
    fresh = empty_like_raw(raw, raw.dtype, "K" if order is None else order)
    if tracker.active:
        read(source)
    np.copyto(fresh, as_kernel(raw))
    return wrap(fresh)


def make_array(
    obj: Any,
    dtype: Any = None,
    copy: Any = True,
    order: Any = "K",
    ndmin: int = 0,
    *,
    explicit: bool = True,
) -> Any:
    """Create a device array from any object that CuPy accepts.

    Parameters
    ----------
    explicit
        Whether the upload of host data is recorded as explicit.
    """
    ndmin = c_size(ndmin)
    if order is None:
        order = "K"
    source = from_device_like(obj)
    if source is not None:
        return _from_device(source, dtype, copy, order, ndmin, obj)
    if isinstance(obj, (list, tuple)):
        kind = _nested_kind(obj)
        if kind is DeviceArray:
            return _from_nested(obj, dtype, order, ndmin)
        if kind is np.ndarray and dtype is not None:
            # Host arrays are joined in the requested dtype, without a step in between.
            target = resolve_supported(dtype)
            if target.kind == "V":
                # Each element becomes a record.
                obj = np.array(obj).astype(target)
    letter = normalize_order(order)
    if letter in ("K", "A"):
        fortran = isinstance(obj, np.ndarray) and obj.flags.fnc
        letter = "F" if fortran else "C"
    host = np.array(obj, dtype=dtype, copy=None, ndmin=ndmin)
    return upload(host, order=letter, explicit=explicit)


def array(
    obj: Any,
    dtype: Any = None,
    copy: Any = True,
    order: Any = "K",
    subok: bool = False,
    ndmin: int = 0,
    *,
    blocking: bool = False,
) -> Any:
    """Create a device array: host data is uploaded; device data is copied, depending on `copy`."""
    if subok:
        raise NotImplementedError
    result = make_array(obj, dtype, copy, order, ndmin)
    if blocking:
        synchronize()
    return result


def _from_device(source: Any, dtype: Any, copy: Any, order: Any, ndmin: int, obj: Any) -> Any:
    target = source._raw.dtype if dtype is None else resolve(dtype)
    if source._mem.device_id == current_id():
        result = cast(source, target, order, copy)
    else:
        result = cast(copy_to_here(source, order), target, copy=None)
    if ndmin > result._raw.ndim:
        raw = result._raw[(None,) * (ndmin - result._raw.ndim) + (Ellipsis,)]
        if result is source or result is obj:
            return view(raw, result)
        result._raw = raw
    return result


def _nested_kind(obj: Any) -> type[Any] | None:
    """Return the type of the arrays in a nested sequence; ``None`` if it holds anything else."""
    found = describe(obj)
    return None if found is None else found[1]


def describe(obj: Any) -> tuple[tuple[int, ...], type[Any], np.dtype[Any]] | None:
    """Return the joint shape, the type and the joint dtype of an array or a sequence of arrays.

    The result is ``None`` if the sequence has anything else, or arrays of both types.
    """
    if isinstance(obj, (list, tuple)):
        described = [describe(element) for element in obj]
        first = described[0] if described else None
        if first is None:
            return None
        dtype = first[2]
        for other in described[1:]:
            if other is None or other[0] != first[0] or other[1] is not first[1]:
                return None
            if other[2] != dtype:
                dtype = np.promote_types(dtype, other[2])
        return (len(obj), *first[0]), first[1], dtype
    if isinstance(obj, np.ndarray):
        return obj.shape, np.ndarray, obj.dtype
    source = from_device_like(obj)
    if source is None:
        return None
    return source._raw.shape, DeviceArray, source._raw.dtype


def _flatten(obj: Any) -> list[Any]:
    if isinstance(obj, (list, tuple)):
        return [leaf for element in obj for leaf in _flatten(element)]
    return [kernel_operand(from_device_like(obj))]


_FEW_ARRAYS = 8
_SMALL = 2 * 1024 * 1024
_POINTER = 8


def record_addresses(operands: list[Raw], axis: int, dtype: np.dtype[Any]) -> None:
    """Record the uploads of a concatenation: more than eight small arrays need their addresses."""
    count = len(operands)
    if count <= _FEW_ARRAYS or any(one.dtype != dtype for one in operands):
        return
    if sum(one.size for one in operands) * dtype.itemsize >= _SMALL * count:
        return
    transfers.record("h2d", _POINTER * count, explicit=False)
    length = sum(one.shape[axis] for one in operands) // count
    if not all(one.flags.c_contiguous and one.shape[axis] == length for one in operands):
        transfers.record("h2d", _POINTER * count, explicit=False)
        transfers.record("h2d", _POINTER * count * operands[0].ndim, explicit=False)


def _from_nested(obj: Any, dtype: Any, order: Any, ndmin: int) -> Any:
    described: Any = describe(obj)
    shape, _, joint = described
    target = resolve_supported(as_native(joint) if dtype is None else dtype)
    # CuPy ignores all other orders.
    letter = "F" if order[:1].upper() == "F" else "C"
    fresh = np.empty(shape, target, letter)  # type: ignore[call-overload]
    leaves = _flatten(obj)
    record_addresses([np.atleast_1d(leaf) for leaf in leaves], 0, target)
    with np.errstate(all="ignore"):
        stacked = np.stack([as_kernel(leaf) for leaf in leaves])
        np.copyto(fresh, stacked.reshape(shape), casting="unsafe")
    if ndmin > fresh.ndim:
        fresh = fresh[(None,) * (ndmin - fresh.ndim) + (Ellipsis,)]
    return wrap(fresh)
