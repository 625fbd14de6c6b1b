"""Device memory: blocks, and pointers into them.

The memory of the simulated device is host memory that only the simulator uses. Its addresses are
fictitious, so that code that uses a device pointer as a host pointer fails.
"""

# ruff: noqa: ARG002 - names and signatures are CuPy's.
from __future__ import annotations

import ctypes
from typing import Any, cast

import numpy as np

from zarr_devbuf import transfers
from zarr_devbuf.simulator._core.current_device import current_id
from zarr_devbuf.simulator._core.device import Device
from zarr_devbuf.simulator._core.errors import CUDARuntimeError
from zarr_devbuf.simulator._core.pool import pool_of, pools

__all__ = [
    "Block",
    "MemoryPointer",
    "alloc",
    "find_block",
    "host_address",
]


class Block:
    """One allocation on one device; it lives as long as an array or a pointer refers to it."""

    __slots__ = ("__weakref__", "_pool", "_ptr", "nbytes", "root", "size")

    def __init__(self, nbytes: int, root: Any | None = None) -> None:
        self.size = 0
        self._pool = pool = pool_of(current_id())
        self._ptr = 0
        self.nbytes = nbytes
        self.root = root
        if nbytes:
            self.size = pool.charge(nbytes)

    def __del__(self) -> None:
        if self.size:
            self._pool.release(self.size)

    @property
    def device_id(self) -> int:
        """The number of the device that owns the memory."""
        return self._pool.device_id

    @property
    def device(self) -> Device:
        """The device that owns the memory."""
        return Device(self._pool.device_id)

    @property
    def ptr(self) -> int:
        """The fictitious address of the first byte; 0 for an empty block."""
        if not self.size:
            return 0
        return self._ptr or self._pool.address(self)

    @property
    def host(self) -> int:
        """The real address of the first byte."""
        return host_address(self.root)

    def __repr__(self) -> str:
        return f"<Memory of {self.nbytes} bytes on device {self.device_id}>"


def host_address(raw: Any) -> int:
    """Return the real address of the lowest byte of an array."""
    return int(np.lib.array_utils.byte_bounds(raw)[0]) if raw.size else int(raw.ctypes.data)


def find_block(pointer: int) -> Block:
    """Return the live block that contains an address, on any device."""
    for pool in pools():
        block = pool.find(pointer)
        if block is not None:
            return cast("Block", block)
    raise CUDARuntimeError(1)


def alloc(nbytes: int) -> MemoryPointer:
    """Allocate bytes on this thread's device, filled with 0xA5."""
    nbytes = int(nbytes)
    if nbytes < 0:
        raise OverflowError("can't convert negative value to size_t")
    block = Block(nbytes)
    block.root = np.full(nbytes, 0xA5, np.uint8)
    return MemoryPointer(block, 0)


class MemoryPointer:
    """An address in a block; adding bytes gives another address in the same block."""

    __module__ = "zarr_devbuf.simulator.cupy.cuda.memory"

    __slots__ = ("mem", "offset")

    def __init__(self, mem: Block, offset: int) -> None:
        self.mem = mem
        self.offset = offset

    @property
    def ptr(self) -> int:
        """The fictitious address."""
        return self.mem.ptr + self.offset

    @property
    def device_id(self) -> int:
        """The number of the device that owns the memory."""
        return self.mem.device_id

    @property
    def device(self) -> Device:
        """The device that owns the memory."""
        return self.mem.device

    def __int__(self) -> int:
        return self.ptr

    def __repr__(self) -> str:
        return f"<MemoryPointer 0x{self.ptr:x} device={self.device_id} mem={self.mem!r}>"

    def __add__(self, offset: int) -> MemoryPointer:
        if offset and not self.ptr:
            # CuPy has an assertion without a message here.
            raise AssertionError
        return MemoryPointer(self.mem, self.offset + offset)

    __radd__ = __add__

    def __sub__(self, offset: int) -> MemoryPointer:
        return MemoryPointer(self.mem, self.offset - offset)

    def _host(self, size: int) -> int:
        if self.offset < 0 or self.offset + size > self.mem.size:
            raise CUDARuntimeError(1)
        return self.mem.host + self.offset

    def copy_from_host(self, mem: Any, size: int) -> None:
        """Copy bytes from a host address; a host → device transfer."""
        if size > 0:
            transfers.record("h2d", size, explicit=True)
            ctypes.memmove(self._host(size), _address(mem), size)

    def copy_from_host_async(self, mem: Any, size: int, stream: Any = None) -> None:
        """Call ``copy_from_host``: the simulated device works synchronously."""
        self.copy_from_host(mem, size)

    def copy_to_host(self, mem: Any, size: int) -> None:
        """Copy bytes to a host address; a device → host transfer."""
        if size > 0:
            transfers.record("d2h", size, explicit=True)
            ctypes.memmove(_address(mem), self._host(size), size)

    def copy_to_host_async(self, mem: Any, size: int, stream: Any = None) -> None:
        """Call ``copy_to_host``: the simulated device works synchronously."""
        self.copy_to_host(mem, size)

    def copy_from_device(self, src: MemoryPointer, size: int) -> None:
        """Copy bytes from device memory."""
        if size > 0:
            ctypes.memmove(self._host(size), src._host(size), size)

    def copy_from_device_async(self, src: MemoryPointer, size: int, stream: Any = None) -> None:
        """Call ``copy_from_device``: the simulated device works synchronously."""
        self.copy_from_device(src, size)

    def copy_from(self, mem: Any, size: int) -> None:
        """Copy bytes from device memory, or from a host address."""
        if isinstance(mem, MemoryPointer):
            self.copy_from_device(mem, size)
        else:
            self.copy_from_host(mem, size)

    def copy_from_async(self, mem: Any, size: int, stream: Any = None) -> None:
        """Call ``copy_from``: the simulated device works synchronously."""
        self.copy_from(mem, size)

    def memset(self, value: int, size: int) -> None:
        """Set bytes to a value."""
        if size > 0:
            ctypes.memset(self._host(size), value, size)

    def memset_async(self, value: int, size: int, stream: Any = None) -> None:
        """Call ``memset``: the simulated device works synchronously."""
        self.memset(value, size)


def _address(mem: Any) -> int:
    """Return a host address, which is an integer or a ``ctypes.c_void_p`` in CuPy's copies."""
    return int((mem.value or 0) if isinstance(mem, ctypes.c_void_p) else mem)
