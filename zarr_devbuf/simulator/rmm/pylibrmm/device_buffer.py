"""``rmm.pylibrmm.device_buffer``: device memory as an object."""

from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.addresses import device_pointer, is_device_address
from zarr_devbuf.simulator.rmm.pylibrmm.memory_resource import (
    DeviceMemoryResource,
    get_current_device_resource,
)
from zarr_devbuf.simulator.rmm.pylibrmm.memory_resource._base import size_t
from zarr_devbuf.simulator.rmm.pylibrmm.stream import DEFAULT_STREAM, Stream, as_stream

__all__ = [
    "DEFAULT_STREAM",
    "DeviceBuffer",
    "copy_device_to_ptr",
    "copy_host_to_ptr",
    "copy_ptr_to_host",
    "to_device",
]


class DeviceBuffer:
    """Bytes of device memory, which are not initialized.

    Parameters
    ----------
    ptr
        An address in host or device memory to copy from; 0 for none.
    size
        Bytes.
    stream
        The stream that memory is allocated on.
    mr
        Where it comes from: by default the memory resource of this thread's device.

    Attributes
    ----------
    stream : Stream
        The stream.
    mr : DeviceMemoryResource
        Where it comes from.
    """

    def __init__(
        self,
        *,
        ptr: int = 0,
        size: int = 0,
        stream: Stream = DEFAULT_STREAM,
        mr: DeviceMemoryResource | None = None,
    ) -> None:
        self._ptr = self._capacity = self._size = 0
        self.stream = as_stream(stream)
        self.mr = get_current_device_resource() if mr is None else mr
        self._size = self._capacity = size_t(size)
        self._ptr = self.mr.allocate(self._size, self.stream) if self._size else 0
        if ptr and self._size:
            if is_device_address(ptr):
                copy_device_to_ptr(ptr, self._ptr, self._size, self.stream)
            else:
                device_pointer(self._ptr).copy_from_host_async(ptr, self._size, self.stream)
                _finish(self.stream)

    def __del__(self) -> None:
        ptr, self._ptr = getattr(self, "_ptr", 0), 0
        if ptr:
            self.mr.deallocate(ptr, self._capacity, self.stream)

    def __len__(self) -> int:
        return self._size

    def __sizeof__(self) -> int:
        return self._size

    def __bytes__(self) -> bytes:
        return self.tobytes()

    def __copy__(self) -> DeviceBuffer:
        return self.copy()

    def __reduce__(self) -> tuple[Any, tuple[Any]]:
        return to_device, (self.copy_to_host(),)

    @property
    def ptr(self) -> int:
        """The address; 0 if there are no bytes."""
        return self._ptr

    @property
    def size(self) -> int:
        """The number of bytes."""
        return self._size

    nbytes = size

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        return {
            "data": (self._ptr, False),
            "shape": (self._size,),
            "strides": None,
            "typestr": "|u1",
            "version": 0,
        }

    def capacity(self) -> int:
        """Return the bytes that are allocated."""
        return self._capacity

    def copy(self) -> DeviceBuffer:
        """Return a copy, in device memory."""
        return DeviceBuffer(ptr=self._ptr, size=self._size, stream=self.stream, mr=self.mr)

    def prefetch(self, device: Any = None, stream: Any = None) -> None:
        """Return at once: managed memory is one memory for host and device."""

    @staticmethod
    def to_device(b: Any, stream: Stream = DEFAULT_STREAM) -> DeviceBuffer:
        """Return a copy of host memory, in device memory; a host → device transfer."""
        return to_device(b, stream)

    def copy_to_host(self, ary: Any = None, stream: Stream = DEFAULT_STREAM) -> Any:
        """Copy to host memory, by default to a new array of uint8; a device → host transfer."""
        if ary is None:
            ary = np.empty((self._size,), "u1")
        target = _view(ary, writable=True)
        if target.size < self._size:
            raise ValueError(f"Argument `ary` is too small. Need space for {self._size} bytes.")
        copy_ptr_to_host(self._ptr, target[: self._size], stream)
        return ary

    def copy_from_host(self, ary: Any, stream: Stream = DEFAULT_STREAM) -> None:
        """Copy from host memory to the start; a host → device transfer."""
        source = _view(ary)
        if source.size > self._size:
            raise ValueError(f"Argument `ary` is too large. Need space for {source.size} bytes.")
        copy_host_to_ptr(source, self._ptr, stream)

    def copy_from_device(self, cuda_ary: Any, stream: Stream = DEFAULT_STREAM) -> None:
        """Copy from device memory, one-dimensional and contiguous, to the start."""
        interface = getattr(cuda_ary, "__cuda_array_interface__", None)
        if interface is None:
            raise ValueError("Expected object to support `__cuda_array_interface__` protocol")
        shape, strides = interface["shape"], interface.get("strides")
        itemsize = np.dtype(interface["typestr"]).itemsize
        if len(shape) > 1:
            raise ValueError(f"Only 1-D contiguous arrays are supported, got {len(shape)}-D array")
        if strides is not None and strides[0] != itemsize:
            raise ValueError("Only 1-D contiguous arrays are supported, got a non-contiguous array")
        nbytes = shape[0] * itemsize
        if nbytes > self._size:
            raise ValueError(f"Argument `hb` is too large. Need space for {nbytes} bytes.")
        copy_device_to_ptr(interface["data"][0], self._ptr, nbytes, stream)

    def tobytes(self, stream: Stream = DEFAULT_STREAM) -> bytes:
        """Return the bytes; a device → host transfer."""
        return bytes(self.copy_to_host(None, stream))

    def reserve(self, new_capacity: int, stream: Stream = DEFAULT_STREAM) -> None:
        """Allocate more memory, if there is less."""
        capacity = size_t(new_capacity)
        stream = as_stream(stream)
        if capacity <= self._capacity:
            return
        address = self.mr.allocate(capacity, stream)
        copy_device_to_ptr(self._ptr, address, self._size, stream)
        if self._ptr:
            self.mr.deallocate(self._ptr, self._capacity, stream)
        self._ptr, self._capacity, self.stream = address, capacity, stream

    def resize(self, new_size: int, stream: Stream = DEFAULT_STREAM) -> None:
        """Change the number of bytes; memory is kept if it becomes less."""
        size = size_t(new_size)
        self.reserve(size, stream)
        self._size = size


