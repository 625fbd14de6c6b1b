"""``cupy.cuda``: devices, streams, events and memory pools."""

from __future__ import annotations

from typing import Any

from zarr_devbuf.simulator._core.current_device import device_count
from zarr_devbuf.simulator._core.device import Device
from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.memory import MemoryPointer, alloc
from zarr_devbuf.simulator._functions.not_implemented import not_implemented_class
from zarr_devbuf.simulator.cupy.cuda import device, memory, pinned_memory, runtime, stream
from zarr_devbuf.simulator.cupy.cuda.memory import (
    MemoryPool,
    UnownedMemory,
    get_allocator,
    get_default_memory_pool,
    set_allocator,
    using_allocator,
)
from zarr_devbuf.simulator.cupy.cuda.pinned_memory import (
    PinnedMemoryPool,
    alloc_pinned_memory,
    get_default_pinned_memory_pool,
    set_pinned_memory_allocator,
)
from zarr_devbuf.simulator.cupy.cuda.stream import (
    Event,
    ExternalStream,
    Stream,
    get_current_stream,
    get_elapsed_time,
)

Memory = not_implemented_class("cupy.cuda.Memory")
ManagedMemory = not_implemented_class("cupy.cuda.ManagedMemory")
MemoryAsyncPool = not_implemented_class("cupy.cuda.MemoryAsyncPool")
MemoryHook = not_implemented_class("cupy.cuda.MemoryHook")
PythonFunctionAllocator = not_implemented_class("cupy.cuda.PythonFunctionAllocator")
Function = not_implemented_class("cupy.cuda.Function")
Module = not_implemented_class("cupy.cuda.Module")


def is_available() -> bool:
    """Return whether there is a simulated device."""
    return device_count() > 0


def get_device_id() -> int:
    """Return the number of this thread's device."""
    return Device().id


def get_local_runtime_version() -> int:
    """Return the CUDA version that the simulator reports."""
    return runtime.runtimeGetVersion()


def __getattr__(name: str) -> Any:
    if name in ("nvtx", "profiler", "nccl", "cub", "thrust", "texture", "graph"):
        raise AttributeError(str(not_implemented(f"cupy.cuda.{name}")))
    raise AttributeError(f"module 'cupy.cuda' has no attribute {name!r}")


__all__ = [
    "Device",
    "Event",
    "ExternalStream",
    "Function",
    "ManagedMemory",
    "Memory",
    "MemoryAsyncPool",
    "MemoryHook",
    "MemoryPointer",
    "MemoryPool",
    "Module",
    "PinnedMemoryPool",
    "PythonFunctionAllocator",
    "Stream",
    "UnownedMemory",
    "alloc",
    "alloc_pinned_memory",
    "device",
    "get_allocator",
    "get_current_stream",
    "get_default_memory_pool",
    "get_default_pinned_memory_pool",
    "get_device_id",
    "get_elapsed_time",
    "get_local_runtime_version",
    "is_available",
    "memory",
    "pinned_memory",
    "runtime",
    "set_allocator",
    "set_pinned_memory_allocator",
    "stream",
    "using_allocator",
]
