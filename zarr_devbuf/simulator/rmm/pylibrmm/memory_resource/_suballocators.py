"""Memory resources that divide the memory of another one.

In RMM they take large pieces at once. The simulator's take what is needed when it is needed, so
that the books of the device show the memory in use, as with CuPy's pools, and limits of memory hold
for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr_devbuf.simulator._core.current_device import current_id
from zarr_devbuf.simulator._core.pool import memory_info
from zarr_devbuf.simulator.rmm.pylibrmm._byte_sizes import parse_bytes
from zarr_devbuf.simulator.rmm.pylibrmm.memory_resource._base import (
    ALIGNMENT,
    DeviceMemoryResource,
    UpstreamResourceAdaptor,
    round_up,
    size_t,
)

if TYPE_CHECKING:
    from zarr_devbuf.simulator.rmm.pylibrmm.stream import Stream

__all__ = [
    "ArenaMemoryResource",
    "BinningMemoryResource",
    "FixedSizeMemoryResource",
    "PoolMemoryResource",
]


class PoolMemoryResource(UpstreamResourceAdaptor):
    """A pool of memory.

    Parameters
    ----------
    upstream_mr
        Where memory is taken from.
    initial_pool_size
        Bytes that the pool has at first, as a number or as text; half of the free memory by
        default. It is not taken from `upstream_mr`.
    maximum_pool_size
        The most bytes that may be in use.
    """

    def __init__(
        self,
        upstream_mr: DeviceMemoryResource,
        initial_pool_size: int | str | None = None,
        maximum_pool_size: int | str | None = None,
    ) -> None:
        super().__init__(upstream_mr)
        if initial_pool_size is None:
            free, _ = memory_info(current_id())
            self._size = free // 2 // ALIGNMENT * ALIGNMENT
        else:
            self._size = parse_bytes(initial_pool_size)
        self._maximum = None if maximum_pool_size is None else parse_bytes(maximum_pool_size)
        for which, size in (("Initial", self._size), ("Maximum", self._maximum)):
            if size is not None and size % ALIGNMENT:
                raise RuntimeError(
                    f"RMM failure: Error, {which} pool size required to be a multiple of 256 bytes"
                )
        if self._maximum is not None and self._size > self._maximum:
            raise RuntimeError("RMM failure: Initial pool size exceeds the maximum pool size!")
        self._used = 0

    def pool_size(self) -> int:
        """Return the bytes that the pool has: the initial size, or what has been in use at most."""
        return self._size

    def _allocate(self, nbytes: int, stream: Stream) -> int:
        nbytes = round_up(nbytes)
        if self._maximum is not None and self._used + nbytes > self._maximum:
            raise MemoryError(
                "std::bad_alloc: out_of_memory: Maximum pool size exceeded (failed to allocate "
                f"{nbytes} bytes)"
            )
        address = super()._allocate(nbytes, stream)
        self._used += nbytes
        self._size = max(self._size, self._used)
        return address

    def _deallocate(self, ptr: int, nbytes: int, stream: Stream) -> None:
        nbytes = round_up(nbytes)
        super()._deallocate(ptr, nbytes, stream)
        self._used -= nbytes


class ArenaMemoryResource(UpstreamResourceAdaptor):
    """Memory for each thread.

    Parameters
    ----------
    upstream_mr
        Where memory is taken from.
    arena_size, dump_log_on_failure
        Bytes of all, and whether failures are logged; without effect.
    """

    def __init__(
        self,
        upstream_mr: DeviceMemoryResource,
        arena_size: int | str | None = None,
        dump_log_on_failure: bool = False,  # noqa: ARG002
    ) -> None:
        super().__init__(upstream_mr)
        if arena_size is not None:
            parse_bytes(arena_size)


class FixedSizeMemoryResource(UpstreamResourceAdaptor):
    """Blocks of one size.

    Parameters
    ----------
    upstream_mr
        Where memory is taken from.
    block_size
        Bytes of each block; no more can be allocated at once.
    blocks_to_preallocate
        Blocks that are taken at once; without effect.
    """

    def __init__(
        self,
        upstream_mr: DeviceMemoryResource,
        block_size: int = 1 << 20,
        blocks_to_preallocate: int = 128,
    ) -> None:
        super().__init__(upstream_mr)
        self._block_size = round_up(size_t(block_size))
        size_t(blocks_to_preallocate)

    def _allocate(self, nbytes: int, stream: Stream) -> int:
        if not nbytes:
            return 0
        if nbytes > self._block_size:
            raise MemoryError("std::bad_alloc: RMM failure: bytes must be <= block_size")
        return super()._allocate(self._block_size, stream)

    def _deallocate(self, ptr: int, nbytes: int, stream: Stream) -> None:
        if ptr:
            super()._deallocate(ptr, self._block_size if nbytes else 0, stream)


class BinningMemoryResource(UpstreamResourceAdaptor):
    """Chooses a memory resource by the size of an allocation.

    Parameters
    ----------
    upstream_mr
        For allocations that are larger than every bin.
    min_size_exponent, max_size_exponent
        If given, there is a bin of blocks for each power of two between them.
    """

    def __init__(
        self,
        upstream_mr: DeviceMemoryResource,
        min_size_exponent: int = -1,
        max_size_exponent: int = -1,
    ) -> None:
        super().__init__(upstream_mr)
        self._bins: dict[int, DeviceMemoryResource] = {}
        self._given: list[DeviceMemoryResource] = []
        if -1 not in {min_size_exponent, max_size_exponent}:
            for exponent in range(min_size_exponent, max_size_exponent + 1):
                self.add_bin(1 << exponent)

    def add_bin(
        self, allocation_size: int, bin_resource: DeviceMemoryResource | None = None
    ) -> None:
        """Add a bin for allocations of up to a number of bytes."""
        size = round_up(size_t(allocation_size))
        if bin_resource is not None:
            self._given.append(bin_resource)
            self._bins[size] = bin_resource
        elif size not in self._bins:
            self._bins[size] = FixedSizeMemoryResource(self._upstream, size)

    @property
    def bin_mrs(self) -> list[DeviceMemoryResource]:
        """The memory resources that were given to `add_bin`."""
        return self._given

    def _of(self, nbytes: int) -> DeviceMemoryResource:
        fitting = [size for size in self._bins if nbytes <= size]
        return self._bins[min(fitting)] if fitting else self._upstream

    def _allocate(self, nbytes: int, stream: Stream) -> int:
        return self._of(nbytes).allocate(nbytes, stream) if nbytes else 0

    def _deallocate(self, ptr: int, nbytes: int, stream: Stream) -> None:
        self._of(nbytes).deallocate(ptr, nbytes, stream)
