"""The state of a device array: private host memory, and the block that contains it.

`DeviceArray` holds the state; `array.ndarray` adds the methods. Functions on arrays import this
module instead of `array`, so that the class can be defined last.
"""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from zarr_devbuf.simulator._core.accesses import read, write
from zarr_devbuf.simulator._core.current_device import current_id, peer_error
from zarr_devbuf.simulator._core.dtypes import as_kernel, check_kernel, check_supported
from zarr_devbuf.simulator._core.memory import Block, PooledMemory, allocation, place
from zarr_devbuf.simulator._ordering.tracker import tracker

__all__ = [
    "DeviceArray",
    "allocate",
    "check_device",
    "kernel_memory",
    "kernel_operand",
    "kernel_target",
    "memory_here",
    "poison",
    "view",
    "wrap",
    "wrap_unwritten",
]

# A plain NumPy array. NumPy's annotations are too specific, because dtypes and shapes vary here.
type Raw = Any

_POISON_BYTE = 0xA5

# Looked up once, because every result is created with it.
_new: Any = object.__new__


class DeviceArray:
    """The state of an array on the device.

    ``_raw`` is the memory as a plain NumPy array, ``_mem`` is the block that contains it, and
    ``_base`` is the array that owns the block, ``None`` for the owner itself.
    """

    __slots__ = ("__weakref__", "_base", "_mem", "_raw")

    _array_class: ClassVar[type[Any]]

    _raw: Raw
    _mem: Block
    _base: Any

    if TYPE_CHECKING:
        # Subclasses add the methods.
        def __getattr__(self, name: str) -> Any: ...


def wrap(raw: Any, subtype: type[Any] | None = None, template: Any = None) -> Any:
    """Return an array that owns its memory, which nothing else refers to.

    Parameters
    ----------
    raw
        A NumPy array, or a NumPy scalar for a 0-d result.
    subtype, template
        The subclass of the result, and the array from which it copies attributes.
    """
    if type(raw) is not np.ndarray:
        raw = np.asarray(raw)
    cls = subtype or DeviceArray._array_class
    array = _new(cls)
    if allocation.plain:
        array._mem = memory = PooledMemory(raw.nbytes, raw)
        memory._written = tracker.waits
        array._raw = raw
    else:
        if allocation.pooled:
            array._mem, array._raw = PooledMemory(raw.nbytes, raw), raw
        else:
            array._mem, array._raw = place(raw)
        if tracker.active:
            write(array)
    array._base = None
    if subtype is not None and subtype is not DeviceArray._array_class:
        array.__array_finalize__(template)
    return array


def wrap_unwritten(raw: Any) -> Any:
    """Return an array that owns its memory, which nothing has written yet."""
    array = _new(DeviceArray._array_class)
    if allocation.pooled:
        array._mem, array._raw = PooledMemory(raw.nbytes, raw), raw
    else:
        array._mem, array._raw = place(raw)
    array._base = None
    return array


def view(raw: Any, parent: Any, subtype: type[Any] | None = None) -> Any:
    """Return an array that shares the memory of another one."""
    if type(raw) is not np.ndarray:
        raw = np.asarray(raw)
    cls = subtype or type(parent)
    array = _new(cls)
    array._mem = parent._mem
    array._raw = raw
    base = parent._base
    array._base = parent if base is None else base
    if cls is not DeviceArray._array_class:
        array.__array_finalize__(parent)
    return array


def allocate(shape: Any, dtype: np.dtype[Any], order: Any = "C") -> Raw:
    """Return memory for a result; raise if the device does not support the dtype."""
    check_supported(dtype)
    return np.empty(shape, dtype, order)


def poison(raw: Raw) -> None:
    """Fill new memory with NaN, or with bytes of 0xA5, so that reading it before writing shows."""
    kind = raw.dtype.kind
    if not raw.size:
        return
    if kind == "f":
        raw.fill(np.nan)
    elif kind == "c":
        raw.fill(complex(np.nan, np.nan))
    elif kind == "b":
        # NumPy's behaviour is undefined for bools whose byte is not 0 or 1.
        raw.fill(True)
    else:
        flat = raw.reshape(-1, order="A")
        flat.view(np.uint8).fill(_POISON_BYTE)


def check_device(array: DeviceArray) -> None:
    """Raise if the array is not on the device that this thread uses."""
    if array._mem.device_id != current_id():
        raise peer_error(array._mem.device_id)


def memory_here(array: DeviceArray) -> Raw:
    """Return the memory of an array on this thread's device, in a dtype that kernels may reject.

    It is to be read.
    """
    check_device(array)
    if tracker.active:
        read(array)
    raw = array._raw
    return raw if raw.dtype.isnative else as_kernel(raw)


def kernel_operand(array: DeviceArray) -> Raw:
    """Return the memory as a kernel on this thread's device reads it."""
    try:
        device_id = array._mem.device_id
    except AttributeError:
        raise TypeError(f"Unsupported type {type(array)}") from None
    if device_id != current_id():
        raise peer_error(device_id)
    if tracker.active:
        read(array)
    raw = array._raw
    dtype = raw.dtype
    if dtype.char == "V" and raw.size:
        # There is no kernel for an empty array.
        check_kernel(dtype)
    return raw if dtype.isnative else as_kernel(raw)


def kernel_memory(array: DeviceArray) -> Raw:
    """Return the memory in a form that kernels on this thread's device accept."""
    if not isinstance(array, DeviceArray):
        raise TypeError(f"Unsupported type {type(array)}")
    check_device(array)
    raw = array._raw
    if raw.dtype.char == "V":
        check_kernel(raw.dtype)
    return raw if raw.dtype.isnative else as_kernel(raw)


def kernel_target(array: DeviceArray) -> Raw:
    """Return the memory as a kernel on this thread's device writes it."""
    raw = kernel_memory(array)
    array._mem._written = tracker.waits
    if tracker.active:
        write(array)
    return raw
