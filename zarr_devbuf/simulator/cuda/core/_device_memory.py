"""The pool of a device."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any

from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.held_memory import free, hold
from zarr_devbuf.simulator._core.memory import MemoryAsync
from zarr_devbuf.simulator._core.refusals import refused_method, refused_property
from zarr_devbuf.simulator.cuda.core._buffer import Buffer, MemoryResource
from zarr_devbuf.simulator.cuda.core._stream import Stream, accept

__all__ = ["DeviceMemoryResource", "DeviceMemoryResourceOptions"]


@dataclass
class DeviceMemoryResourceOptions:
    """Options of a pool of device memory.

    Parameters
    ----------
    ipc_enabled
        Whether other processes can use the memory: not implemented.
    max_size
        The most bytes; without effect.
    """

    ipc_enabled: bool = False
    max_size: int = 0


class DeviceMemoryResource(MemoryResource):
    """The pool of a device, from which memory is allocated on streams.

    Parameters
    ----------
    device_id
        The device.
    options
        For a new pool.
    """

    def __init__(self, device_id: Any, options: DeviceMemoryResourceOptions | None = None) -> None:
        self._device_id = int(getattr(device_id, "device_id", device_id))
        self._is_own = options is not None
        if options is not None and options.ipc_enabled:
            raise not_implemented("cuda.core.DeviceMemoryResourceOptions(ipc_enabled=True)")

    def allocate(self, size: int, *, stream: Stream) -> Buffer:
        """Allocate bytes on a stream; the simulated device does so at once."""
        accepted, nbytes = accept(stream), operator.index(size)
        if nbytes < 0:
            raise OverflowError("can't convert negative value to size_t")
        address = hold(lambda: MemoryAsync(nbytes, accepted), nbytes)
        return Buffer.from_handle(address, nbytes, self, stream=accepted)

    def deallocate(self, ptr: Any, size: int, *, stream: Stream) -> None:  # noqa: ARG002
        """Free memory on a stream; the simulated device does so at once."""
        accept(stream)
        free(int(ptr))

    @property
    def is_device_accessible(self) -> bool:
        """True."""
        return True

    @property
    def is_host_accessible(self) -> bool:
        """False."""
        return False

    @property
    def device_id(self) -> int:
        """The number of the device."""
        return self._device_id

    @property
    def is_handle_owned(self) -> bool:
        """Whether the pool is a new one."""
        return self._is_own

    @property
    def is_ipc_enabled(self) -> bool:
        """False."""
        return False

    @property
    def is_mapped(self) -> bool:
        """False."""
        return False

    def close(self) -> None:
        """Do nothing: the memory lives until its buffers are closed."""

    allocation_handle = refused_property("cuda.core.DeviceMemoryResource.allocation_handle")
    attributes = refused_property("cuda.core.DeviceMemoryResource.attributes")
    handle = refused_property("cuda.core.DeviceMemoryResource.handle")
    is_closed = refused_property("cuda.core.DeviceMemoryResource.is_closed")
    peer_accessible_by = refused_property("cuda.core.DeviceMemoryResource.peer_accessible_by")
    uuid = refused_property("cuda.core.DeviceMemoryResource.uuid")
    register = refused_method("cuda.core.DeviceMemoryResource.register")
    from_registry = staticmethod(refused_method("cuda.core.DeviceMemoryResource.from_registry"))
    from_allocation_handle = staticmethod(
        refused_method("cuda.core.DeviceMemoryResource.from_allocation_handle")
    )
