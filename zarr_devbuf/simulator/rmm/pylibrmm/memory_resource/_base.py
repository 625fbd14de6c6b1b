"""The base classes of memory resources."""

from __future__ import annotations

import operator
from typing import Any

from zarr_devbuf.simulator.rmm.pylibrmm.stream import DEFAULT_STREAM, Stream, as_stream

__all__ = ["ALIGNMENT", "DeviceMemoryResource", "UpstreamResourceAdaptor", "round_up", "size_t"]

ALIGNMENT = 256


def size_t(value: Any) -> int:
    """Return a number of bytes as an int."""
    number = operator.index(value)
    if number < 0:
        raise OverflowError("can't convert negative value to size_t")
    return number


def round_up(nbytes: int) -> int:
    """Return a size in whole units of 256 bytes."""
    return -(-nbytes // ALIGNMENT) * ALIGNMENT


class DeviceMemoryResource:
    """Allocates device memory, and is used by a `DeviceBuffer`."""

    def allocate(self, nbytes: int, stream: Stream = DEFAULT_STREAM) -> int:
        """Allocate bytes on this thread's device, and return their address.

        Raises
        ------
        MemoryError
            If they do not fit into the device's memory, or exceed a limit.
        """
        return self._allocate(size_t(nbytes), as_stream(stream))

    def deallocate(self, ptr: int, nbytes: int, stream: Stream = DEFAULT_STREAM) -> None:
        """Free the memory at an address, of a number of bytes."""
        self._deallocate(operator.index(ptr), size_t(nbytes), as_stream(stream))

    def _allocate(self, nbytes: int, stream: Stream) -> int:
        raise NotImplementedError(f"{type(self).__name__} allocates no memory")

    def _deallocate(self, ptr: int, nbytes: int, stream: Stream) -> None:
        raise NotImplementedError(f"{type(self).__name__} frees no memory")


class UpstreamResourceAdaptor(DeviceMemoryResource):
    """Takes memory from another memory resource.

    Parameters
    ----------
    upstream_mr
        The other one.
    """

    def __init__(self, upstream_mr: DeviceMemoryResource) -> None:
        if upstream_mr is None:
            raise Exception("Argument `upstream_mr` must not be None")  # noqa: TRY002 - as rmm
        if not isinstance(upstream_mr, DeviceMemoryResource):
            raise TypeError(
                "Argument 'upstream_mr' has incorrect type (expected "
                f"DeviceMemoryResource, got {type(upstream_mr).__name__})"
            )
        self._upstream = upstream_mr

    @property
    def upstream_mr(self) -> DeviceMemoryResource:
        """The other memory resource."""
        return self._upstream

    def get_upstream(self) -> DeviceMemoryResource:
        """Return the other memory resource."""
        return self._upstream

    def _allocate(self, nbytes: int, stream: Stream) -> int:
        return self._upstream.allocate(nbytes, stream)

    def _deallocate(self, ptr: int, nbytes: int, stream: Stream) -> None:
        self._upstream.deallocate(ptr, nbytes, stream)
