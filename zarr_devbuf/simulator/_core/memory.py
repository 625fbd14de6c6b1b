"""Device memory: blocks, and pointers into them.

The memory of the simulated device is host memory that only the simulator uses. Its addresses are
fictitious, so that code that uses a device pointer as a host pointer fails.
"""

# ruff: noqa: SLF001 - the state of blocks is private to this package.
# ruff: noqa: ARG002 - names and signatures are CuPy's.
from __future__ import annotations

import ctypes
import operator
import threading
import weakref
from typing import Any, cast

import numpy as np

from zarr_devbuf import transfers
from zarr_devbuf.simulator._core.accesses import access_bytes, pointer_of, synchronize
from zarr_devbuf.simulator._core.async_pool import async_pool
from zarr_devbuf.simulator._core.current_device import current_id, require_device
from zarr_devbuf.simulator._core.device import Device
from zarr_devbuf.simulator._core.errors import CUDARuntimeError
from zarr_devbuf.simulator._core.pool import CAPACITY, device_memories, device_memory, pool_of
from zarr_devbuf.simulator._ordering.host_memory import read_source, withhold
from zarr_devbuf.simulator._ordering.tracker import tracker

__all__ = [
    "Block",
    "ManagedMemory",
    "Memory",
    "MemoryAsync",
    "MemoryPointer",
    "PooledManagedMemory",
    "PooledMemory",
    "UnownedMemory",
    "alloc",
    "allocation",
    "call_hooks",
    "find_block",
    "host_address",
    "place",
    "thread",
]

_POISON = 0xA5
_LEGACY = 1


class Block:
    """One allocation on one device; it lives as long as an array or a pointer refers to it.

    ``size`` is what CuPy reports, ``nbytes`` is what may be accessed, both in bytes. The memory,
    ``root``, is made when it is first used, unless it is given.
    """

    __module__ = "zarr_devbuf.simulator.cupy.cuda.memory"
    # `_history` and `_written` belong to the checks of streams; they need not be there.
    __slots__ = ("__weakref__", "_entry", "_history", "_lent", "_pool", "_ptr", "_root", "_written",
                 "device_id", "nbytes", "size")  # fmt: skip
    _history: Any
    _written: int

    def __init__(self) -> None:
        self._start(current_id())

    def _start(self, device_id: int) -> None:
        self.device_id = device_id
        self._pool: Any = None
        self._entry: Any = None
        self._root: Any = None
        self._ptr = 0
        self._lent = False
        self.size = 0
        self.nbytes = 0

    @property
    def root(self) -> Any:
        """The memory as a NumPy array, filled with 0xA5 when it is made."""
        if self._root is None:
            self._root = np.full(self.nbytes, _POISON, np.uint8)
        return self._root

    @root.setter
    def root(self, raw: Any) -> None:
        self._root = raw
        self.nbytes = raw.nbytes

    @property
    def device(self) -> Device:
        """The device that owns the memory."""
        return Device(self.device_id)

    @property
    def ptr(self) -> int:
        """The fictitious address of the first byte; 0 for an empty block."""
        if not self.size:
            return 0
        if not self._ptr:
            self._lent = False
            device_memory(self.device_id).address(self)
        return self._ptr

    @ptr.setter
    def ptr(self, address: int) -> None:
        self._ptr = address

    @property
    def host(self) -> int:
        """The real address of the first byte."""
        return host_address(self.root)

    def source(self) -> Block:
        """Return the block that owns the memory."""
        return self

    def former_accesses(self) -> list[Any]:
        """Return nothing: the memory had no other owner."""
        return []

    def lend(self) -> Any:
        """Return the memory for one who does not keep this block; it is overwritten at the end."""
        self._lent = True
        return self.root

    def _end(self) -> None:
        """Overwrite memory that others may still read, so that use after free shows."""
        if self._ptr and self._lent:
            ctypes.memset(self.host, _POISON, self.nbytes)

    def __int__(self) -> int:
        return self.ptr


