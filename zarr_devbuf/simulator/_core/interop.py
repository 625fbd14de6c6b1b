"""Objects that expose device memory without being device arrays."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
# ruff: noqa: PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

import ctypes
import math
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.memory import UnownedMemory, find_block
from zarr_devbuf.simulator._core.scalars import SCALAR_TYPES
from zarr_devbuf.simulator._core.storage import DeviceArray

__all__ = ["from_device_like"]


def from_device_like(obj: Any) -> Any:
    """Return a device array for an object that is or exposes one, otherwise ``None``.

    Supports CuPy's ``__cupy_get_ndarray__`` and the CUDA array interface. The result shares the
    memory of the object.
    """
    if isinstance(obj, DeviceArray):
        return obj
    if type(obj) in SCALAR_TYPES or isinstance(obj, np.ndarray):
        return None
    getter = getattr(obj, "__cupy_get_ndarray__", None)
    if getter is not None:
        return getter()
    interface = getattr(obj, "__cuda_array_interface__", None)
    if interface is None:
        return None
    return _from_interface(interface, obj)


def _from_interface(interface: dict[str, Any], owner: Any) -> Any:
    dtype = np.dtype(interface["typestr"])
    if dtype.kind == "V" and isinstance(interface.get("descr"), list):
        dtype = np.dtype(interface["descr"])
    if dtype.byteorder == ">":
        raise ValueError("CuPy does not support the big-endian byte-order")
    if interface.get("mask") is not None:
        raise ValueError("CuPy currently does not support masked arrays.")
    shape = interface["shape"]
    strides = interface.get("strides")
    pointer = interface["data"][0]
    array_class: Any = DeviceArray._array_class
    if not pointer or 0 in shape:
        return array_class(shape, dtype)
    length = dtype.itemsize
    for axis, count in enumerate(shape):
        length += (count - 1) * (strides[axis] if strides else 0)
    nbytes = length if strides else dtype.itemsize * math.prod(shape)
    source = find_block(pointer)
    block = UnownedMemory(pointer, max(nbytes, 0), owner, source.device_id)
    array = object.__new__(array_class)
    array._mem, array._base = block, None
    array._raw = block_array(block, 0, shape, dtype, strides)
    return array


def block_array(
    block: Any, offset: int, shape: Any, dtype: np.dtype[Any], strides: Any = None, order: Any = "C"
) -> Any:
    """Return an array over a part of a block, whatever the shape of the block."""
    low, high = np.lib.array_utils.byte_bounds(block.root)
    buffer = (ctypes.c_uint8 * int(high - low)).from_address(int(low))
    # The block owns the memory; the array keeps the block alive through its own reference.
    return np.ndarray(shape, dtype, buffer, block.host - int(low) + offset, strides, order)
