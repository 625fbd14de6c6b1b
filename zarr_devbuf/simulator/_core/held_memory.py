"""Device memory that is allocated and freed by its address."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from zarr_devbuf.simulator._core.errors import CUDARuntimeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr_devbuf.simulator._core.memory import Block

__all__ = ["free", "hold"]

_blocks: dict[int, Block] = {}
_lock = threading.Lock()


def hold(make: Callable[[], Block], nbytes: int) -> int:
    """Make a block of memory and return its address; it lives until `free`.

    Parameters
    ----------
    make
        Makes the block, or raises.
    nbytes
        Its size in bytes; of 0 bytes, no block is made, and the address is 0.
    """
    if not nbytes:
        return 0
    block = make()
    address = block.ptr
    with _lock:
        _blocks[address] = block
    return address


def free(address: int) -> None:
    """Free the memory at an address; nothing is at address 0.

    Raises
    ------
    CUDARuntimeError
        If no memory is held at the address.
    """
    if not address:
        return
    with _lock:
        if address not in _blocks:
            raise CUDARuntimeError(1)
        block = _blocks.pop(address)
    # Outside the lock: the end of a block may run other code.
    del block
