"""Indexing: the keys and values that CuPy accepts, computed by NumPy.

CuPy differs from NumPy: positions out of bounds wrap around in index arrays, host arrays and lists
used as an index are uploaded, a mask requires the download of its count, and a host array cannot be
assigned with a basic key.
"""

# ruff: noqa: SLF001 - the state of arrays is private to this package.

from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.accesses import access_memory
from zarr_devbuf.simulator._core.construction import make_array
from zarr_devbuf.simulator._core.dtypes import as_kernel, check_kernel
from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.host_copy import record_download
from zarr_devbuf.simulator._core.interop import from_device_like
from zarr_devbuf.simulator._core.storage import (
    DeviceArray,
    check_device,
    kernel_operand,
    view,
    wrap,
)
from zarr_devbuf.simulator._ordering.tracker import tracker

__all__ = ["assign", "fill", "getitem", "record_count", "scatter_at", "setitem", "take_wrapped"]

type Raw = Any

_BASIC = frozenset({int, slice, type(None), type(Ellipsis)})
_COUNT_BYTES = 4


def getitem(array: Any, key: Any) -> Any:
    """Return ``array[key]``: a view for a basic key, otherwise a new array."""
    raw = array._raw
    basic = _basic_view(raw, key)
    if basic is not None:
        return view(basic, array)
    if raw.dtype.names is not None and _is_field_key(key):
        return view(_field(array, key), array)
    window, indices, axis = _split(raw, key)
    if not indices:
        return view(window, array)
    check_device(array)
    if tracker.active:
        access_memory(array, window, writes=False)
    window = as_kernel(window)
    if len(indices) == 1:
        index = kernel_operand(indices[0])
        if index.dtype.kind == "b":
            return wrap(_take_mask(window, index, axis))
        return wrap(take_wrapped(window, index, axis))
    positions, joint = _positions(indices)
    return wrap(_take_positions(window, positions, joint, axis))


def setitem(array: Any, key: Any, value: Any) -> None:
    """Do ``array[key] = value``."""
    raw = array._raw
    if isinstance(value, DeviceArray):
        value = _without_leading_ones(value)
    basic = _basic_view(raw, key)
    if basic is None and raw.dtype.names is not None and _is_field_key(key):
        basic = _field(array, key)
    if basic is not None:
        assign(array, basic, value)
        return
    window, indices, axis = _split(raw, key)
    if not indices:
        assign(array, window, value)
        return
    check_device(array)
    _write(array, window)
    _scatter(as_kernel(window), indices, axis, value)


def _write(array: Any, raw: Raw) -> None:
    """Record that this thread's stream writes a part of an array."""
    array._mem._written = tracker.waits
    if tracker.active:
        access_memory(array, raw, writes=True)


def _basic_view(raw: Raw, key: Any) -> Raw | None:
    """Return the view that a basic key selects; ``None`` for every other kind of key."""
    if type(key) is tuple:
        for part in key:
            if type(part) not in _BASIC:
                return None
        if Ellipsis not in key:
            key = (*key, Ellipsis)
    elif key is Ellipsis:
        return raw[...]
    elif type(key) in _BASIC:
        key = (key, Ellipsis)
    else:
        return None
    try:
        found: Raw = raw[key]
    except (IndexError, TypeError, ValueError):
        return None
    return found


def _is_field_key(key: Any) -> bool:
    return isinstance(key, str) or (
        isinstance(key, list) and all(isinstance(name, str) for name in key)
    )


def _field(array: Any, key: Any) -> Raw:
    raw: Raw = array._raw
    if isinstance(key, list):
        return raw.view(raw.dtype[key])
    fields = raw.dtype.fields
    if key not in fields:
        raise ValueError(f"no field name of {key}")
    if fields[key][0].shape:
        raise ValueError(
            "CuPy does not yet support accessing nested subarrays, "
            "please open an issue if you need this support."
        )
    # Raises for an empty array, as pointer arithmetic in CuPy does.
    address = (array.data + fields[key][1]).ptr
    found: Raw = raw[key]
    _check_aligned(found, address)
    return found


