"""The memory in use on each simulated device, and its limit.

Sizes are in bytes, as in CuPy's pool: each allocation takes a multiple of 512 bytes.
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
# Without a limit, the capacity is checked for allocations larger than `_LARGE`, and after `_MANY`
# smaller ones.
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
    """The allocations on one device, in bytes; thread-safe.

    Allocations and releases are queued, and added up when the sums are needed: a lock for each
    would cost as much as a small operation. If there is a limit, each allocation is added at once.
    """

    __slots__ = (
        "_held",
        "_lock",
        "_next",
        "_queue",
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
        self._queue: deque[int] = deque()
        self.device_id = device_id
        self._used = 0
        self._total = 0
        self._held = 0
        # Bytes that may be in use; 0 for all memory of the device.
        self.limit = 0
        self._next = _BASE + device_id * _DEVICE_SPAN
        self._registry: weakref.WeakValueDictionary[int, Allocation] = weakref.WeakValueDictionary()

    @property
    def used(self) -> int:
        """Bytes in use, in whole units."""
        self._add_up()
        return self._used

    @property
    def total(self) -> int:
        """Bytes in use or held for reuse, in whole units."""
        self._add_up()
        return self._total

    @property
    def held(self) -> int:
        """Number of live allocations."""
        self._add_up()
        return self._held

    def _add_up(self) -> None:
        queue = self._queue
        with self._lock:
            used, held, total = self._used, self._held, self._total
            while queue:
                nbytes = queue.popleft()
                used += nbytes
                if nbytes < 0:
                    held -= 1
                    continue
                held += 1
                total = max(total, used)
            self._used, self._held, self._total = used, held, total

    def charge(self, nbytes: int) -> int:
        """Add an allocation and return its size in whole units; raise if it does not fit."""
        size = -(-nbytes // UNIT) * UNIT
        if self.limit or size > _LARGE or len(self._queue) > _MANY:
            with self._lock:
                self._add_up()
                if self._used + size > (self.limit or CAPACITY):
                    raise OutOfMemoryError(size, self._used, self.limit)
                self._queue.append(size)
        else:
            self._queue.append(size)
        return size

    def release(self, size: int) -> None:
        """Remove an allocation."""
        self._queue.append(-size)

    def address(self, block: Allocation) -> int:
        """Return the address of a block; it is assigned on first use."""
        with self._lock:
            if not block._ptr:
                block._ptr = self._next
                self._next += max(block.size, UNIT)
                self._registry[block._ptr] = block
            return block._ptr

    def find(self, pointer: int) -> Allocation | None:
        """Return the live block that contains an address."""
        with self._lock:
            for start, block in self._registry.items():
                if start <= pointer < start + max(block.size, 1):
                    return block
        return None

    def trim(self) -> None:
        """Free the memory that is held but not in use."""
        with self._lock:
            self._add_up()
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
    """Return the pools of all devices that have been used."""
    return tuple(_pools.values())


class limit_memory:
    """Limit the memory of this thread's device.

    The call sets the limit; as a context manager, it restores the previous limit at the end. An
    allocation that exceeds the limit raises `OutOfMemoryError`, which is
    ``cupy.cuda.memory.OutOfMemoryError`` of the simulator.

    Parameters
    ----------
    nbytes
        The largest number of bytes in use at a time, as CuPy's pool counts them (each allocation
        takes a multiple of 512 bytes). 0 removes the limit.
    """

    __module__ = "zarr_devbuf.simulator"

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
