"""The device memory that a launch may access."""

from __future__ import annotations

import bisect
import ctypes
from typing import TYPE_CHECKING, Any

from zarr_devbuf.simulator._core.pool import address_range, device_memories
from zarr_devbuf.simulator._kernels.requests import Region

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zarr_devbuf.simulator._kernels.arguments import Argument
    from zarr_devbuf.simulator._kernels.module import HostModule

__all__ = ["make_regions", "reachable_blocks"]

_WORD = 8
_FIRST = 256


class _Blocks:
    """The live blocks that have addresses, by address."""

    def __init__(self) -> None:
        found = [item for memory in device_memories() for item in memory.registered()]
        found.sort(key=lambda item: item[0])
        self._starts = [start for start, _ in found]
        self._blocks: list[Any] = [block for _, block in found]

    def find(self, address: int) -> Any:
        position = bisect.bisect_right(self._starts, address) - 1
        if position < 0:
            return None
        block = self._blocks[position]
        return block if address < self._starts[position] + max(block.size, 1) else None


def reachable_blocks(
    arguments: Iterable[Argument], module: HostModule, variables: Iterable[Any]
) -> list[Any]:
    """Return the allocations that a kernel can reach.

    They are those of its arguments, and those whose addresses stand in scalar arguments or in
    memory that it can reach: tables of pointers, for instance. Memory is searched for words that
    are addresses of live allocations.

    Parameters
    ----------
    arguments
        The arguments of the launch.
    module
        The module of the kernel.
    variables
        Blocks that are global variables of the module.
    """
    blocks = _Blocks()
    found: dict[int, Any] = {}
    pending: list[Any] = list(variables)
    for argument in arguments:
        block = argument.block
        if block is not None and block.host == block.ptr:
            # A global variable of a module: it is in no device's registry.
            pending.append(block)
            continue
        if argument.start:
            addresses: Iterable[int] = (argument.start,)
        else:
            addresses = _addresses_in(argument.data)
        pending += [block for address in addresses if (block := blocks.find(address)) is not None]
    while pending:
        block = pending.pop()
        if block.ptr in found or not block.nbytes:
            continue
        found[block.ptr] = block
        pending += [
            other
            for address in _addresses_in_memory(module, block)
            if (other := blocks.find(address)) is not None
        ]
    return list(found.values())


def _addresses_in(data: bytes) -> Iterator[int]:
    start, end = address_range()
    for position in range(0, len(data) - _WORD + 1, _WORD):
        word = int.from_bytes(data[position : position + _WORD], "little")
        if start <= word < end:
            yield word


def _addresses_in_memory(module: HostModule, block: Any) -> list[int]:
    start, end = address_range()
    room = _FIRST
    while True:
        words = (ctypes.c_uint64 * room)()
        count = module.find_addresses(
            ctypes.c_void_p(block.host),
            ctypes.c_uint64(block.nbytes),
            ctypes.c_uint64(start),
            ctypes.c_uint64(end),
            words,
            ctypes.c_uint64(room),
        )
        if count <= room:
            return list(dict.fromkeys(words[:count]))
        room = count


def make_regions(blocks: list[Any]) -> Any:
    """Return the array of regions for the runtime."""
    regions = (Region * max(len(blocks), 1))()
    for region, block in zip(regions, blocks, strict=False):
        region.host, region.device, region.nbytes = block.host, block.ptr, block.nbytes
    return regions