def _check_aligned(raw: Raw, address: int) -> None:
    """Raise ``ValueError`` if elements are not at multiples of their size."""
    if raw.dtype.char == "V" or not raw.size:
        return
    if any(place % raw.itemsize for place in (*raw.strides, address)):
        raise ValueError(
            f"result array with dtype {raw.dtype} would not be sufficiently aligned for GPU "
            "operations. When using structured dtypes you must manually align the dtype and its "
            "fields; CuPy may provide utilities for this in the future."
        )


def _without_leading_ones(value: Any) -> Any:
    shape = value._raw.shape
    extra = 0
    while extra < len(shape) and shape[extra] == 1:
        extra += 1
    return view(value._raw[(0,) * extra + (Ellipsis,)], value) if extra else value


# --- keys -------------------------------------------------------------------------------------


def _prepare(key: Any) -> list[Any]:
    """Return the parts of a key, with arrays and array-likes moved to the device."""
    parts = list(key) if isinstance(key, tuple) else [key]
    for position, part in enumerate(parts):
        if part is None or part is Ellipsis or isinstance(part, (slice, DeviceArray)):
            continue
        if np.isscalar(part) and not isinstance(part, (bool, np.bool_)):
            continue
        parts[position] = _index_array(part)
    return parts


def _index_array(part: Any) -> Any:
    try:
        index = make_array(part, copy=None, explicit=False)
    except ValueError as error:
        if isinstance(part, np.ndarray):
            if part.dtype.kind not in "biu":
                raise IndexError(
                    "arrays used as indices must be of integer or boolean type "
                    f"(actual: {part.dtype.type})"
                ) from None
            raise
        try:
            np.asarray(part)
        except Exception:  # noqa: BLE001
            raise error from None
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer "
            "or boolean arrays are valid indices"
        ) from None
    if isinstance(part, (list, tuple)) and not index.size:
        index = index.astype(np.int32)
    return index


def _complete(part: slice) -> slice:
    """Return a slice with the bounds that CuPy computes."""
    bounds: list[int | None] = []
    for name in ("start", "stop", "step"):
        bound = getattr(part, name)
        if bound is not None:
            try:
                index = getattr(bound, "__index__", None)
                bound = index() if index is not None else int(bound)
            except TypeError:
                raise TypeError(
                    f"slice.{name} must be int or None or have __index__ method: {part}"
                ) from None
        bounds.append(bound)
    if bounds[2] == 0:
        raise ValueError("Slice step must be nonzero.")
    return slice(*bounds)


def _depth(part: Any) -> int:
    kind = part._raw.dtype.kind
    if kind == "b":
        return int(part._raw.ndim)
    if kind in "iu":
        return 1
    raise IndexError(
        "arrays used as indices must be of integer or boolean type. "
        f"(actual: {part._raw.dtype.type})"
    )


def _split(raw: Raw, key: Any) -> tuple[Raw, list[Any], int]:
    """Apply the basic parts of a key.

    Returns
    -------
    A view; the index arrays to apply to consecutive axes of the view; the first of these axes.
    """
    parts = _prepare(key)
    depths = [_depth(part) for part in parts if isinstance(part, DeviceArray)]
    consumed = sum(depths)
    ellipses = 0
    for part in parts:
        if part is Ellipsis:
            if ellipses:
                raise IndexError("an index can only have a single ellipsis ('...')")
            ellipses = 1
        elif part is not None and not isinstance(part, DeviceArray):
            consumed += 1
    if not ellipses:
        parts.append(Ellipsis)
    if consumed > raw.ndim:
        raise IndexError(
            f"too many indices for array: array is {raw.ndim}-dimensional, but {consumed} "
            "were indexed"
        )
    return _apply_basic(raw, parts, depths, raw.ndim - consumed)


