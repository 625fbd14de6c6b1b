"""``cupy.cuda.runtime``: the parts of the CUDA runtime API that do not need a GPU."""

# ruff: noqa: N802, N816 - names and signatures are CuPy's.
from __future__ import annotations

import ctypes
from typing import Any

from zarr_devbuf.simulator._core.accesses import synchronize, synchronize_device
from zarr_devbuf.simulator._core.current_device import current_id, device_count, require_device, use
from zarr_devbuf.simulator._core.errors import CUDARuntimeError
from zarr_devbuf.simulator._core.memory import MemoryPointer, find_block
from zarr_devbuf.simulator._core.pool import memory_info
from zarr_devbuf.simulator._core.properties import attribute, properties

__all__ = [
    "CUDARuntimeError",
    "deviceCanAccessPeer",
    "deviceGetAttribute",
    "deviceSynchronize",
    "driverGetVersion",
    "getDevice",
    "getDeviceCount",
    "getDeviceProperties",
    "is_hip",
    "memGetInfo",
    "memcpy",
    "memcpyAsync",
    "memcpyDefault",
    "memcpyDeviceToDevice",
    "memcpyDeviceToHost",
    "memcpyHostToDevice",
    "memcpyHostToHost",
    "memset",
    "pointerGetAttributes",
    "pointerGetMemoryType",
    "profilerStart",
    "profilerStop",
    "runtimeGetVersion",
    "setDevice",
    "streamLegacy",
    "streamPerThread",
    "streamSynchronize",
]

is_hip = False
memcpyHostToHost, memcpyHostToDevice, memcpyDeviceToHost, memcpyDeviceToDevice = range(4)
memcpyDefault = 4
streamLegacy, streamPerThread = 1, 2
errorInvalidValue, errorMemoryAllocation = 1, 2


def getDeviceCount() -> int:
    """Return the number of devices; raise if there are none."""
    if not device_count():
        raise CUDARuntimeError(100)
    return device_count()


def getDevice() -> int:
    """Return the number of this thread's device."""
    return current_id()


def setDevice(device: int) -> None:
    """Select a device for this thread."""
    use(device)


def deviceSynchronize() -> None:
    """Wait for all work on this thread's device."""
    require_device(current_id())
    synchronize_device(current_id())


def streamSynchronize(stream: int) -> None:
    """Wait for all work on a stream."""
    synchronize(stream)


def deviceCanAccessPeer(device: int, peer: int) -> int:
    """Return 0: simulated devices have no peer access."""
    require_device(device)
    require_device(peer)
    return 0


def memGetInfo() -> tuple[int, int]:
    """Return the free and total bytes of this thread's device."""
    return memory_info(require_device(current_id()))


def getDeviceProperties(device: int) -> dict[str, Any]:
    """Return the properties of a simulated device."""
    return properties(device)


def deviceGetAttribute(attrib: int, device: int) -> int:
    """Return an attribute of a simulated device."""
    return attribute(attrib, device)


def profilerStart() -> None:
    """Do nothing: there is no profiler."""


def profilerStop() -> None:
    """Do nothing: there is no profiler."""


def _getCUDAMajorVersion() -> int:
    """Return the first number of the CUDA version."""
    return runtimeGetVersion() // 1000


def driverGetVersion() -> int:
    """Return the CUDA version that the simulator reports."""
    return 12090


def runtimeGetVersion() -> int:
    """Return the CUDA version that the simulator reports."""
    return 12090


class PointerAttributes:
    """The attributes of a device address."""

    def __init__(self, device: int, pointer: int) -> None:
        self.device = device
        self.devicePointer = pointer
        self.hostPointer = 0
        self.type = 2


def pointerGetAttributes(ptr: int) -> PointerAttributes:
    """Return the attributes of a device address."""
    return PointerAttributes(find_block(ptr).device_id, ptr)


def pointerGetMemoryType(ptr: int) -> int:
    """Return the kind of memory of an address."""
    return pointerGetAttributes(ptr).type


def _device_pointer(ptr: int) -> MemoryPointer:
    block = find_block(ptr)
    return MemoryPointer(block, ptr - block.ptr)


def memcpy(dst: int, src: int, size: int, kind: int) -> None:
    """Copy bytes between addresses; transfers between host and device are recorded."""
    memcpyAsync(dst, src, size, kind, streamLegacy)
    if size and kind in (memcpyHostToDevice, memcpyDeviceToHost):
        synchronize(streamLegacy)


def memcpyAsync(dst: int, src: int, size: int, kind: int, stream: int) -> None:
    """Copy bytes between addresses on a stream."""
    if not size:
        return
    if kind == memcpyHostToDevice:
        _device_pointer(dst).copy_from_host_async(src, size, stream)
    elif kind == memcpyDeviceToHost:
        _device_pointer(src).copy_to_host_async(dst, size, stream)
    elif kind == memcpyDeviceToDevice:
        _device_pointer(dst).copy_from_device_async(_device_pointer(src), size, stream)
    elif kind == memcpyHostToHost:
        ctypes.memmove(dst, src, size)
    else:
        raise CUDARuntimeError(1)


def memset(ptr: int, value: int, size: int) -> None:
    """Set bytes to a value."""
    _device_pointer(ptr).memset(value, size)
