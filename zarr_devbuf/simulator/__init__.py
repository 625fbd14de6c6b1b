"""The simulated device: an array that behaves as ``cupy.ndarray`` does, on any machine."""

from __future__ import annotations

from zarr_devbuf.simulator._core.array import ndarray
from zarr_devbuf.simulator._core.device import Device, device_count, set_device_count
from zarr_devbuf.simulator._core.errors import CUDARuntimeError, OutOfMemoryError
from zarr_devbuf.simulator._core.pool import limit_memory
from zarr_devbuf.simulator._replace.simulate import simulate_cupy

__all__ = [
    "CUDARuntimeError",
    "Device",
    "OutOfMemoryError",
    "device_count",
    "limit_memory",
    "ndarray",
    "set_device_count",
    "simulate_cupy",
]