def _apply_basic(
    raw: Raw, parts: list[Any], depths: list[int], free: int
) -> tuple[Raw, list[Any], int]:
    plain: list[Any] = []
    found: list[tuple[Any, int, int]] = []
    arraylike: list[bool] = []
    source = target = 0
    pending = iter(depths)
    for part in parts:
        if part is None:
            plain.append(None)
            target += 1
        elif part is Ellipsis:
            plain.append(Ellipsis)
            source += free
            target += free
        elif isinstance(part, DeviceArray):
            depth = next(pending)
            _check_mask(raw, part, source)
            found.append((part, target, depth))
            plain += [slice(None)] * depth
            source += depth
            target += depth
        elif isinstance(part, slice):
            plain.append(_complete(part))
            source += 1
            target += 1
        else:
            plain.append(_position(part, raw.shape[source], source))
            source += 1
        arraylike.append(
            isinstance(part, DeviceArray)
            or not (part is None or part is Ellipsis or isinstance(part, slice))
        )
    window: Raw = raw[tuple(plain)]
    if not found:
        return window, [], 0
    indices = [index for index, _, _ in found]
    if _consecutive(arraylike):
        return window, indices, found[0][1]
    front = [axis + step for _, axis, depth in found for step in range(depth)]
    rest = [axis for axis in range(window.ndim) if axis not in front]
    return window.transpose(*front, *rest), indices, 0


def _position(part: Any, length: int, axis: int) -> int:
    index = int(part)
    if not -(2**63) <= index < 2**63:
        raise OverflowError("Python int too large to convert to C ssize_t")
    if index < 0:
        index += length
    if not 0 <= index < length:
        raise IndexError(f"Index {part} is out of bounds for axis {axis} with size {length}")
    return index


def _check_mask(raw: Raw, part: Any, axis: int) -> None:
    if part._raw.dtype.kind != "b":
        return
    for step, length in enumerate(part._raw.shape):
        if length not in (0, raw.shape[axis + step]):
            raise IndexError(
                f"boolean index did not match indexed array along dimension {axis + step}; "
                f"dimension is {raw.shape[axis + step]} but corresponding boolean dimension "
                f"is {length}"
            )


def _consecutive(arraylike: list[bool]) -> bool:
    """Return whether the array-like parts of a key are adjacent."""
    positions = [position for position, flag in enumerate(arraylike) if flag]
    return positions[-1] - positions[0] == len(positions) - 1


# --- reading ----------------------------------------------------------------------------------


def record_count(explicit: bool = False) -> None:
    """Record the download of a count (4 bytes) that determines the shape of a result."""
    record_download(_COUNT_BYTES, explicit=explicit)


def take_wrapped(window: Raw, index: Raw, axis: int) -> Raw:
    """Take positions along an axis; positions out of bounds wrap around."""
    shape = window.shape[:axis] + index.shape + window.shape[axis + 1 :]
    if not window.size:
        if 0 not in shape:
            raise IndexError("cannot do a non-empty take from an empty axes.")
        return np.empty(shape, window.dtype)
    if 0 not in shape:
        check_kernel(window.dtype)
    if index.dtype.kind == "u" and index.dtype.itemsize == 8:
        index = index % np.uint64(window.shape[axis])
    positions = index.astype(np.intp, copy=False)
    try:
        return np.asarray(np.take(window, positions, axis))
    except IndexError:
        # NumPy's mode "wrap" is slow for positions far out of bounds.
        return np.asarray(np.take(window, positions % window.shape[axis], axis))


def _masked_shape(window: Raw, mask: Raw, axis: int) -> Any:
    """Return the shape that a mask selects; its count is downloaded."""
    count = 0
    if mask.size:
        record_count()
        count = int(np.count_nonzero(mask))
    return (*window.shape[:axis], count, *window.shape[axis + mask.ndim :])


def _take_mask(window: Raw, mask: Raw, axis: int) -> Raw:
    shape = _masked_shape(window, mask, axis)
    if 0 in shape:
        return np.empty(shape, window.dtype)
    check_kernel(window.dtype)
    return np.asarray(window[(slice(None),) * axis + (mask,)], order="C")


def _positions(indices: list[Any]) -> tuple[list[Raw], tuple[int, ...]]:
    """Return the integer positions of index arrays and masks, and their joint shape.

    A mask has positions for each of its axes; a 0-d mask has no axes and contributes only a shape.
    """
    positions: list[Raw] = []
    shapes = []
    for index in indices:
        raw = kernel_operand(index)
        if raw.dtype.kind != "b":
            positions.append(raw)
            shapes.append(raw.shape)
            continue
        if raw.size:
            record_count()
        positions += np.nonzero(raw) if raw.ndim else ()
        shapes.append((int(np.count_nonzero(raw)),))
    return positions, np.broadcast_shapes(*shapes)


