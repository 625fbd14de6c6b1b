"""Device memory by its address, as other libraries get it from the CUDA array interface."""

# ruff: noqa: SLF001 - the state of memory is private to this package.
from __future__ import annotations

from typing import Any

from zarr_devbuf.simulator._core.accesses import access_bytes, pointer_of, synchronize
from zarr_devbuf.simulator._core.errors import CUDARuntimeError
from zarr_devbuf.simulator._core.memory import MemoryPointer, find_block
from zarr_devbuf.simulator._ordering.tracker import tracker

__all__ = ["device_pointer", "host_of", "is_device_address", "record_io"]

_LEGACY = 1
# A stream on which libraries for files copy; like a blocking one, it waits for the default stream.
_FILES = 0x6F00_0000_0000


def is_device_address(address: int) -> bool:
    """Return whether an address is in live device memory, of any device."""
    try:
        find_block(address)
    except CUDARuntimeError:
        return False
    return True


def device_pointer(address: int) -> MemoryPointer:
    """Return a pointer for an address in device memory.

    Raises
    ------
    CUDARuntimeError
        If no live block of memory contains the address.
    """
    block = find_block(address)
    return MemoryPointer(block, address - block.ptr)


def host_of(address: int, nbytes: int) -> int:
    """Return the real address of a range of device memory.

    Parameters
    ----------
    address
        The device address of the first byte.
    nbytes
        Bytes, which must be in the same block as the address.

    Raises
    ------
    CUDARuntimeError
        If the range is not in one live block of memory.
    """
    return device_pointer(address)._host(nbytes)


def record_io(pointer: MemoryPointer, nbytes: int, *, writes: bool, stream: Any = None) -> None:
    """Record that a library copies between a file and device memory.

    Parameters
    ----------
    pointer, nbytes
        The device memory.
    writes
        Whether device memory is written.
    stream
        The address of the stream. By default the library waits for the default stream, copies on a
        stream of its own, and waits for that.
    """
    if writes:
        pointer.mem._written = tracker.waits
    if stream is None:
        synchronize(_LEGACY)
    if not tracker.active:
        return
    where = _FILES + pointer.device_id if stream is None else pointer_of(stream)
    access_bytes(pointer.mem, pointer.offset, nbytes, writes=writes, pointer=where)
    if stream is None:
        synchronize(where)
