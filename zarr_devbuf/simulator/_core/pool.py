"""The memory in use on each simulated device, the pools that hold it, and its limits.

Sizes are in bytes, as in CuPy's pools: each allocation takes a multiple of 512 bytes.
"""

# ruff: noqa: SLF001 - the state of blocks is private to this package.
# ruff: noqa: N801 - names are CuPy's.
from __future__ import annotations

import bisect
import gc
import os
import threading
import weakref
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol, Self

from zarr_devbuf.simulator._core.current_device import current_id
from zarr_devbuf.simulator._core.current_stream import stream_identifier
from zarr_devbuf.simulator._core.errors import OutOfMemoryError
from zarr_devbuf.simulator._ordering.former_use import FormerUse

if TYPE_CHECKING:
    from types import TracebackType

__all__ = [
    "CAPACITY",
    "UNIT",
    "DeviceMemory",
    "Pool",
    "address_range",
    "device_memories",
    "device_memory",
    "limit_in_bytes",
    "limit_memory",
    "memory_in_use",
    "memory_info",
    "parse_limit",
    "pool_of",
    "round_size",
]

UNIT = 512
CAPACITY = 80 << 30
_LEGACY = 1
# Addresses that no other memory of a process has: between its heap and its libraries.
_BASE = 0x6000_0000_0000
# Without a limit, the capacity is checked for allocations larger than `_LARGE`, and after `_MANY`
# smaller ones.
_LARGE = 16 << 20
_MANY = 512
_DEVICE_SPAN = 1 << 41
# Allocations stand alone on pages of their own, between pages that nobody may access.
_PAGE = 16384


def address_range() -> tuple[int, int]:
    """Return the first address of device memory and the one behind the last, of all devices."""
    return _BASE, _BASE + _DEVICE_SPAN * max(1, len(_memories))


