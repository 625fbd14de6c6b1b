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
from zarr_devbuf.simulator._core.memory import UnownedMemory
from zarr_devbuf.simulator._core.storage import DeviceArray

__all__ = ["from_capsule", "to_capsule"]

_CUDA = 2
_OURS = 3
_NAME = b"dltensor"
_USED = b"used_dltensor"
_CODES = {"i": 0, "u": 1, "f": 2, "c": 5, "b": 6}


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
        ("manager", ctypes.c_void_p),
        ("deleter", ctypes.c_void_p),
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


def _sweep() -> None:
    """Forget the capsules that nobody has consumed and nobody refers to any more.

    They have no destructor: it could be called while an exception is set, when no Python code may
    run.
    """
    for address, (*_, capsule) in list(_alive.items()):
        # References: the entry, the variable, and the argument of the call.
        if sys.getrefcount(capsule) <= _OURS and _is_valid(capsule, _NAME):
            _delete(address)


_deleter = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(_delete)


def to_capsule(array: DeviceArray) -> Any:
    """Return a capsule that keeps the memory of an array until it is consumed or destroyed."""
    raw = array._raw
    if raw.dtype.kind not in _CODES:
        raise BufferError(f"dtype {raw.dtype} is not supported by DLPack")
    numbers = ctypes.c_int64 * max(raw.ndim, 1)
    shape = numbers(*raw.shape)
    strides = numbers(*(stride // raw.itemsize for stride in raw.strides))
    tensor = _Tensor(
        array.data.ptr if raw.size else 0,
        _CUDA,
        array._mem.device_id,
        raw.ndim,
        _CODES[raw.dtype.kind],
        raw.itemsize * 8,
        1,
        ctypes.addressof(shape),
        ctypes.addressof(strides),
        0,
        0,
        ctypes.cast(_deleter, ctypes.c_void_p),
    )
    address = ctypes.addressof(tensor)
    _sweep()
    capsule = _new(address, _NAME, None)
    _alive[address] = (tensor, shape, strides, array, capsule)
    return capsule


class DLPackMemory(UnownedMemory):
    """Memory that belongs to the array from which a capsule was made."""

    __slots__ = ()


def from_capsule(capsule: Any) -> Any:
    """Return an array on the memory of a capsule, which is consumed."""
    if not _is_valid(capsule, _NAME):
        raise ValueError(
            "A DLPack tensor object cannot be consumed multiple times (or object was not a DLPack "
            f"capsule). Got: {capsule!r}"
        )
    address = _pointer(capsule, _NAME)
    found = _alive.pop(address, None)
    if found is None:
        raise not_implemented("cupy.from_dlpack of another library's device memory")
    _rename(capsule, _USED)
    _sweep()
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
