"""``cupy.cuda``: devices, streams, events and memory pools."""

from __future__ import annotations

import contextlib
import importlib
import warnings
from typing import TYPE_CHECKING, Any

from zarr_devbuf.simulator._core.current_device import device_count
from zarr_devbuf.simulator._core.device import Device
from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.memory import MemoryPointer, alloc
from zarr_devbuf.simulator._core.visible_modules import visible_module
from zarr_devbuf.simulator.cupy.cuda import (
    compiler,
    cufft,
    device,
    function,
    memory,
    memory_hook,
    nvtx,
    pinned_memory,
    profiler,
    runtime,
    stream,
)
from zarr_devbuf.simulator.cupy.cuda.function import Function, Module
from zarr_devbuf.simulator.cupy.cuda.memory import (
    BaseMemory,
    ManagedMemory,
    Memory,
    MemoryAsync,
    MemoryAsyncPool,
    MemoryPool,
    PooledMemory,
    PythonFunctionAllocator,
    UnownedMemory,
    get_allocator,
    get_default_memory_pool,
    malloc_async,
    malloc_managed,
    set_allocator,
    using_allocator,
)
from zarr_devbuf.simulator.cupy.cuda.memory_hook import MemoryHook
from zarr_devbuf.simulator.cupy.cuda.pinned_memory import (
    PinnedMemory,
    PinnedMemoryPointer,
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
from zarr_devbuf.simulator.cupy_backends.cuda.api import driver

if TYPE_CHECKING:
    from collections.abc import Iterator


def is_available() -> bool:
    """Return whether there is a simulated device."""
    return device_count() > 0


def get_device_id() -> int:
    """Return the number of this thread's device."""
    return Device().id


def get_local_runtime_version() -> int:
    """Return the CUDA version that the simulator reports."""
    return runtime.runtimeGetVersion()


def _without_toolkit() -> None:
    """Return None: there is no toolkit."""


get_cuda_path = get_nvcc_path = get_rocm_path = get_hipcc_path = _without_toolkit


@contextlib.contextmanager
def profile() -> Iterator[None]:
    """Profile a block; deprecated."""
    warnings.warn(
        "cupy.cuda.profile has been deprecated since CuPy v10 and will be removed in the future. "
        "Use cupyx.profiler.profile instead.",
        stacklevel=3,
    )
    seen = visible_module("cupy.cuda.profiler", profiler)
    seen.start()
    try:
        yield
    finally:
        seen.stop()


def __getattr__(name: str) -> Any:
    if name in ("curand", "cusolver", "cusparse"):
        # As in CuPy, `dir()` does not list these libraries. They exist if CuPy is replaced.
        try:
            return importlib.import_module(f"cupy_backends.cuda.libs.{name}")
        except ImportError as error:
            raise AttributeError(str(error)) from None
    if name in ("nccl", "cub", "thrust", "texture", "graph"):
        raise AttributeError(str(not_implemented(f"cupy.cuda.{name}")))
    raise AttributeError(f"module 'cupy.cuda' has no attribute {name!r}")


__all__ = [
    "BaseMemory",
    "Device",
    "Event",
    "ExternalStream",
    "Function",
    "ManagedMemory",
    "Memory",
    "MemoryAsync",
    "MemoryAsyncPool",
    "MemoryHook",
    "MemoryPointer",
    "MemoryPool",
    "Module",
    "PinnedMemory",
    "PinnedMemoryPointer",
    "PinnedMemoryPool",
    "PooledMemory",
    "PythonFunctionAllocator",
    "Stream",
    "UnownedMemory",
    "alloc",
    "alloc_pinned_memory",
    "compiler",
    "cufft",
    "device",
    "driver",
    "function",
    "get_allocator",
    "get_cuda_path",
    "get_current_stream",
    "get_default_memory_pool",
    "get_default_pinned_memory_pool",
    "get_device_id",
    "get_elapsed_time",
    "get_hipcc_path",
    "get_local_runtime_version",
    "get_nvcc_path",
    "get_rocm_path",
    "is_available",
    "malloc_async",
    "malloc_managed",
    "memory",
    "memory_hook",
    "nvtx",
    "pinned_memory",
    "profile",
    "profiler",
    "runtime",
    "set_allocator",
    "set_pinned_memory_allocator",
    "stream",
    "using_allocator",
]
