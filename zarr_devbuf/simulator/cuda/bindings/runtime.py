"""``cuda.bindings.runtime``: functions of the CUDA runtime; each returns its error first."""

# ruff: noqa: ARG001, N801, N802 - names and signatures are CUDA's.
from __future__ import annotations

from typing import Any

from zarr_devbuf.simulator._core.accesses import synchronize, synchronize_device
from zarr_devbuf.simulator._core.addresses import device_pointer
from zarr_devbuf.simulator._core.current_device import current_id, device_count, require_device, use
from zarr_devbuf.simulator._core.errors import CUDARuntimeError
from zarr_devbuf.simulator._core.held_memory import free, hold
from zarr_devbuf.simulator._core.memory import ManagedMemory, Memory
from zarr_devbuf.simulator._core.pool import memory_info
from zarr_devbuf.simulator._core.properties import attribute
from zarr_devbuf.simulator._core.stream_pointers import new_pointer
from zarr_devbuf.simulator._ordering.tracker import tracker
from zarr_devbuf.simulator.cuda.bindings._arguments import (
    Handle,
    address_of,
    copy,
    returns_errors,
)
from zarr_devbuf.simulator.cuda.bindings._enums import enumerations

_ENUMERATIONS = enumerations("runtime")
globals().update(_ENUMERATIONS)
_ERRORS: Any = _ENUMERATIONS["cudaError_t"]
_KINDS: Any = _ENUMERATIONS["cudaMemcpyKind"]
_SUCCESS = _ERRORS.cudaSuccess
_NON_BLOCKING = 1

__all__ = [  # noqa: PLE0604 - the enumerations have CUDA's names
    "cudaDeviceGetAttribute",
    "cudaDeviceSynchronize",
    "cudaDriverGetVersion",
    "cudaEvent_t",
    "cudaFree",
    "cudaFreeAsync",
    "cudaGetDevice",
    "cudaGetDeviceCount",
    "cudaGetErrorName",
    "cudaGetErrorString",
    "cudaGetLastError",
    "cudaMalloc",
    "cudaMallocAsync",
    "cudaMallocManaged",
    "cudaMemGetInfo",
    "cudaMemcpy",
    "cudaMemcpyAsync",
    "cudaMemset",
    "cudaMemsetAsync",
    "cudaPeekAtLastError",
    "cudaProfilerStart",
    "cudaProfilerStop",
    "cudaRuntimeGetVersion",
    "cudaSetDevice",
    "cudaStreamCreate",
    "cudaStreamCreateWithFlags",
    "cudaStreamDestroy",
    "cudaStreamQuery",
    "cudaStreamSynchronize",
    "cudaStream_t",
    *_ENUMERATIONS,
]


class cudaStream_t(Handle):
    """A stream."""

    __slots__ = ()


class cudaEvent_t(Handle):
    """An event."""

    __slots__ = ()


@returns_errors(_SUCCESS)
def cudaGetDeviceCount() -> Any:
    """Return the number of devices."""
    if not device_count():
        raise CUDARuntimeError(100)
    return device_count()


@returns_errors(_SUCCESS)
def cudaGetDevice() -> Any:
    """Return the number of this thread's device."""
    return require_device(current_id())


@returns_errors(_SUCCESS, 0)
def cudaSetDevice(device: int) -> Any:
    """Select a device for this thread."""
    use(device)


@returns_errors(_SUCCESS)
def cudaDeviceGetAttribute(attr: Any, device: int) -> Any:
    """Return an attribute of a device."""
    return attribute(int(attr), device)


@returns_errors(_SUCCESS, 0)
def cudaDeviceSynchronize() -> Any:
    """Wait for all work on this thread's device."""
    require_device(current_id())
    synchronize_device(current_id())


@returns_errors(_SUCCESS)
def cudaDriverGetVersion() -> Any:
    """Return the CUDA version that the simulator reports."""
    return 12090


@returns_errors(_SUCCESS)
def cudaRuntimeGetVersion() -> Any:
    """Return the CUDA version that the simulator reports."""
    return 12090


@returns_errors(_SUCCESS, 2)
def cudaMemGetInfo() -> Any:
    """Return the free and the total bytes of this thread's device."""
    return memory_info(require_device(current_id()))


@returns_errors(_SUCCESS)
def cudaMalloc(size: int) -> Any:
    """Allocate bytes of device memory, and return their address."""
    return hold(lambda: Memory(size), size)


