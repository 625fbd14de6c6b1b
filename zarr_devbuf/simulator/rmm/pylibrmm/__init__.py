"""``rmm.pylibrmm``: memory, streams and memory resources."""

from zarr_devbuf.simulator.rmm.pylibrmm import (
    cuda_stream_pool,
    device_buffer,
    logger,
    memory_resource,
    stream,
)
from zarr_devbuf.simulator.rmm.pylibrmm.cuda_stream_pool import CudaStreamPool
from zarr_devbuf.simulator.rmm.pylibrmm.device_buffer import DeviceBuffer
from zarr_devbuf.simulator.rmm.pylibrmm.stream import CudaStreamFlags

__all__ = [
    "CudaStreamFlags",
    "CudaStreamPool",
    "DeviceBuffer",
    "cuda_stream_pool",
    "device_buffer",
    "logger",
    "memory_resource",
    "stream",
]
