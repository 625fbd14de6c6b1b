"""The description of a file for cuFile, as a structure in memory."""

# ruff: noqa: A003, SLF001 - names and signatures are cuFile's.

from __future__ import annotations

import ctypes
from typing import Any, Self

import numpy as np

__all__ = ["Descr", "descr_dtype"]

_HANDLE: Any = {
    "names": ["fd", "handle"],
    "formats": ["i4", "i8"],
    "offsets": [0, 0],
    "itemsize": 8,
}
_FIELDS: Any = {
    "names": ["type", "handle", "fs_ops"],
    "formats": ["i4", np.dtype(_HANDLE), "i8"],
    "offsets": [0, 8, 16],
    "itemsize": 24,
}
descr_dtype: np.dtype[Any] = np.dtype(_FIELDS)


class Descr:
    """Structures that describe files, uninitialized, at an address that ``int`` gives.

    Parameters
    ----------
    size
        The number of structures.
    """

    def __init__(self, size: int = 1) -> None:
        self._data: Any = np.empty(size, descr_dtype).view(np.recarray)
        # What keeps the memory alive.
        self._owner: Any = None

    @property
    def ptr(self) -> int:
        """The address."""
        return int(self._data.ctypes.data)

    def __int__(self) -> int:
        return self.ptr

    def __len__(self) -> int:
        return int(self._data.size)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Descr)
            and len(self) == len(other)
            and bool((self._data == other._data).all())
        )

    __hash__ = None  # type: ignore[assignment]  # the structures may change

    @property
    def type(self) -> Any:
        """The kind of the file."""
        return int(self._data.type[0]) if len(self) == 1 else self._data.type

    @type.setter
    def type(self, val: Any) -> None:
        self._data.type = val

    @property
    def handle(self) -> Any:
        """The descriptor of the file, in the field ``fd``."""
        return self._data.handle

    @handle.setter
    def handle(self, val: Any) -> None:
        self._data.handle = val

    @property
    def fs_ops(self) -> Any:
        """The address of the functions of a file system of one's own."""
        return int(self._data.fs_ops[0]) if len(self) == 1 else self._data.fs_ops

    @fs_ops.setter
    def fs_ops(self, val: Any) -> None:
        self._data.fs_ops = val

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, int):
            if not -len(self) <= key < len(self):
                raise IndexError("index is out of bounds")
            key %= len(self)
            return self.from_data(self._data[key : key + 1])
        return self._data[key]

    def __setitem__(self, key: Any, val: Any) -> None:
        self._data[key] = val

    @classmethod
    def from_data(cls, data: Any) -> Self:
        """Return the structures in an array, which shares its memory."""
        if not isinstance(data, np.ndarray):
            raise TypeError("data argument must be a NumPy ndarray")
        if data.ndim != 1:
            raise ValueError("data array must be 1D")
        if data.dtype != descr_dtype:
            raise ValueError("data array must be of dtype descr_dtype")
        made = cls(0)
        made._data = data.view(np.recarray)
        return made

    @classmethod
    def from_buffer(cls, buffer: Any) -> Self:
        """Return the structures in host memory, which share it."""
        return cls.from_data(np.frombuffer(buffer, descr_dtype))

    @classmethod
    def from_ptr(cls, ptr: int, size: int = 1, readonly: bool = False, owner: Any = None) -> Self:
        """Return the structures at an address, which share the memory."""
        if not ptr:
            raise ValueError("ptr must not be null (0)")
        memory = (ctypes.c_uint8 * (descr_dtype.itemsize * size)).from_address(ptr)
        data: Any = np.ndarray(size, descr_dtype, memory)
        data.flags.writeable = not readonly
        made = cls.from_data(data)
        made._owner = owner
        return made