def _advanced_key(
    window: Raw, positions: list[Raw], joint: tuple[int, ...], axis: int
) -> tuple[Any, ...]:
    wrapped = _wrapped(window, positions, axis)
    if not wrapped:
        return (slice(None),) * axis + (np.bool_(0 not in joint),)
    return (slice(None),) * axis + (np.broadcast_to(wrapped[0], joint), *wrapped[1:])


def _wrapped(window: Raw, positions: list[Raw], axis: int) -> tuple[Raw, ...]:
    wrapped = []
    for step, position in enumerate(positions):
        length = window.shape[axis + step]
        if position.dtype.kind != "u" or position.dtype.itemsize != _WIDE:
            # The length of the axis need not fit into the dtype of the index.
            position = position.astype(np.intp, copy=False)  # noqa: PLW2901
        wrapped.append(position % length if length else np.zeros_like(position))
    return tuple(one.astype(np.intp, copy=False) for one in wrapped)


def _take_positions(window: Raw, positions: list[Raw], joint: tuple[int, ...], axis: int) -> Raw:
    check_kernel(window.dtype)
    shape = window.shape[:axis] + joint + window.shape[axis + len(positions) :]
    if not window.size:
        if 0 not in shape:
            raise IndexError("cannot do a non-empty take from an empty axes.")
        return np.empty(shape, window.dtype)
    picked = window[_advanced_key(window, positions, joint, axis)]
    return np.asarray(picked, order="C")


# --- writing ----------------------------------------------------------------------------------


def fill(array: Any, raw: Raw, value: Any) -> None:
    """Fill memory with a scalar. It is an argument of the kernel, so there is no transfer."""
    source = from_device_like(value)
    if source is not None:
        if source._raw.shape != ():
            raise ValueError("non-scalar cupy.ndarray cannot be used for fill")
        scalar = kernel_operand(source)
    else:
        scalar = np.asarray(value, dtype=raw.dtype)
        if scalar.shape != ():
            raise ValueError("non-scalar numpy.ndarray cannot be used for fill")
    if raw.dtype.kind != "V":
        if source is not None:
            # CuPy tests on the host whether the value is zero.
            record_download(1)
        if raw.flags.c_contiguous and scalar == 0:
            # CuPy sets zeros bytewise, which loses the sign of -0.0.
            scalar = np.zeros((), raw.dtype)
    check_device(array)
    if raw.size:
        check_kernel(raw.dtype)
    _write(array, raw)
    with np.errstate(all="ignore"):
        np.copyto(as_kernel(raw), scalar, casting="unsafe")


def assign(array: Any, raw: Raw, value: Any) -> None:
    """Write a value into a basic selection of an array."""
    source = from_device_like(value)
    if source is None:
        fill(array, raw, value)
        return
    given = source._raw
    if _copied_as_bytes(given, raw):
        # A plain copy of memory works between any two devices.
        _copy(array, raw, source)
        np.copyto(raw, given)
        return
    if given.shape != raw.shape:
        joint = _broadcast(given, raw)
        if joint != raw.shape:
            raise ValueError("Out shape is mismatched")
    check_device(source)
    check_device(array)
    if raw.size:
        check_kernel(given.dtype)
        check_kernel(raw.dtype)
        _copy(array, raw, source)
        with np.errstate(all="ignore"):
            np.copyto(as_kernel(raw), as_kernel(given), casting="unsafe")


def _copy(array: Any, raw: Raw, source: Any) -> None:
    """Record that this thread's stream copies an array into a part of another one."""
    if tracker.active:
        access_memory(source, source._raw, writes=False)
    _write(array, raw)


def _copied_as_bytes(source: Raw, target: Raw) -> bool:
    """Return whether an assignment is a plain copy of memory, without a kernel."""
    return bool(
        source.dtype == target.dtype
        and source.shape == target.shape
        and source.strides == target.strides
        and target.flags.c_contiguous
    )


