"""``cuda.bindings.driver``: functions of the CUDA driver; each returns its error first."""

# ruff: noqa: ARG001, N802, N803 - names and signatures are CUDA's.
from __future__ import annotations

from typing import Any

from zarr_devbuf.simulator._core.accesses import synchronize, synchronize_device
from zarr_devbuf.simulator._core.addresses import device_pointer
from zarr_devbuf.simulator._core.current_device import current_id, device_count, require_device
from zarr_devbuf.simulator._core.errors import CUDARuntimeError
from zarr_devbuf.simulator._core.held_memory import free, hold
from zarr_devbuf.simulator._core.memory import Memory
from zarr_devbuf.simulator._core.pool import memory_info
from zarr_devbuf.simulator._core.stream_pointers import new_pointer
from zarr_devbuf.simulator._ordering.tracker import tracker
from zarr_devbuf.simulator.cuda.bindings._arguments import (
    Handle,
    address_of,
    copy,
    returns_errors,
)
from zarr_devbuf.simulator.cuda.bindings._enums import enumerations

_ENUMERATIONS = enumerations("driver")
globals().update(_ENUMERATIONS)
_ERRORS: Any = _ENUMERATIONS["CUresult"]
_SUCCESS = _ERRORS.CUDA_SUCCESS
_NON_BLOCKING = 1

__all__ = [  # noqa: PLE0604 - the enumerations have CUDA's names
    "CUcontext",
    "CUdevice",
    "CUdeviceptr",
    "CUevent",
    "CUstream",
    "cuCtxSynchronize",
    "cuDeviceGet",
    "cuDeviceGetCount",
    "cuDeviceGetName",
    "cuDriverGetVersion",
    "cuGetErrorName",
    "cuGetErrorString",
    "cuInit",
    "cuMemAlloc",
    "cuMemFree",
    "cuMemGetInfo",
    "cuMemcpy",
    "cuMemcpyDtoD",
    "cuMemcpyDtoH",
    "cuMemcpyHtoD",
    "cuMemsetD8",
    "cuStreamCreate",
    "cuStreamDestroy",
    "cuStreamSynchronize",
    *_ENUMERATIONS,
]


class CUdevice(Handle):
    """A device."""

    __slots__ = ()


class CUdeviceptr(Handle):
    """An address in device memory."""

    __slots__ = ()


class CUstream(Handle):
    """A stream."""

    __slots__ = ()


class CUevent(Handle):
    """An event."""

    __slots__ = ()


class CUcontext(Handle):
    """A context; each simulated device has one."""

    __slots__ = ()


@returns_errors(_SUCCESS, 0)
def cuInit(Flags: int) -> Any:
    """Return that there is a driver, and an error if there is no device."""
    if not device_count():
        raise CUDARuntimeError(100)


@returns_errors(_SUCCESS)
def cuDriverGetVersion() -> Any:
    """Return the CUDA version that the simulator reports."""
    return 12090


@returns_errors(_SUCCESS)
def cuDeviceGetCount() -> Any:
    """Return the number of devices."""
    return device_count()


@returns_errors(_SUCCESS)
def cuDeviceGet(ordinal: int) -> Any:
    """Return a device by its number."""
    return CUdevice(require_device(ordinal))


@returns_errors(_SUCCESS)
def cuDeviceGetName(length: int, dev: Any) -> Any:
    """Return the name of a device, as bytes."""
    require_device(int(dev))
    return b"zarr-devbuf simulated device"[: length - 1]


@returns_errors(_SUCCESS, 0)
def cuCtxSynchronize() -> Any:
    """Wait for all work on this thread's device."""
    synchronize_device(current_id())


@returns_errors(_SUCCESS, 2)
def cuMemGetInfo() -> Any:
    """Return the free and the total bytes of this thread's device."""
    return memory_info(require_device(current_id()))


@returns_errors(_SUCCESS)
def cuMemAlloc(bytesize: int) -> Any:
    """Allocate bytes of device memory, and return their address."""
    if not bytesize:
        raise CUDARuntimeError(1)
    return CUdeviceptr(hold(lambda: Memory(bytesize), bytesize))


@returns_errors(_SUCCESS, 0)
def cuMemFree(dptr: Any) -> Any:
    """Free memory."""
    free(address_of(dptr))


@returns_errors(_SUCCESS, 0)
def cuMemcpy(dst: Any, src: Any, ByteCount: int) -> Any:
    """Copy bytes between addresses; copies between host and device are recorded as transfers."""
    copy(dst, src, ByteCount, None, None)


@returns_errors(_SUCCESS, 0)
def cuMemcpyHtoD(dstDevice: Any, srcHost: Any, ByteCount: int) -> Any:
    """Copy bytes from host memory to device memory."""
    copy(dstDevice, srcHost, ByteCount, True, False)


@returns_errors(_SUCCESS, 0)
def cuMemcpyDtoH(dstHost: Any, srcDevice: Any, ByteCount: int) -> Any:
    """Copy bytes from device memory to host memory."""
    copy(dstHost, srcDevice, ByteCount, False, True)


@returns_errors(_SUCCESS, 0)
def cuMemcpyDtoD(dstDevice: Any, srcDevice: Any, ByteCount: int) -> Any:
    """Copy bytes within device memory."""
    copy(dstDevice, srcDevice, ByteCount, True, True)


@returns_errors(_SUCCESS, 0)
def cuMemsetD8(dstDevice: Any, uc: int, N: int) -> Any:
    """Set bytes of device memory."""
    device_pointer(address_of(dstDevice)).memset(uc, N)


@returns_errors(_SUCCESS)
def cuStreamCreate(Flags: int) -> Any:
    """Return a new stream; with the flag 1, one that does not wait for the default stream."""
    return CUstream(new_pointer(non_blocking=bool(Flags & _NON_BLOCKING)))


@returns_errors(_SUCCESS, 0)
def cuStreamDestroy(hStream: Any) -> Any:
    """Destroy a stream; what it was given to do is still done."""
    tracker.destroyed(int(hStream))


@returns_errors(_SUCCESS, 0)
def cuStreamSynchronize(hStream: Any) -> Any:
    """Wait for all work on a stream."""
    synchronize(int(hStream))


def cuGetErrorName(error: Any) -> Any:
    """Return the name of an error, as bytes."""
    return _SUCCESS, _ERRORS(error).name.encode()


def cuGetErrorString(error: Any) -> Any:
    """Return the text of an error, as bytes."""
    text = str(CUDARuntimeError(int(error))).partition(": ")[2] if error else "no error"
    return _SUCCESS, text.encode()
