"""``cuda.core``: devices, streams, events and device memory."""

from zarr_devbuf.simulator.cuda.core._buffer import Buffer, MemoryResource
from zarr_devbuf.simulator.cuda.core._device import Device
from zarr_devbuf.simulator.cuda.core._device_memory import (
    DeviceMemoryResource,
    DeviceMemoryResourceOptions,
)
from zarr_devbuf.simulator.cuda.core._stream import (
    LEGACY_DEFAULT_STREAM,
    PER_THREAD_DEFAULT_STREAM,
    Event,
    EventOptions,
    Stream,
    StreamOptions,
)

__version__ = "1.2.2"

__all__ = [
    "LEGACY_DEFAULT_STREAM",
    "PER_THREAD_DEFAULT_STREAM",
    "Buffer",
    "Device",
    "DeviceMemoryResource",
    "DeviceMemoryResourceOptions",
    "Event",
    "EventOptions",
    "MemoryResource",
    "Stream",
    "StreamOptions",
]