def _broadcast(source: Raw, target: Raw) -> tuple[int, ...]:
    try:
        return np.broadcast_shapes(source.shape, target.shape)
    except ValueError:
        raise ValueError(
            f"operands could not be broadcast together with shapes {source.shape} {target.shape}"
        ) from None


def _value_array(value: Any, dtype: np.dtype[Any]) -> Raw:
    """Return a value as device memory of a dtype; host data is uploaded."""
    if not isinstance(value, DeviceArray):
        value = make_array(value, dtype, explicit=False)
    with np.errstate(all="ignore"):
        return kernel_operand(value).astype(dtype, copy=False)


def _to_shape(value: Raw, shape: tuple[int, ...]) -> Raw:
    if value.ndim > len(shape):
        raise ValueError("input operand has more dimensions than allowed by the axis remapping")
    try:
        return np.broadcast_to(value, shape)
    except ValueError:
        raise ValueError(
            f"operands could not be broadcast together with shape {value.shape} and requested "
            f"shape {shape}"
        ) from None


def _scatter(window: Raw, indices: list[Any], axis: int, value: Any) -> None:
    lead = (slice(None),) * axis
    if len(indices) == 1 and indices[0]._raw.dtype.kind == "b":
        mask = kernel_operand(indices[0])
        shape = _masked_shape(window, mask, axis)
        if 0 not in shape:
            window[(*lead, mask)] = _to_shape(_value_array(value, window.dtype), shape)
        return
    positions, joint = _positions(indices)
    shape = window.shape[:axis] + joint + window.shape[axis + len(positions) :]
    source = _to_shape(_value_array(value, window.dtype), shape)
    if 0 not in shape and window.size:
        window[_advanced_key(window, positions, joint, axis)] = source


_WIDE = 8


_SCATTER = {
    "cupy_add": (np.add, "iIlLqQefd"),
    "cupy_subtract": (np.subtract, "iI"),
    "cupy_maximum": (np.maximum, "iIlLqQfd"),
    "cupy_minimum": (np.minimum, "iIlLqQfd"),
    "cupy_bitwise_and": (np.bitwise_and, "iIlLqQ"),
    "cupy_bitwise_or": (np.bitwise_or, "iIlLqQ"),
    "cupy_bitwise_xor": (np.bitwise_xor, "iIlLqQ"),
}


def scatter_at(ufunc: Any, array: Any, key: Any, value: Any) -> None:
    """Apply a function in place at indices; repeated indices are applied repeatedly."""
    name = ufunc.name
    if name not in _SCATTER:
        raise NotImplementedError(f"`{name}.at` is not supported yet")
    function, chars = _SCATTER[name]
    window, indices, axis = _split(array._raw, key)
    if not indices:
        target = view(window, array)
        ufunc(target, value, target)
        return
    if len(indices) == 1 and indices[0]._raw.dtype.kind == "b":
        _write(array, window)
        _apply_at_mask(name, window, indices[0], axis, value)
        return
    positions, joint = _positions(indices)
    shape = window.shape[:axis] + joint + window.shape[axis + len(positions) :]
    source = _to_shape(_value_array(value, window.dtype), shape)
    if window.dtype.char not in chars:
        raise TypeError(f"{name.replace('cupy_', 'cupy.')}.at does not support {window.dtype}")
    if 0 not in shape:
        _write(array, window)
        function.at(window, _advanced_key(window, positions, joint, axis), source)


def _apply_at_mask(name: str, window: Raw, index: Any, axis: int, value: Any) -> None:
    function = _SCATTER[name][0]
    mask = kernel_operand(index)
    shape = _masked_shape(window, mask, axis)
    if 0 in shape:
        return
    source = _to_shape(_value_array(value, window.dtype), shape)
    if window.dtype.kind not in "iuf":
        raise not_implemented(f"{name}.at with a mask for {window.dtype}")
    where = (slice(None),) * axis + (mask,)
    with np.errstate(all="ignore"):
        window[where] = function(window[where], source)