@returns_errors(_SUCCESS)
def cudaMallocAsync(size: int, hStream: Any) -> Any:  # noqa: N803
    """Allocate bytes of device memory on a stream; the simulated device does so at once."""
    return hold(lambda: Memory(size), size)


@returns_errors(_SUCCESS)
def cudaMallocManaged(size: int, flags: int) -> Any:
    """Allocate bytes of managed memory, and return their address."""
    return hold(lambda: ManagedMemory(size), size)


@returns_errors(_SUCCESS, 0)
def cudaFree(devPtr: Any) -> Any:  # noqa: N803
    """Free memory."""
    free(address_of(devPtr))


@returns_errors(_SUCCESS, 0)
def cudaFreeAsync(devPtr: Any, hStream: Any) -> Any:  # noqa: N803
    """Free memory on a stream; the simulated device does so at once."""
    free(address_of(devPtr))


def _copy(dst: Any, src: Any, count: int, kind: Any, stream: Any = None) -> None:
    sides: dict[int, tuple[bool | None, bool | None]] = {
        _KINDS.cudaMemcpyHostToHost: (False, False),
        _KINDS.cudaMemcpyHostToDevice: (True, False),
        _KINDS.cudaMemcpyDeviceToHost: (False, True),
        _KINDS.cudaMemcpyDeviceToDevice: (True, True),
        _KINDS.cudaMemcpyDefault: (None, None),
    }
    copy(dst, src, count, *sides[kind], stream)


@returns_errors(_SUCCESS, 0)
def cudaMemcpy(dst: Any, src: Any, count: int, kind: Any) -> Any:
    """Copy bytes between addresses; copies between host and device are recorded as transfers."""
    _copy(dst, src, count, kind)


@returns_errors(_SUCCESS, 0)
def cudaMemcpyAsync(dst: Any, src: Any, count: int, kind: Any, stream: Any) -> Any:
    """Copy bytes on a stream."""
    _copy(dst, src, count, kind, int(stream))


@returns_errors(_SUCCESS, 0)
def cudaMemset(devPtr: Any, value: int, count: int) -> Any:  # noqa: N803
    """Set bytes of device memory."""
    device_pointer(address_of(devPtr)).memset(value & 0xFF, count)


@returns_errors(_SUCCESS, 0)
def cudaMemsetAsync(devPtr: Any, value: int, count: int, stream: Any) -> Any:  # noqa: N803
    """Set bytes of device memory on a stream."""
    device_pointer(address_of(devPtr)).memset_async(value & 0xFF, count, int(stream))


@returns_errors(_SUCCESS)
def cudaStreamCreate() -> Any:
    """Return a new stream."""
    return cudaStream_t(new_pointer(non_blocking=False))


@returns_errors(_SUCCESS)
def cudaStreamCreateWithFlags(flags: int) -> Any:
    """Return a new stream; with the flag 1, one that does not wait for the default stream."""
    return cudaStream_t(new_pointer(non_blocking=bool(flags & _NON_BLOCKING)))


@returns_errors(_SUCCESS, 0)
def cudaStreamDestroy(stream: Any) -> Any:
    """Destroy a stream; what it was given to do is still done."""
    tracker.destroyed(int(stream))


@returns_errors(_SUCCESS, 0)
def cudaStreamQuery(stream: Any) -> Any:
    """Return that all work is done. The host knows it now."""
    synchronize(int(stream))


@returns_errors(_SUCCESS, 0)
def cudaStreamSynchronize(stream: Any) -> Any:
    """Wait for all work on a stream."""
    synchronize(int(stream))


@returns_errors(_SUCCESS, 0)
def cudaProfilerStart() -> Any:
    """Do nothing: there is no profiler."""


@returns_errors(_SUCCESS, 0)
def cudaProfilerStop() -> Any:
    """Do nothing: there is no profiler."""


def cudaGetLastError() -> Any:
    """Return that there was no error: each function returns its own."""
    return (_SUCCESS,)


def cudaPeekAtLastError() -> Any:
    """Return that there was no error: each function returns its own."""
    return (_SUCCESS,)


def cudaGetErrorName(error: Any) -> Any:
    """Return the name of an error, as bytes."""
    return _SUCCESS, _ERRORS(error).name.encode()


def cudaGetErrorString(error: Any) -> Any:
    """Return the text of an error, as bytes."""
    text = str(CUDARuntimeError(int(error))).partition(": ")[2] if error else "no error"
    return _SUCCESS, text.encode()