class PooledMemory(Block):
    """Memory that a pool has given; it returns to the pool at the end."""

    __slots__ = ()

    def __init__(self, nbytes: int, root: Any = None, pool: Any = None) -> None:
        if pool is None:
            pool = pool_of(current_id())
        self.device_id = pool.device_id
        self._pool = pool
        self._root = root
        self._ptr = 0
        self.nbytes = nbytes
        self._entry = None
        self.size = 0
        if nbytes:
            self._entry = entry = pool.charge(nbytes)
            self.size = entry[0]

    @property
    def identity(self) -> str:
        """The kind of the memory that the pool divides."""
        return "Memory"

    @property
    def pool(self) -> Any:
        """A weak reference to the pool of the device."""
        return weakref.ref(self._pool)

    def free(self) -> None:
        """Return the memory to the pool."""
        entry = self._entry
        if entry is None:
            return
        self._entry = None
        if allocation.hooks:
            call_hooks("free_preprocess", **self._describe())
        self._end()
        history = getattr(self, "_history", None) if tracker.active else None
        if history is None:
            self._pool.release(entry)
        else:
            self._pool.release_used(entry, history)
        if allocation.hooks:
            call_hooks("free_postprocess", **self._describe())
        self.size = 0

    def _describe(self) -> dict[str, int]:
        return {
            "device_id": self.device_id,
            "mem_size": self.size,
            "mem_ptr": self.ptr,
            "pmem_id": id(self),
        }

    def __del__(self) -> None:
        entry = self._entry
        if entry is None:
            return
        if self._ptr or allocation.watched:
            self.free()
        else:
            self._pool.release(entry)

    def former_accesses(self) -> list[Any]:
        """Return what streams may still do in the memory, which had another owner."""
        entry = self._entry
        return [] if entry is None else self._pool.inherited(entry)


class Memory(Block):
    """Memory of exactly the given number of bytes, that belongs to no pool."""

    __slots__ = ()

    def __init__(self, size: int) -> None:
        self._start(current_id())
        size = _byte_count(size)
        if not size:
            return
        memory = device_memory(self.device_id)
        memory.settle()
        over_limit = memory.limit and memory.used + size > memory.limit
        if over_limit or memory.taken + size > CAPACITY:
            raise CUDARuntimeError(2)
        memory.take(size)
        self.size = self.nbytes = size

    def __del__(self) -> None:
        if self.size:
            self._end()
            device_memory(self.device_id).take(-self.size)


# The values of the runtime's cudaMemoryAdvise.
_ADVICE = range(1, 7)


class _Managed(Block):
    """What a block of managed memory has besides: an address that host code can use, too."""

    __slots__ = ()

    def _use_host_address(self) -> None:
        self._ptr = self.host
        device_memory(self.device_id).register(self)

    def prefetch(self, stream: Any, *, device_id: int = -2) -> None:
        """Return at once: there is one memory for host and device (-1 and -2: the current one)."""
        if device_id >= 0:
            require_device(device_id)

    def advise(self, advise: int, dev: Device) -> None:
        """Return at once: there is one memory for host and device."""
        require_device(dev.id)
        if advise not in _ADVICE:
            raise CUDARuntimeError(1)


class ManagedMemory(_Managed, Memory):
    """Memory with an address that host code can use, too."""

    __slots__ = ()

    def __init__(self, size: int) -> None:
        super().__init__(size)
        if self.size:
            self._use_host_address()


class PooledManagedMemory(_Managed, PooledMemory):
    """Managed memory that a pool has given."""

    __slots__ = ()

    def __init__(self, nbytes: int, root: Any = None, pool: Any = None) -> None:
        super().__init__(nbytes, root, pool)
        if self.size:
            self.nbytes = self.size
            self._lent = False
            self._use_host_address()

    @property
    def identity(self) -> str:
        """The kind of the memory that the pool divides."""
        return "ManagedMemory"


PooledManagedMemory.__name__ = "PooledMemory"


class MemoryAsync(Memory):
    """Memory that a stream allocates; it belongs to no pool of CuPy."""

    __slots__ = ("stream_ref",)

    def __init__(self, size: int, stream: Any) -> None:
        super().__init__(size)
        self.stream_ref = weakref.ref(stream)
        async_pool(self.device_id).take(self.size)

    def __del__(self) -> None:
        if self.size:
            async_pool(self.device_id).release(self.size)
        super().__del__()


