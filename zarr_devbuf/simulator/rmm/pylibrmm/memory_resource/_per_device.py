"""Which memory resource each device uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr_devbuf.simulator._core.current_device import current_id, restore, use
from zarr_devbuf.simulator._core.pool import memory_info
from zarr_devbuf.simulator.rmm.pylibrmm.memory_resource._adaptors import LoggingResourceAdaptor
from zarr_devbuf.simulator.rmm.pylibrmm.memory_resource._base import DeviceMemoryResource
from zarr_devbuf.simulator.rmm.pylibrmm.memory_resource._resources import CudaMemoryResource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = [
    "available_device_memory",
    "disable_logging",
    "enable_logging",
    "get_current_device_resource",
    "get_log_filenames",
    "get_per_device_resource",
    "is_initialized",
    "replace_all",
    "set_current_device_resource",
    "set_per_device_resource",
]

_resources: dict[int, DeviceMemoryResource] = {}


def replace_all(devices: Iterable[int], make: Callable[[], DeviceMemoryResource]) -> None:
    """Forget the memory resources of all devices, and make new ones for some."""
    before = current_id()
    _resources.clear()
    try:
        for device in devices:
            use(device)
            set_per_device_resource(device, make())
    finally:
        restore(before)


def get_per_device_resource(device: int) -> DeviceMemoryResource:
    """Return the memory resource of a device; a new `CudaMemoryResource` if it has none."""
    if device not in _resources:
        _resources[device] = CudaMemoryResource()
    return _resources[device]


def set_per_device_resource(device: int, mr: DeviceMemoryResource) -> None:
    """Set the memory resource of a device."""
    if not isinstance(mr, DeviceMemoryResource):
        raise TypeError(
            "Argument 'mr' has incorrect type (expected DeviceMemoryResource, got "
            f"{type(mr).__name__})"
        )
    _resources[device] = mr


def get_current_device_resource() -> DeviceMemoryResource:
    """Return the memory resource of this thread's device."""
    return get_per_device_resource(current_id())


def set_current_device_resource(mr: DeviceMemoryResource) -> None:
    """Set the memory resource of this thread's device."""
    set_per_device_resource(current_id(), mr)


def is_initialized() -> bool:
    """Return True: memory resources are made when they are needed."""
    return True


def enable_logging(log_file_name: Any = None) -> None:
    """Log the events of the memory resources of all devices, see `LoggingResourceAdaptor`."""
    for device in list(_resources) or [0]:
        resource = get_per_device_resource(device)
        if not isinstance(resource, LoggingResourceAdaptor):
            set_per_device_resource(device, LoggingResourceAdaptor(resource, log_file_name))


def disable_logging() -> None:
    """Undo `enable_logging`."""
    for device, resource in list(_resources.items()):
        if isinstance(resource, LoggingResourceAdaptor):
            set_per_device_resource(device, resource.get_upstream())


def get_log_filenames() -> dict[int, str | None]:
    """Return the path of the log of each device; ``None`` if it has none."""
    return {
        device: resource.get_file_name() if isinstance(resource, LoggingResourceAdaptor) else None
        for device, resource in _resources.items()
    }


def available_device_memory() -> tuple[int, int]:
    """Return the free and the total bytes of this thread's device."""
    return memory_info(current_id())
