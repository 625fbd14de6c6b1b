"""DLPack capsules of device arrays, with fictitious addresses.

Another library sees a tensor on a CUDA device that it cannot read; the simulator's own functions
find the array by the address of the tensor's description.
"""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
from __future__ import annotations

import ctypes
import sys
from typing import Any

from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.memory import (
    ManagedMemory,
    PooledManagedMemory,
    UnownedMemory,
)
from zarr_devbuf.simulator._core.storage import DeviceArray

__all__ = [
    "capsule_device",
    "dlpack_device",
    "forget_unused_capsules",
    "from_capsule",
    "to_capsule",
]

_CUDA, _CUDA_MANAGED = 2, 13
_OURS = 3
_NAMES = (b"dltensor", b"dltensor_versioned")
_USED = {name: b"used_" + name for name in _NAMES}
_CODES = {"i": 0, "u": 1, "f": 2, "c": 5, "b": 6}
_BFLOAT = 4
_VERSION = (1, 0)


class _Tensor(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("device_type", ctypes.c_int32),
        ("device_id", ctypes.c_int32),
        ("ndim", ctypes.c_int32),
        ("code", ctypes.c_uint8),
        ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16),
        ("shape", ctypes.c_void_p),
        ("strides", ctypes.c_void_p),
        ("byte_offset", ctypes.c_uint64),
    )


class _Managed(ctypes.Structure):
    _fields_ = (
        ("tensor", _Tensor),
        ("manager", ctypes.c_void_p),
        ("deleter", ctypes.c_void_p),
    )


class _Versioned(ctypes.Structure):
    _fields_ = (
        ("major", ctypes.c_uint32),
        ("minor", ctypes.c_uint32),
        ("manager", ctypes.c_void_p),
        ("deleter", ctypes.c_void_p),
        ("flags", ctypes.c_uint64),
        ("tensor", _Tensor),
    )


_api = ctypes.pythonapi
_new = _api.PyCapsule_New
_new.restype, _new.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
_pointer = _api.PyCapsule_GetPointer
_pointer.restype, _pointer.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
_is_valid = _api.PyCapsule_IsValid
_is_valid.restype, _is_valid.argtypes = ctypes.c_int, (ctypes.py_object, ctypes.c_char_p)
_rename = _api.PyCapsule_SetName
_rename.restype, _rename.argtypes = ctypes.c_int, (ctypes.py_object, ctypes.c_char_p)

# By the address of the description: what must live until the tensor is deleted.
_alive: dict[int, tuple[Any, ...]] = {}


def _delete(address: int) -> None:
    _alive.pop(address, None)


def _name(capsule: Any) -> bytes | None:
    """Return the name of a capsule that nobody has consumed."""
    return next((name for name in _NAMES if _is_valid(capsule, name)), None)


def forget_unused_capsules() -> None:
    """Forget the capsules that nobody has consumed and nobody refers to any more.

    They have no destructor: it could be called while an exception is set, when no Python code may
    run.
    """
    for address, (*_, capsule) in list(_alive.items()):
        # References: the entry, the variable, and the argument of the call.
        if sys.getrefcount(capsule) <= _OURS and _name(capsule):
            _delete(address)


_deleter = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(_delete)


def dlpack_device(array: DeviceArray) -> tuple[int, int]:
    """Return DLPack's numbers of the kind of memory and of the device."""
    managed = isinstance(array._mem, ManagedMemory | PooledManagedMemory)
    return _CUDA_MANAGED if managed else _CUDA, array._mem.device_id


def to_capsule(array: DeviceArray, *, versioned: bool = False) -> Any:
    """Return a capsule that keeps the memory of an array until it is consumed or destroyed."""
    raw = array._raw
    code = _BFLOAT if raw.dtype.name == "bfloat16" else _CODES.get(raw.dtype.kind)
    if code is None:
        raise BufferError(f"dtype {raw.dtype} is not supported by DLPack")
    numbers = ctypes.c_int64 * max(raw.ndim, 1)
    shape = numbers(*raw.shape)
    strides = numbers(*(stride // raw.itemsize for stride in raw.strides))
    tensor = _Tensor(
        array.data.ptr if raw.size else 0,
        *dlpack_device(array),
        raw.ndim,
        code,
        raw.itemsize * 8,
        1,
        ctypes.addressof(shape),
        ctypes.addressof(strides),
        0,
    )
    deleter = ctypes.cast(_deleter, ctypes.c_void_p)
    holder: Any = _Versioned(*_VERSION, 0, deleter, 0, tensor)
    if not versioned:
        holder = _Managed(tensor, 0, deleter)
    address = ctypes.addressof(holder)
    forget_unused_capsules()
    capsule = _new(address, _NAMES[versioned], None)
    _alive[address] = (holder, shape, strides, array, capsule)
    return capsule


def capsule_device(capsule: Any) -> tuple[int, int]:
    """Return DLPack's numbers of the kind of memory and of the device of a capsule."""
    name = _name(capsule)
    if name is None:
        raise ValueError(f"not a DLPack capsule, or one that has been consumed: {capsule!r}")
    kind = _Versioned if name == _NAMES[1] else _Managed
    tensor = kind.from_address(_pointer(capsule, name)).tensor
    return tensor.device_type, tensor.device_id


class DLPackMemory(UnownedMemory):
    """Memory that belongs to the array from which a capsule was made."""

    __slots__ = ()


def from_capsule(capsule: Any) -> Any:
    """Return an array on the memory of a capsule, which is consumed."""
    name = _name(capsule)
    if name is None:
        raise ValueError(
            "A DLPack tensor object cannot be consumed multiple times (or object was not a DLPack "
            f"capsule). Got: {capsule!r}"
        )
    address = _pointer(capsule, name)
    found = _alive.pop(address, None)
    if found is None:
        raise not_implemented("cupy.from_dlpack of another library's device memory")
    _rename(capsule, _USED[name])
    forget_unused_capsules()
    return share(found[3])


def share(source: Any) -> Any:
    """Return an array that owns nothing, on the memory of another one."""
    raw = source._raw
    result = object.__new__(DeviceArray._array_class)
    device_id = source._mem.device_id
    address = source._mem.ptr if raw.size else 0
    result._mem = DLPackMemory(address, source._mem.size, source, device_id)
    result._raw = raw
    result._base = None
    return result