class UnownedMemory(Block):
    """Memory with another owner; the address must be in simulated memory.

    ``owner`` alone is kept alive: the memory is overwritten when its own block ends.
    """

    __slots__ = ("_offset", "_owner", "_source_nbytes")

    def __init__(self, ptr: int, size: int, owner: Any, device_id: int = -1) -> None:
        ptr, size = operator.index(ptr), _byte_count(size)
        if device_id < 0 and not ptr:
            raise RuntimeError("UnownedMemory requires explicit device ID for a null pointer.")
        self._start(max(device_id, 0))
        self._offset = 0
        self._owner = owner
        self._ptr = ptr
        if ptr:
            source = find_block(ptr)
            self._start(source.device_id if device_id < 0 else device_id)
            self._ptr = ptr
            self._offset = ptr - source.ptr + getattr(source, "_offset", 0)
            self._root = source.lend()
            self.nbytes = max(0, source.nbytes - (ptr - source.ptr))
        self.size = size

    @property
    def ptr(self) -> int:
        """The address."""
        return self._ptr

    @ptr.setter
    def ptr(self, address: int) -> None:
        self._ptr = address

    @property
    def host(self) -> int:
        """The real address of the first byte."""
        return host_address(self._root) + self._offset

    def source(self) -> Block:
        """Return the block that owns the memory; this one if that has ended."""
        try:
            return find_block(self._ptr)
        except CUDARuntimeError:
            return self


def _byte_count(size: Any) -> int:
    nbytes = operator.index(size) if not isinstance(size, float) else int(size)
    if nbytes < 0:
        raise OverflowError("can't convert negative value to size_t")
    return nbytes


class _Allocation:
    """Which allocators and hooks are in use, in all threads together.

    While ``pooled`` is true, all threads use the default pool and there are no hooks; while
    ``plain`` is true, accesses are not recorded either. While ``watched`` is true, there are hooks
    or accesses are recorded.
    """

    __slots__ = ("_blocks", "_lock", "default", "hooks", "plain", "pooled", "process", "watched")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Number of `using_allocator` blocks, and of hooks.
        self._blocks = 0
        self.hooks = 0
        self.default: Any = None
        self.process: Any = None
        self.plain = self.pooled = True
        self.watched = False

    def change(self, *, blocks: int = 0, hooks: int = 0) -> None:
        """Add to the numbers, or follow a change of the allocator of the process."""
        with self._lock:
            self._blocks += blocks
            self.hooks += hooks
            self.pooled = not self._blocks and not self.hooks and self.process == self.default
            self.plain = self.pooled and not tracker.active
            self.watched = bool(self.hooks or tracker.active)


class _Thread(threading.local):
    """The allocator of a thread, ``None`` for that of the process, and its hooks."""

    def __init__(self) -> None:
        self.allocator: Any = None
        self.hooks: dict[str, Any] = {}


allocation = _Allocation()
tracker.on_switch = allocation.change
thread = _Thread()


def call_hooks(event: str, **details: int) -> None:
    """Call a method of this thread's memory hooks."""
    for hook in list(thread.hooks.values()):
        getattr(hook, event)(**details)


def alloc(size: Any) -> Any:
    """Allocate bytes with this thread's allocator."""
    return (thread.allocator or allocation.process)(size)


def place(raw: Any) -> tuple[Any, Any]:
    """Return the block for new memory, and the memory: as it is, or copied into the block."""
    pointer = alloc(raw.nbytes)
    if not isinstance(pointer, MemoryPointer):
        raise TypeError(
            f"Cannot convert {type(pointer).__name__} to cupy.cuda.memory.MemoryPointer"
        )
    block = pointer.mem
    if not raw.nbytes:
        return block, raw
    if (
        block._root is None
        and not pointer.offset
        and not isinstance(block, UnownedMemory)
        and block.size >= raw.nbytes
    ):
        block.root = raw
        return block, raw
    low = host_address(raw)
    first = int(raw.__array_interface__["data"][0]) - low
    high = np.lib.array_utils.byte_bounds(raw)[1]
    target = pointer._host(high - low)
    ctypes.memmove(target, low, high - low)
    buffer = (ctypes.c_uint8 * (high - low)).from_address(target)
    return block, np.ndarray(raw.shape, raw.dtype, buffer, first, raw.strides)


