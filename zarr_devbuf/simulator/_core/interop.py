"""Objects that expose device memory without being device arrays."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
# ruff: noqa: PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

import ctypes
import math
import os
import sys
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.accesses import synchronize
from zarr_devbuf.simulator._core.current_device import current_id
from zarr_devbuf.simulator._core.memory import MemoryPointer, UnownedMemory, find_block
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
    stream = interface.get("stream")
    if stream is not None and synchronizes_exporters():
        synchronize(stream)
    return _from_interface(interface, obj)


def synchronizes_exporters() -> bool:
    """Return whether the host waits for the stream of an array that another library exports."""
    settings = sys.modules.get("cupy._util")
    value = getattr(settings, "CUDA_ARRAY_INTERFACE_SYNC", None)
    if value is None:
        value = os.environ.get("CUPY_CUDA_ARRAY_INTERFACE_SYNC", "1") == "1"
    return bool(value)


def _from_interface(interface: dict[str, Any], owner: Any) -> Any:
    dtype = _interface_dtype(interface)
    if dtype.byteorder == ">":
        raise ValueError("CuPy does not support the big-endian byte-order")
    if interface.get("mask") is not None:
        raise ValueError("CuPy currently does not support masked arrays.")
    shape = interface["shape"]
    if not isinstance(shape, tuple):
        raise TypeError(f"Expected tuple, got {type(shape).__name__}")
    strides = interface.get("strides")
    pointer = interface["data"][0]
    if strides is None:
        nbytes = dtype.itemsize * math.prod(shape)
    else:
        steps = zip(shape, strides, strict=False)
        nbytes = max((abs(count * step) for count, step in steps), default=0)
        if math.prod(shape):
            # One element at least, in arrays that are broadcast, too.
            nbytes = max(nbytes, dtype.itemsize)
    if nbytes:
        block = UnownedMemory(pointer, nbytes, owner, find_block(pointer).device_id)
    else:
        block = UnownedMemory(pointer, 0, owner, current_id())
    array_class: Any = DeviceArray._array_class
    return array_class(shape, dtype, MemoryPointer(block, 0), strides)


def _interface_dtype(interface: dict[str, Any]) -> np.dtype[Any]:
    dtype: np.dtype[Any] = np.dtype(interface["typestr"])
    described = interface.get("descr")
    if dtype.kind != "V" or not isinstance(described, list):
        return dtype
    names, formats, offsets, offset = [], [], [], 0
    for name, form in described:
        field: np.dtype[Any] = np.dtype(form)
        # A field without a name is padding.
        if name:
            names.append(name)
            formats.append(field)
            offsets.append(offset)
        offset += field.itemsize
    named: Any = {"names": names, "offsets": offsets, "formats": formats}
    joined: np.dtype[Any] = np.dtype(named)
    return joined


def block_array(
    block: Any, offset: int, shape: Any, dtype: np.dtype[Any], strides: Any = None, order: Any = "C"
) -> Any:
    """Return an array over a part of a block, whatever the shape of the block."""
    low, high = np.lib.array_utils.byte_bounds(block.root)
    buffer = (ctypes.c_uint8 * int(high - low)).from_address(int(low))
    # The block owns the memory; the array keeps the block alive through its own reference.
    return np.ndarray(shape, dtype, buffer, block.host - int(low) + offset, strides, order)
