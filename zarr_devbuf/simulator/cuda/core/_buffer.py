"""Device memory, and where it comes from."""


# ruff: noqa: ARG002 - names and signatures are those of cuda.core.

from __future__ import annotations

import operator
from typing import Any, Self

import numpy as np

from zarr_devbuf.simulator._core.accesses import on_stream
from zarr_devbuf.simulator._core.addresses import device_pointer, is_device_address
from zarr_devbuf.simulator._core.dlpack import dlpack_device, to_capsule
from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.interop import from_device_like
from zarr_devbuf.simulator._core.refusals import refused_method, refused_property
from zarr_devbuf.simulator._core.storage import kernel_target
from zarr_devbuf.simulator.cuda.bindings._arguments import copy
from zarr_devbuf.simulator.cuda.core._stream import LEGACY_DEFAULT_STREAM, Stream, accept

__all__ = ["Buffer", "MemoryResource"]


class MemoryResource:
    """Allocates memory; the base class of memory resources of one's own."""

    def allocate(self, size: int, *, stream: Stream) -> Buffer:
        """Allocate bytes on a stream."""
        raise TypeError("MemoryResource.allocate must be implemented by subclasses.")

    def deallocate(self, ptr: Any, size: int, *, stream: Stream) -> None:
        """Free memory on a stream."""
        raise TypeError("MemoryResource.deallocate must be implemented by subclasses.")

    @property
    def is_device_accessible(self) -> bool:
        """Whether the device can use the memory."""
        raise TypeError("MemoryResource.is_device_accessible must be implemented by subclasses.")

    @property
    def is_host_accessible(self) -> bool:
        """Whether the host can use the memory."""
        raise TypeError("MemoryResource.is_host_accessible must be implemented by subclasses.")

    @property
    def is_managed(self) -> bool:
        """Whether the memory is managed memory."""
        return False

    @property
    def device_id(self) -> int:
        """The number of the device."""
        raise TypeError("MemoryResource.device_id must be implemented by subclasses.")