def host_address(raw: Any) -> int:
    """Return the real address of the lowest byte of an array."""
    return int(np.lib.array_utils.byte_bounds(raw)[0]) if raw.size else int(raw.ctypes.data)


def find_block(pointer: int) -> Block:
    """Return the live block that contains an address, on any device."""
    for memory in device_memories():
        block = memory.find(pointer)
        if block is not None:
            return cast("Block", block)
    raise CUDARuntimeError(1)


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
        if self.offset < 0 or self.offset + size > self.mem.nbytes:
            raise CUDARuntimeError(1)
        return self.mem.host + self.offset

    def _access(self, size: int, pointer: int, *, writes: bool) -> int:
        """Return the real address of bytes that a stream accesses."""
        address = self._host(size)
        if writes:
            self.mem._written = tracker.waits
        if tracker.active:
            access_bytes(self.mem, self.offset, size, writes=writes, pointer=pointer)
        return address

    def copy_from_host(self, mem: Any, size: int) -> None:
        """Copy bytes from a host address; a host → device transfer."""
        if size > 0:
            self.copy_from_host_async(mem, size, _LEGACY)
            synchronize(_LEGACY)

    def copy_from_host_async(self, mem: Any, size: int, stream: Any = None) -> None:
        """Copy bytes from a host address on a stream; a host → device transfer."""
        if size > 0:
            transfers.record("h2d", size, explicit=True)
            pointer, source = pointer_of(stream), _address(mem)
            target = self._access(size, pointer, writes=True)
            content = read_source(source, size, current_id(), pointer) if tracker.active else None
            ctypes.memmove(target, source if content is None else content, size)

    def copy_to_host(self, mem: Any, size: int) -> None:
        """Copy bytes to a host address; a device → host transfer."""
        if size > 0:
            self.copy_to_host_async(mem, size, _LEGACY)
            synchronize(_LEGACY)

    def copy_to_host_async(self, mem: Any, size: int, stream: Any = None) -> None:
        """Copy bytes to a host address on a stream; a device → host transfer."""
        if size > 0:
            transfers.record("d2h", size, explicit=True)
            pointer, target = pointer_of(stream), _address(mem)
            source = self._access(size, pointer, writes=False)
            if not tracker.active or not withhold(target, source, size, current_id(), pointer):
                ctypes.memmove(target, source, size)
                synchronize(pointer)

    def copy_from_device(self, src: MemoryPointer, size: int) -> None:
        """Copy bytes from device memory."""
        self.copy_from_device_async(src, size, _LEGACY)

    def copy_from_device_async(self, src: MemoryPointer, size: int, stream: Any = None) -> None:
        """Copy bytes from device memory on a stream."""
        if size > 0:
            pointer = pointer_of(stream)
            source = src._access(size, pointer, writes=False)
            ctypes.memmove(self._access(size, pointer, writes=True), source, size)

    def copy_from(self, mem: Any, size: int) -> None:
        """Copy bytes from device memory, or from a host address."""
        if isinstance(mem, MemoryPointer):
            self.copy_from_device(mem, size)
        else:
            self.copy_from_host(mem, size)

    def copy_from_async(self, mem: Any, size: int, stream: Any = None) -> None:
        """Copy bytes from device memory, or from a host address, on a stream."""
        if isinstance(mem, MemoryPointer):
            self.copy_from_device_async(mem, size, stream)
        else:
            self.copy_from_host_async(mem, size, stream)

    def memset(self, value: int, size: int) -> None:
        """Set bytes to a value."""
        if size > 0:
            self.memset_async(value, size, _LEGACY)
            synchronize(_LEGACY)

    def memset_async(self, value: int, size: int, stream: Any = None) -> None:
        """Set bytes to a value on a stream."""
        if size > 0:
            ctypes.memset(self._access(size, pointer_of(stream), writes=True), value, size)


def _address(mem: Any) -> int:
    """Return a host address, which is an integer or a ``ctypes.c_void_p`` in CuPy's copies."""
    return int((mem.value or 0) if isinstance(mem, ctypes.c_void_p) else mem)
