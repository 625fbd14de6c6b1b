"""Device memory by its address, as other libraries get it from the CUDA array interface."""

# ruff: noqa: SLF001 - the state of memory is private to this package.
from __future__ import annotations

from zarr_devbuf.simulator._core.errors import CUDARuntimeError
from zarr_devbuf.simulator._core.memory import MemoryPointer, find_block

__all__ = ["device_pointer", "host_of", "is_device_address"]


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