class Buffer:
    """A range of memory; memory resources and `from_handle` make them.

    Arrays of CuPy on its memory are made by DLPack: ``cupy.from_dlpack(buffer)``.
    """

    __slots__ = ("__weakref__", "_address", "_is_closed", "_mr", "_owner", "_size", "_stream")

    _address: int
    _is_closed: bool
    _mr: MemoryResource | None
    _owner: Any
    _size: int
    _stream: Stream

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(
            "Buffer objects cannot be instantiated directly. Please use MemoryResource APIs."
        )

    @staticmethod
    def from_handle(
        ptr: Any,
        size: int,
        mr: MemoryResource | None = None,
        owner: Any = None,
        *,
        stream: Stream | None = None,
    ) -> Buffer:
        """Return a buffer on memory that exists.

        Parameters
        ----------
        ptr, size
            The address and the number of bytes.
        mr
            The memory resource that frees the memory at the end.
        owner
            An object that is kept alive, instead.
        stream
            The stream on which the memory is freed.
        """
        if mr is not None and owner is not None:
            raise ValueError("owner and memory resource cannot be both specified together")
        buffer = object.__new__(Buffer)
        buffer._address, buffer._size = int(ptr), operator.index(size)
        buffer._mr, buffer._owner = mr, owner
        buffer._stream = LEGACY_DEFAULT_STREAM if stream is None else accept(stream)
        buffer._is_closed = False
        return buffer

    def close(self, stream: Stream | None = None) -> None:
        """Free the memory."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._mr is not None and self._address:
            freed_on = self._stream if stream is None else accept(stream)
            self._mr.deallocate(self._address, self._size, stream=freed_on)
        self._owner = None

    def __del__(self) -> None:
        if not getattr(self, "_is_closed", True):
            self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def set_deallocation_stream(self, stream: Stream) -> None:
        """Set the stream on which the memory is freed."""
        if self._is_closed:
            raise RuntimeError("Buffer is closed")
        self._stream = accept(stream)

    def copy_to(self, dst: Buffer | None = None, *, stream: Stream, options: Any = None) -> Buffer:
        """Copy to another buffer, by default to a new one of the same memory resource."""
        _check_options(options)
        accept(stream)
        if dst is None:
            if self._mr is None:
                raise ValueError("a destination buffer must be provided (this buffer is not owned)")
            dst = self._mr.allocate(self._size, stream=stream)
        dst.copy_from(self, stream=stream)
        return dst

    def copy_from(self, src: Buffer, *, stream: Stream, options: Any = None) -> None:
        """Copy from another buffer of the same size."""
        _check_options(options)
        accept(stream)
        if src._size != self._size:
            raise ValueError(
                "buffer sizes mismatch between src and dst (sizes are: "
                f"src={src._size}, dst={self._size})"
            )
        copy(self._address, src._address, self._size, None, None, stream)

    def fill(self, value: Any, *, stream: Stream) -> None:
        """Fill with a byte, or with a pattern of 1, 2 or 4 bytes."""
        accept(stream)
        pattern = _pattern(value)
        if self._size % len(pattern):
            raise ValueError(f"buffer size ({self._size}) must be divisible by {len(pattern)}")
        if len(set(pattern)) == 1:
            device_pointer(self._address).memset_async(pattern[0], self._size, stream)
            return
        target = from_device_like(_Interface(self))
        with on_stream(stream):
            raw = kernel_target(target)
        raw[...] = np.resize(np.frombuffer(pattern, "u1"), self._size)

    def __dlpack__(
        self,
        *,
        stream: int | None = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[int, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        if copy or dl_device not in {None, self.__dlpack_device__()}:
            raise BufferError("a buffer is neither copied nor moved by DLPack")
        versioned = max_version is not None and max_version[0] >= 1
        return to_capsule(from_device_like(_Interface(self)), versioned=versioned)

    def __dlpack_device__(self) -> tuple[int, int]:
        return dlpack_device(from_device_like(_Interface(self)))

    @property
    def handle(self) -> int:
        """The address."""
        return self._address

    @property
    def size(self) -> int:
        """The number of bytes."""
        return self._size

    @property
    def device_id(self) -> int:
        """The number of the device."""
        return device_pointer(self._address).device_id if self._mr is None else self._mr.device_id

    @property
    def is_closed(self) -> bool:
        """Whether the memory is freed."""
        return self._is_closed

    @property
    def is_device_accessible(self) -> bool:
        """Whether the device can use the memory."""
        if self._mr is not None:
            return self._mr.is_device_accessible
        return is_device_address(self._address)

    @property
    def is_host_accessible(self) -> bool:
        """Whether the host can use the memory."""
        if self._mr is not None:
            return self._mr.is_host_accessible
        return not is_device_address(self._address)

    @property
    def is_managed(self) -> bool:
        """Whether the memory is managed memory."""
        return self._mr is not None and self._mr.is_managed

    @property
    def is_mapped(self) -> bool:
        """False: the memory is of this process."""
        return False

    @property
    def memory_resource(self) -> MemoryResource | None:
        """The memory resource that frees the memory."""
        return self._mr

    @property
    def owner(self) -> Any:
        """The object that is kept alive."""
        return self._owner

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Buffer)
            and self._address == other._address
            and self._size == other._size
        )

    def __hash__(self) -> int:
        return hash((self._address, self._size))

    def __repr__(self) -> str:
        return f"<Buffer ptr={hex(self._address)} size={self._size}>"

    ipc_descriptor = refused_property("cuda.core.Buffer.ipc_descriptor")
    from_ipc_descriptor = staticmethod(refused_method("cuda.core.Buffer.from_ipc_descriptor"))


class _Interface:
    """The memory of a buffer, for an array of the simulator; it keeps the buffer alive."""

    def __init__(self, buffer: Buffer) -> None:
        self._buffer = buffer
        self.__cuda_array_interface__ = {
            "shape": (buffer.size,),
            "typestr": "|i1",
            "data": (buffer.handle, False),
            "version": 3,
        }


def _check_options(options: Any) -> None:
    if options is not None:
        raise not_implemented("cuda.core.utils.CopyOptions")


def _pattern(value: Any) -> bytes:
    if isinstance(value, int):
        if not 0 <= value < 256:
            raise OverflowError(f"int value must be in range [0, 256), got {value}")
        return bytes([value])
    pattern = bytes(memoryview(value))
    if len(pattern) not in {1, 2, 4}:
        raise ValueError(f"value must be 1, 2, or 4 bytes, got {len(pattern)}")
    return pattern
