"""Device memory: blocks, what they cost, and pointers into them.

Memory of the simulated device is host memory that nothing but the simulator touches. Its
addresses are made up, so that code which takes a device pointer for a host pointer fails.
"""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
# ruff: noqa: ARG002, N801 - names and signatures are CuPy's.
from __future__ import annotations

import ctypes
import threading
import weakref
from collections import deque
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from zarr_devbuf import transfers
from zarr_devbuf.simulator._core.device import Device, current_id
from zarr_devbuf.simulator._core.errors import CUDARuntimeError, OutOfMemoryError

if TYPE_CHECKING:
    from types import TracebackType

__all__ = [
    "Block",
    "MemoryPointer",
    "Pool",
    "alloc",
    "find_block",
    "host_address",
    "limit_memory",
    "memory_info",
    "pool_of",
]

UNIT = 512
CAPACITY = 80 << 30
_BASE = 0x7E00_0000_0000
# An unlimited device is found full at the latest after this many allocations of this size each.
_LARGE = 16 << 20
_MANY = 512
_DEVICE_SPAN = 1 << 38


class Pool:
    """What one device has handed out, in bytes; thread-safe.

    Allocations and releases are noted in the order in which they happen, and added up when somebody
    asks: a lock for each would cost as much as a small operation. Under a limit each is booked at
    once.
    """

    __slots__ = (
        "_held",
        "_lock",
        "_next",
        "_notes",
        "_registry",
        "_total",
        "_used",
        "device_id",
        "limit",
    )

    def __init__(self, device_id: int) -> None:
        # Re-entrant: the garbage collector may free a block while this thread allocates one.
        self._lock = threading.RLock()
        # Bytes allocated, and bytes released as negative numbers.
        self._notes: deque[int] = deque()
        self.device_id = device_id
        self._used = 0
        self._total = 0
        self._held = 0
        # Bytes that may be in use; 0 for all that the device has.
        self.limit = 0
        self._next = _BASE + device_id * _DEVICE_SPAN
        self._registry: weakref.WeakValueDictionary[int, Block] = weakref.WeakValueDictionary()

    @property
    def used(self) -> int:
        """Bytes in use, in whole units."""
        self._settle()
        return self._used

    @property
    def total(self) -> int:
        """Bytes in use or held for reuse, in whole units."""
        self._settle()
        return self._total

    @property
    def held(self) -> int:
        """Allocations alive."""
        self._settle()
        return self._held

    def _settle(self) -> None:
        notes = self._notes
        with self._lock:
            used, held, total = self._used, self._held, self._total
            while notes:
                nbytes = notes.popleft()
                used += nbytes
                if nbytes < 0:
                    held -= 1
                    continue
                held += 1
                total = max(total, used)
            self._used, self._held, self._total = used, held, total

    def charge(self, nbytes: int) -> int:
        """Book an allocation and return its size in whole units; raise if there is no room."""
        size = -(-nbytes // UNIT) * UNIT
        if self.limit or size > _LARGE or len(self._notes) > _MANY:
            with self._lock:
                self._settle()
                if self._used + size > (self.limit or CAPACITY):
                    raise OutOfMemoryError(size, self._used, self.limit)
                self._notes.append(size)
        else:
            self._notes.append(size)
        return size

    def release(self, size: int) -> None:
        """Book the end of an allocation."""
        self._notes.append(-size)

    def address(self, block: Block) -> int:
        """Give a block its address, the first time that anybody asks for it."""
        with self._lock:
            if not block._ptr:
                block._ptr = self._next
                self._next += max(block.size, UNIT)
                self._registry[block._ptr] = block
            return block._ptr

    def find(self, pointer: int) -> Block | None:
        """Return the living block that holds an address."""
        with self._lock:
            for start, block in self._registry.items():
                if start <= pointer < start + max(block.size, 1):
                    return block
        return None

    def trim(self) -> None:
        """Give back what is allocated but not in use."""
        with self._lock:
            self._settle()
            self._total = self._used


_pools: dict[int, Pool] = {}
_pools_lock = threading.Lock()


def pool_of(device_id: int) -> Pool:
    """Return the pool of a device."""
    pool = _pools.get(device_id)
    if pool is None:
        with _pools_lock:
            pool = _pools.setdefault(device_id, Pool(device_id))
    return pool


def memory_info(device_id: int) -> tuple[int, int]:
    """Return free and total bytes of a device's memory."""
    return CAPACITY - pool_of(device_id).total, CAPACITY


class Block:
    """One allocation on one device, alive while an array or a pointer refers to it."""

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
        """The made-up address of the first byte, 0 for an empty block."""
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
    """Return the living block that holds an address, on whatever device."""
    for pool in tuple(_pools.values()):
        block = pool.find(pointer)
        if block is not None:
            return block
    raise CUDARuntimeError(1)


def alloc(nbytes: int) -> MemoryPointer:
    """Allocate bytes on this thread's device; their content is poison."""
    nbytes = int(nbytes)
    if nbytes < 0:
        raise OverflowError("can't convert negative value to size_t")
    block = Block(nbytes)
    block.root = np.full(nbytes, 0xA5, np.uint8)
    return MemoryPointer(block, 0)


class MemoryPointer:
    """A place in a block; adding bytes gives another place in the same block."""

    __slots__ = ("mem", "offset")

    def __init__(self, mem: Block, offset: int) -> None:
        self.mem = mem
        self.offset = offset

    @property
    def ptr(self) -> int:
        """The made-up address."""
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
        """Do what ``copy_from_host`` does: the simulated device works synchronously."""
        self.copy_from_host(mem, size)

    def copy_to_host(self, mem: Any, size: int) -> None:
        """Copy bytes to a host address; a device → host transfer."""
        if size > 0:
            transfers.record("d2h", size, explicit=True)
            ctypes.memmove(_address(mem), self._host(size), size)

    def copy_to_host_async(self, mem: Any, size: int, stream: Any = None) -> None:
        """Do what ``copy_to_host`` does: the simulated device works synchronously."""
        self.copy_to_host(mem, size)

    def copy_from_device(self, src: MemoryPointer, size: int) -> None:
        """Copy bytes from device memory."""
        if size > 0:
            ctypes.memmove(self._host(size), src._host(size), size)

    def copy_from_device_async(self, src: MemoryPointer, size: int, stream: Any = None) -> None:
        """Do what ``copy_from_device`` does: the simulated device works synchronously."""
        self.copy_from_device(src, size)

    def copy_from(self, mem: Any, size: int) -> None:
        """Copy bytes from device memory, or from a host address."""
        if isinstance(mem, MemoryPointer):
            self.copy_from_device(mem, size)
        else:
            self.copy_from_host(mem, size)

    def copy_from_async(self, mem: Any, size: int, stream: Any = None) -> None:
        """Do what ``copy_from`` does: the simulated device works synchronously."""
        self.copy_from(mem, size)

    def memset(self, value: int, size: int) -> None:
        """Set bytes to a value."""
        if size > 0:
            ctypes.memset(self._host(size), value, size)

    def memset_async(self, value: int, size: int, stream: Any = None) -> None:
        """Do what ``memset`` does: the simulated device works synchronously."""
        self.memset(value, size)


def _address(mem: Any) -> int:
    """Return the host address that CuPy's copies take: a number or a ``ctypes.c_void_p``."""
    return int((mem.value or 0) if isinstance(mem, ctypes.c_void_p) else mem)


class limit_memory:
    """Let this thread's device hold at most that many bytes.

    Calling it sets the limit; as a context manager it restores the limit before. An
    allocation that would pass the limit raises ``cupy.cuda.memory.OutOfMemoryError``, and
    nothing is written.

    Parameters
    ----------
    nbytes
        Bytes in use at any one time, counted as CuPy's pool counts them (each allocation
        takes whole units of 512 bytes). 0 lifts the limit.
    """

    def __init__(self, nbytes: int) -> None:
        if nbytes < 0:
            raise ValueError(f"a memory limit must not be negative, got {nbytes}")
        self._pool = pool_of(current_id())
        self._previous = self._pool.limit
        self._pool.limit = nbytes

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pool.limit = self._previous
