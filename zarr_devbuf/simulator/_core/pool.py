"""How much memory each simulated device has handed out, and how much it may.

The figures are those of CuPy's pool, in bytes: each allocation takes whole units of 512.
"""

# ruff: noqa: SLF001 - the state of blocks is private to this package.
# ruff: noqa: N801 - names are CuPy's.
from __future__ import annotations

import threading
import weakref
from collections import deque
from typing import TYPE_CHECKING, Protocol, Self

from zarr_devbuf.simulator._core.current_device import current_id
from zarr_devbuf.simulator._core.errors import OutOfMemoryError

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["CAPACITY", "UNIT", "Pool", "limit_memory", "memory_info", "pool_of", "pools"]

UNIT = 512
CAPACITY = 80 << 30
_BASE = 0x7E00_0000_0000
# An unlimited device is found full at the latest after this many allocations of this size each.
_LARGE = 16 << 20
_MANY = 512
_DEVICE_SPAN = 1 << 38


class Allocation(Protocol):
    """What a pool needs of the block that it gives an address: `memory.Block`.

    Attributes
    ----------
    size : int
        Bytes, in whole units of 512.
    """

    size: int
    _ptr: int


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
        self._registry: weakref.WeakValueDictionary[int, Allocation] = weakref.WeakValueDictionary()

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

    def address(self, block: Allocation) -> int:
        """Give a block its address, the first time that anybody asks for it."""
        with self._lock:
            if not block._ptr:
                block._ptr = self._next
                self._next += max(block.size, UNIT)
                self._registry[block._ptr] = block
            return block._ptr

    def find(self, pointer: int) -> Allocation | None:
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


def pools() -> tuple[Pool, ...]:
    """Return the pools of all devices that were ever used."""
    return tuple(_pools.values())


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
