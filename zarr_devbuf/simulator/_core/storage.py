"""What every device array is: host memory that stays hidden, and the block that it lives in.

`DeviceArray` holds the state; `array.ndarray` adds the methods. What acts on arrays is written
against this module, so that the class can be defined last.
"""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from zarr_devbuf.simulator._core.current_device import current_id, peer_error
from zarr_devbuf.simulator._core.dtypes import as_kernel, check_supported
from zarr_devbuf.simulator._core.memory import Block

__all__ = [
    "DeviceArray",
    "allocate",
    "check_device",
    "kernel_operand",
    "poison",
    "view",
    "wrap",
]

# A plain NumPy array. NumPy's own annotations know too much: dtypes and shapes vary here.
type Raw = Any

_POISON_BYTE = 0xA5

# Looked up once: every result passes here.
_new: Any = object.__new__


class DeviceArray:
    """The state of an array on the device.

    ``_raw`` is the memory as a plain NumPy array, ``_mem`` the block that accounts for it, and
    ``_base`` the array that owns the block, ``None`` for the owner itself.
    """

    __slots__ = ("__weakref__", "_base", "_mem", "_raw")

    _array_class: ClassVar[type[Any]]

    _raw: Raw
    _mem: Block
    _base: Any

    if TYPE_CHECKING:
        # The methods are added by classes that are defined later.
        def __getattr__(self, name: str) -> Any: ...


def wrap(raw: Any, subtype: type[Any] | None = None, template: Any = None) -> Any:
    """Make an owning array of memory that nothing else holds.

    Parameters
    ----------
    raw
        A NumPy array, or a NumPy scalar for a 0-d result.
    subtype, template
        The subclass that the result shall have, and the array it takes its attributes from.
    """
    if type(raw) is not np.ndarray:
        raw = np.asarray(raw)
    cls = subtype or DeviceArray._array_class
    array = _new(cls)
    array._mem = Block(raw.nbytes, raw)
    array._raw = raw
    array._base = None
    if subtype is not None and subtype is not DeviceArray._array_class:
        array.__array_finalize__(template)
    return array


def view(raw: Any, parent: Any, subtype: type[Any] | None = None) -> Any:
    """Make an array that shares the memory of another."""
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
    """Return host memory for a result, after checking that the device has the dtype."""
    check_supported(dtype)
    return np.empty(shape, dtype, order)


def poison(raw: Raw) -> None:
    """Fill fresh memory so that a read before a write shows: NaN, else bytes of 0xA5."""
    kind = raw.dtype.kind
    if not raw.size:
        return
    if kind == "f":
        raw.fill(np.nan)
    elif kind == "c":
        raw.fill(complex(np.nan, np.nan))
    elif kind == "b":
        # A bool of another byte than 0 or 1 is undefined behaviour in NumPy's own loops.
        raw.fill(True)
    else:
        flat = raw.reshape(-1, order="A")
        flat.view(np.uint8).fill(_POISON_BYTE)


def check_device(array: DeviceArray) -> None:
    """Raise if the array is not on the device that this thread uses."""
    if array._mem._pool.device_id != current_id():
        raise peer_error(array._mem._pool.device_id)


def kernel_operand(array: DeviceArray) -> Raw:
    """Return the memory as a kernel on this thread's device reads it."""
    if array._mem._pool.device_id != current_id():
        raise peer_error(array._mem._pool.device_id)
    raw = array._raw
    return raw if raw.dtype.isnative else as_kernel(raw)