def _finish(stream: Stream) -> None:
    """Wait for a copy on the default stream; the caller waits for other streams."""
    if stream.is_default():
        stream.synchronize()


def _view(buffer: Any, *, writable: bool = False) -> Any:
    """Return host memory as a one-dimensional array of uint8, which shares it."""
    view = memoryview(buffer)
    if view.format != "B":
        raise ValueError(f"Buffer dtype mismatch, expected 'unsigned char' but got '{view.format}'")
    if view.ndim != 1:
        raise ValueError(f"Buffer has wrong number of dimensions (expected 1, got {view.ndim})")
    if not view.contiguous:
        raise ValueError("ndarray is not C-contiguous")
    if writable and view.readonly:
        raise ValueError("buffer source array is read-only")
    return np.asarray(view)


def to_device(b: Any, stream: Stream = DEFAULT_STREAM) -> DeviceBuffer:
    """Return a copy of host memory, in device memory; a host → device transfer."""
    if b is None:
        raise TypeError("Argument 'b' has incorrect type (expected bytes-like, got NoneType)")
    source = _view(b)
    buffer = DeviceBuffer(size=source.size, stream=stream)
    copy_host_to_ptr(source, buffer.ptr, stream)
    return buffer


def copy_ptr_to_host(db: int, hb: Any, stream: Stream = DEFAULT_STREAM) -> None:
    """Copy from an address in device memory to host memory; a device → host transfer."""
    as_stream(stream)
    target = _view(hb, writable=True)
    if target.size:
        device_pointer(db).copy_to_host_async(target.ctypes.data, target.size, stream)
        _finish(stream)


def copy_host_to_ptr(hb: Any, db: int, stream: Stream = DEFAULT_STREAM) -> None:
    """Copy from host memory to an address in device memory; a host → device transfer."""
    as_stream(stream)
    source = _view(hb)
    if source.size:
        device_pointer(db).copy_from_host_async(source.ctypes.data, source.size, stream)
        _finish(stream)


def copy_device_to_ptr(d_src: int, d_dst: int, count: int, stream: Stream = DEFAULT_STREAM) -> None:
    """Copy bytes between addresses in device memory."""
    as_stream(stream)
    if count:
        device_pointer(d_dst).copy_from_device_async(device_pointer(d_src), count, stream)
