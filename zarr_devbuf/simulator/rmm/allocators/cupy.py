"""``rmm.allocators.cupy``: an allocator for CuPy."""

from __future__ import annotations

from typing import Any

from zarr_devbuf.simulator._core.current_device import current_id
from zarr_devbuf.simulator._core.memory import MemoryPointer, UnownedMemory
from zarr_devbuf.simulator._core.stream_pointers import current_pointer
from zarr_devbuf.simulator.rmm import pylibrmm
from zarr_devbuf.simulator.rmm.pylibrmm.device_buffer import DeviceBuffer
from zarr_devbuf.simulator.rmm.pylibrmm.stream import Stream, stream_at

__all__ = ["Stream", "pylibrmm", "rmm_cupy_allocator"]


def rmm_cupy_allocator(nbytes: int) -> Any:
    """Allocate bytes for CuPy, with the memory resource of this thread's device.

    Use it as ``cupy.cuda.set_allocator(rmm_cupy_allocator)``.
    """
    buffer = DeviceBuffer(size=nbytes, stream=stream_at(current_pointer()))
    device_id = -1 if buffer.ptr else current_id()
    return MemoryPointer(UnownedMemory(buffer.ptr, buffer.size, buffer, device_id), 0)
