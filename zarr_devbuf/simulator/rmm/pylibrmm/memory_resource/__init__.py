"""``rmm.pylibrmm.memory_resource``: memory resources, and which one each device uses."""

from zarr_devbuf.simulator.rmm.pylibrmm.memory_resource._adaptors import (
    FailureCallbackResourceAdaptor,
    LimitingResourceAdaptor,
    LoggingResourceAdaptor,
    PrefetchResourceAdaptor,
    TrackingResourceAdaptor,
)
from zarr_devbuf.simulator.rmm.pylibrmm.memory_resource._base import (
    DeviceMemoryResource,
    UpstreamResourceAdaptor,
)
from zarr_devbuf.simulator.rmm.pylibrmm.memory_resource._per_device import (
    available_device_memory,
    disable_logging,
    enable_logging,
    get_current_device_resource,
    get_log_filenames,
    get_per_device_resource,
    is_initialized,
    set_current_device_resource,
    set_per_device_resource,
)
from zarr_devbuf.simulator.rmm.pylibrmm.memory_resource._resources import (
    CallbackMemoryResource,
    CudaAsyncMemoryResource,
    CudaMemoryResource,
    ManagedMemoryResource,
)
from zarr_devbuf.simulator.rmm.pylibrmm.memory_resource._statistics import (
    StatisticsResourceAdaptor,
)
from zarr_devbuf.simulator.rmm.pylibrmm.memory_resource._suballocators import (
    ArenaMemoryResource,
    BinningMemoryResource,
    FixedSizeMemoryResource,
    PoolMemoryResource,
)

__all__ = [
    "ArenaMemoryResource",
    "BinningMemoryResource",
    "CallbackMemoryResource",
    "CudaAsyncMemoryResource",
    "CudaMemoryResource",
    "DeviceMemoryResource",
    "FailureCallbackResourceAdaptor",
    "FixedSizeMemoryResource",
    "LimitingResourceAdaptor",
    "LoggingResourceAdaptor",
    "ManagedMemoryResource",
    "PoolMemoryResource",
    "PrefetchResourceAdaptor",
    "StatisticsResourceAdaptor",
    "TrackingResourceAdaptor",
    "UpstreamResourceAdaptor",
    "available_device_memory",
    "disable_logging",
    "enable_logging",
    "get_current_device_resource",
    "get_log_filenames",
    "get_per_device_resource",
    "is_initialized",
    "set_current_device_resource",
    "set_per_device_resource",
]
