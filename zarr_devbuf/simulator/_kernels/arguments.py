"""The arguments of a launch, as CUDA's driver takes them: bytes, and the memory behind them."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from zarr_devbuf.simulator._core.memory import MemoryPointer
from zarr_devbuf.simulator._core.scalars import pack, scalar_dtype
from zarr_devbuf.simulator._core.storage import DeviceArray

__all__ = [
    "Argument",
    "array_argument",
    "carray_argument",
    "indexer_argument",
    "pack_argument",
    "pointers",
    "scalar_argument",
]


@final
@dataclass(frozen=True, slots=True)
class Argument:
    """One argument.

    Attributes
    ----------
    data : bytes
        What the kernel's parameter holds.
    text : str
        What it is, for messages.
    start : int
        The device address of an array or a pointer; 0 for others.
    block : Block or None
        The allocation in which `start` lies.
    array : ndarray or None
        The array that is passed.
    writes : bool or None
        Whether the kernel writes the memory; ``None`` if its parameter says so.
    """

    data: bytes
    text: str
    start: int = 0
    block: Any = None
    array: Any = None
    writes: bool | None = None


def _word(value: int) -> bytes:
    return int(value & 0xFFFF_FFFF_FFFF_FFFF).to_bytes(8, "little")


def _words(values: Any) -> bytes:
    return np.array(values, np.int64).tobytes()


def _describe(array: DeviceArray) -> str:
    raw = array._raw
    return f"an array of {raw.nbytes:,} bytes ({raw.dtype}, shape {raw.shape})"


def array_argument(array: DeviceArray) -> Argument:
    """Return the address of an array's first element; its strides are not passed."""
    pointer = array.data
    return Argument(_word(pointer.ptr), _describe(array), pointer.ptr, pointer.mem, array)


def carray_argument(
    array: DeviceArray, shape: tuple[int, ...], strides: tuple[int, ...], *, writes: bool
) -> Argument:
    """Return the structure ``CArray``: address, size, shape, strides in bytes.

    `writes` says whether the kernel writes the array.
    """
    pointer = array.data
    data = _word(pointer.ptr) + _words((math.prod(shape), *shape, *strides))
    return Argument(data, _describe(array), pointer.ptr, pointer.mem, array, writes)


def indexer_argument(shape: tuple[int, ...]) -> Argument:
    """Return the structure ``CIndexer``: size, shape, and room for an index."""
    return Argument(_words((math.prod(shape), *shape, *(0 for _ in shape))), "an indexer")


def scalar_argument(value: Any, dtype: np.dtype[Any]) -> Argument:
    """Return a scalar in a dtype, as NumPy assigns it."""
    return Argument(pack(value, dtype).tobytes(), f"a scalar ({dtype})")


def pack_argument(value: Any) -> Argument:
    """Return an argument of a ``RawKernel``.

    Raises
    ------
    TypeError
        If it is no array, pointer, scalar or ``None``; or a NumPy array of several elements.
    """
    if value is None:
        return Argument(_word(0), "None")
    if isinstance(value, Argument):
        return value
    if isinstance(value, DeviceArray):
        return array_argument(value)
    if isinstance(value, MemoryPointer):
        return Argument(_word(value.ptr), "a pointer", value.ptr, value.mem)
    if isinstance(value, np.ndarray):
        if value.size != 1:
            raise TypeError(
                f"You are trying to pass a numpy.ndarray of shape {value.shape} as a kernel "
                "parameter. Only numpy.ndarrays of size one can be passed by value. If you meant "
                "to pass a pointer to __global__ memory, you need to pass a cupy.ndarray instead."
            )
        return Argument(value.tobytes(), f"a value ({value.dtype})")
    return scalar_argument(value, scalar_dtype(value)[0])


def pointers(arguments: list[Argument]) -> tuple[Any, Any]:
    """Return the array of pointers to the arguments, and the memory that must be kept for it."""
    buffers = [ctypes.create_string_buffer(one.data, max(len(one.data), 1)) for one in arguments]
    # One more, so that a kernel without parameters has an array.
    array = (ctypes.c_void_p * (len(buffers) + 1))()
    for number, buffer in enumerate(buffers):
        array[number] = ctypes.addressof(buffer)
    return array, buffers