def round_size(nbytes: int) -> int:
    """Return a size in whole units."""
    return -(-nbytes // UNIT) * UNIT


def parse_limit(text: str | None = None) -> tuple[int | None, float | None]:
    """Return a limit in bytes, or as a fraction of the memory of a device.

    Parameters
    ----------
    text
        Bytes, or percent with a ``%``; by default ``CUPY_GPU_MEMORY_LIMIT`` of the environment.
    """
    text = os.environ.get("CUPY_GPU_MEMORY_LIMIT") if text is None else text
    if text is None:
        return None, None
    return (None, float(text[:-1]) / 100) if text.endswith("%") else (int(text), None)


def limit_in_bytes(size: int | None, fraction: float | None) -> int:
    """Return a limit in bytes, 0 for none; raise ``ValueError`` if it is none."""
    if size is None:
        if fraction is None:
            return 0
        if not 0 <= fraction <= 1:
            raise ValueError(f"memory limit fraction out of range: {fraction}")
        return int(fraction * CAPACITY)
    if fraction is not None:
        raise ValueError("size and fraction cannot be specified at one time")
    if size < 0:
        raise ValueError(f"memory limit size out of range: {size}")
    return size


class Allocation(Protocol):
    """What a device needs of the block that it gives an address: `memory.Block`.

    Attributes
    ----------
    size : int
        Bytes, in whole units of 512.
    """

    size: int
    _ptr: int


class DeviceMemory:
    """The memory of one device: addresses, and the bytes that all pools have taken from it."""

    __slots__ = ("_lock", "_next", "_pools", "_registry", "device_id", "limit", "outside")

    def __init__(self, device_id: int) -> None:
        # Re-entrant: the garbage collector may free a block while this thread allocates one.
        self._lock = threading.RLock()
        self.device_id = device_id
        # Bytes that may be in use; 0 for all memory of the device.
        self.limit = 0
        # Bytes that belong to no pool.
        self.outside = 0
        self._pools: weakref.WeakSet[Pool] = weakref.WeakSet()
        self._next = _BASE + device_id * _DEVICE_SPAN
        self._registry: weakref.WeakValueDictionary[int, Allocation] = weakref.WeakValueDictionary()

    @property
    def used(self) -> int:
        """Bytes in use, in pools or outside, as of the last `settle`."""
        return self.outside + sum(pool._used for pool in list(self._pools))

    @property
    def taken(self) -> int:
        """Bytes that are not free: in use, or held by pools, as of the last `settle`."""
        return self.outside + sum(pool._total for pool in list(self._pools))

    def settle(self) -> None:
        """Work off the queues of all pools; the caller holds no pool's lock."""
        for pool in list(self._pools):
            pool._add_up()

    def take(self, size: int) -> None:
        """Add bytes that belong to no pool, or remove them if negative."""
        with self._lock:
            self.outside += size

    def address(self, block: Allocation) -> int:
        """Return the address of a block; it is assigned on first use."""
        with self._lock:
            if not block._ptr:
                block._ptr = self._next
                self._next += -(-max(block.size, 1) // _PAGE) * _PAGE + _PAGE
                self._registry[block._ptr] = block
            return block._ptr

    def register(self, block: Allocation) -> None:
        """Add a block that has an address already."""
        with self._lock:
            self._registry[block._ptr] = block

    def registered(self) -> list[tuple[int, Allocation]]:
        """Return the live blocks that have addresses, with these, in their order."""
        with self._lock:
            return sorted(self._registry.items(), key=lambda item: item[0])

    def find(self, pointer: int) -> Allocation | None:
        """Return the live block that contains an address."""
        with self._lock:
            for start, block in self._registry.items():
                if start <= pointer < start + max(block.size, 1):
                    return block
        return None


class _Chunk:
    """A part of memory that a pool has taken from the device, as one piece or split."""

    __slots__ = ("free", "next", "prev", "size", "start", "stream")

    def __init__(self, size: int, stream: int, start: int) -> None:
        # Where the chunk is in the pool: no two chunks have a place in common.
        self.start = start
        self.size = size
        self.stream = stream
        self.free = False
        self.next: _Chunk | None = None
        self.prev: _Chunk | None = None


class _Arena:
    """The free chunks of one stream, by size."""

    __slots__ = ("_bins", "_sizes", "count")

    def __init__(self) -> None:
        self._bins: dict[int, list[_Chunk]] = {}
        self._sizes: list[int] = []
        self.count = 0

    def insert(self, chunk: _Chunk) -> None:
        """Add a free chunk; merge it with its free neighbours."""
        after = chunk.next
        while after is not None and after.free:
            self._remove(after)
            chunk = _merge(chunk, after)
            after = chunk.next
        before = chunk.prev
        while before is not None and before.free:
            self._remove(before)
            chunk = _merge(before, chunk)
            before = chunk.prev
        self._add(chunk)

    def _add(self, chunk: _Chunk) -> None:
        chunk.free = True
        self.count += 1
        chunks = self._bins.get(chunk.size)
        if chunks is None:
            self._bins[chunk.size] = [chunk]
            bisect.insort(self._sizes, chunk.size)
        else:
            chunks.append(chunk)

    def _remove(self, chunk: _Chunk) -> None:
        chunk.free = False
        self.count -= 1
        self._bins[chunk.size].remove(chunk)

    def has(self, size: int) -> bool:
        """Return whether a free chunk is large enough."""
        where = bisect.bisect_left(self._sizes, size)
        return any(self._bins[one] for one in self._sizes[where:])

    def get(self, size: int) -> _Chunk | None:
        """Remove and return the smallest chunk that is large enough; its rest stays free."""
        chunks = self._bins.get(size)
        if not chunks:
            where = bisect.bisect_left(self._sizes, size)
            chunks = next((self._bins[one] for one in self._sizes[where:] if self._bins[one]), None)
            if chunks is None:
                return None
        chunk = chunks.pop()
        chunk.free = False
        self.count -= 1
        if chunk.size > size:
            rest = _Chunk(chunk.size - size, chunk.stream, chunk.start + size)
            chunk.size = size
            rest.prev, rest.next = chunk, chunk.next
            if chunk.next is not None:
                chunk.next.prev = rest
            chunk.next = rest
            self._add(rest)
        return chunk

    def free_whole(self) -> int:
        """Remove the chunks that are not split; return their bytes."""
        nbytes = 0
        for size in self._sizes:
            chunks = self._bins[size]
            kept = [one for one in chunks if one.next is not None or one.prev is not None]
            freed = len(chunks) - len(kept)
            nbytes += size * freed
            self.count -= freed
            self._bins[size] = kept
        self._bins = {size: chunks for size, chunks in self._bins.items() if chunks}
        self._sizes = sorted(self._bins)
        return nbytes


def _merge(first: _Chunk, second: _Chunk) -> _Chunk:
    first.size += second.size
    first.next = second.next
    if second.next is not None:
        second.next.prev = first
    return first


class Pool:
    """The memory that one pool holds on one device, in bytes; thread-safe.

    Allocations and releases are queued, and worked off when the sums are needed: a lock for each
    would cost as much as a small operation. If there is a limit, each allocation is made at once.

    An entry of the queue is the list ``[size, stream]`` of an allocation; its chunk is appended
    when the allocation is worked off, and an entry that has one is released.
    """

    __slots__ = (
        "__weakref__",
        "_arenas",
        "_end",
        "_former",
        "_held",
        "_lock",
        "_queue",
        "_total",
        "_used",
        "device_id",
        "limit",
        "memory",
    )

    def __init__(self, device_id: int) -> None:
        # Re-entrant: the garbage collector may free a block while this thread allocates one.
        self._lock = threading.RLock()
        self._queue: deque[list[Any]] = deque()
        self.device_id = device_id
        self.memory = device_memory(device_id)
        self.memory._pools.add(self)
        self._used = 0
        self._total = 0
        self._held = 0
        # Bytes that the pool may hold; 0 for no limit.
        self.limit = limit_in_bytes(*parse_limit())
        self._arenas: dict[int, _Arena] = {}
        self._end = 0
        self._former = FormerUse()

    def _new_chunk(self, size: int, stream: int) -> _Chunk:
        self._total += size
        self._end += size
        return _Chunk(size, stream, self._end - size)

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

    @property
    def free_blocks(self) -> int:
        """Number of free blocks."""
        self._add_up()
        return sum(arena.count for arena in self._arenas.values())

    def _add_up(self) -> None:
        queue = self._queue
        with self._lock:
            used, held = self._used, self._held
            arenas = self._arenas
            while queue:
                entry = queue.popleft()
                size, stream = entry[0], entry[1]
                arena = arenas.get(stream) or self._arena(stream)
                if len(entry) == 2:
                    chunk = arena.get(size)
                    if chunk is None:
                        chunk = self._new_chunk(size, stream)
                    entry.append(chunk)
                    used += size
                    held += 1
                else:
                    used -= size
                    held -= 1
                    arena.insert(entry[2])
            self._used, self._held = used, held

    def _arena(self, stream: int) -> _Arena:
        arena = self._arenas.get(stream)
        if arena is None:
            arena = self._arenas[stream] = _Arena()
        return arena

    def charge(self, nbytes: int) -> list[Any]:
        """Add an allocation and return its entry; raise if it does not fit."""
        size = -(-nbytes // UNIT) * UNIT
        entry = [size, stream_identifier()]
        if self.limit or self.memory.limit or size > _LARGE or len(self._queue) > _MANY:
            self.memory.settle()
            with self._lock:
                self._charge(entry)
        else:
            self._queue.append(entry)
        return entry

    def _charge(self, entry: list[Any]) -> None:
        size, stream = entry
        self._add_up()
        memory = self.memory
        if memory.limit and memory.used + size > memory.limit:
            raise OutOfMemoryError(size, memory.used, memory.limit)
        chunk = self._arena(stream).get(size)
        if chunk is None:
            self._make_room(size)
            chunk = self._new_chunk(size, stream)
        entry.append(chunk)
        self._used += size
        self._held += 1

    def _make_room(self, size: int) -> None:
        """Free what is not in use if a new chunk does not fit; raise if that does not help."""
        limit = self.limit
        if limit and size > limit:
            raise OutOfMemoryError(size, self._total, limit)
        for collect in (False, True):
            if self._fits(size):
                return
            if collect:
                gc.collect()
            self.trim()
        if not self._fits(size):
            raise OutOfMemoryError(size, self._total, limit)

    def _fits(self, size: int) -> bool:
        if self.limit and self._total + size > self.limit:
            return False
        return self.memory.taken + size <= CAPACITY

    def finds_free(self, nbytes: int) -> bool:
        """Return whether a free block would be used for an allocation."""
        self._add_up()
        return self._arena(stream_identifier()).has(round_size(nbytes))

    def release(self, entry: list[Any]) -> None:
        """Remove an allocation."""
        self._queue.append(entry)

    def release_used(self, entry: list[Any], history: Any) -> None:
        """Remove an allocation that streams may still use."""
        # What its own stream does is ordered before the next allocation on that stream.
        own = entry[1] or _LEGACY
        if any(one.stream.pointer != own for one in history.accesses):
            self._former.add(entry, history)
        self._queue.append(entry)

    def inherited(self, entry: list[Any]) -> list[Any]:
        """Return what streams may still do in the memory of an allocation, and forget it."""
        if not self._former:
            return []
        with self._lock:
            self._add_up()
            return self._former.take(entry[2].start, entry[0])

    def trim(self, stream: int | None = None) -> None:
        """Free the blocks that are not in use and not split, of all streams or of one."""
        with self._lock:
            self._add_up()
            for identifier, arena in self._arenas.items():
                if stream is None or identifier == stream:
                    self._total -= arena.free_whole()


_memories: dict[int, DeviceMemory] = {}
_pools: dict[int, Pool] = {}
_pools_lock = threading.RLock()


def device_memory(device_id: int) -> DeviceMemory:
    """Return the memory of a device."""
    memory = _memories.get(device_id)
    if memory is None:
        with _pools_lock:
            memory = _memories.setdefault(device_id, DeviceMemory(device_id))
    return memory


def pool_of(device_id: int) -> Pool:
    """Return the default pool of a device."""
    pool = _pools.get(device_id)
    if pool is None:
        with _pools_lock:
            pool = _pools.get(device_id)
            if pool is None:
                pool = _pools[device_id] = Pool(device_id)
    return pool


def memory_info(device_id: int) -> tuple[int, int]:
    """Return free and total bytes of a device's memory."""
    memory = device_memory(device_id)
    memory.settle()
    return CAPACITY - memory.taken, CAPACITY


def memory_in_use() -> int:
    """Return the bytes in use on this thread's device, in all pools and in none.

    It is what `limit_memory` limits; a pool's ``used_bytes()`` is of that pool alone.
    """
    memory = device_memory(current_id())
    memory.settle()
    return memory.used


def device_memories() -> tuple[DeviceMemory, ...]:
    """Return the memories of all devices that have been used."""
    return tuple(_memories.values())


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
        self._memory = device_memory(current_id())
        self._previous = self._memory.limit
        self._memory.limit = nbytes

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._memory.limit = self._previous
