"""``Array``: a view of host or device memory, or memory of nvCOMP's own."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf import transfers
from zarr_devbuf.simulator._core.current_device import current_id
from zarr_devbuf.simulator.nvcomp._queue import issue, wait
from zarr_devbuf.simulator.nvcomp._signatures import signature
from zarr_devbuf.simulator.nvcomp.allocators import device_bytes, host_bytes
from zarr_devbuf.simulator.nvcomp.array_protocols import ArrayState
from zarr_devbuf.simulator.nvcomp.enums import ArrayBufferKind
from zarr_devbuf.simulator.nvcomp.sources import open_source
from zarr_devbuf.simulator.nvcomp.stream import CudaStream, view_stream

__all__ = ["Array", "device_array", "host_array", "start", "upload"]


class Array(ArrayState):
    """An array that nvCOMP reads or writes.

    It shares the memory of the object that it is made of, and keeps that alive. Arrays that nvCOMP
    makes own their memory.

    Parameters
    ----------
    src_object
        An object with ``__cuda_array_interface__``, ``__array_interface__``, ``__dlpack__`` or the
        buffer protocol, or a DLPack capsule.
    cuda_stream
        The address of the stream on which the array is used.

    Raises
    ------
    RuntimeError
        If the object has none of these, or elements that nvCOMP has not.
    """

    __module__ = "nvidia.nvcomp.nvcomp_impl"
    __slots__ = ()

    @signature("(self: Array, src_object: object, cuda_stream: int = 0) -> None")
    def __init__(self, src_object: Any, cuda_stream: int) -> None:
        if isinstance(src_object, Array):
            source = src_object._device, src_object._raw, src_object._keep
        else:
            source = open_source(src_object, cuda_stream)
        device, raw, keep = source
        start(self, raw, device, keep, view_stream(cuda_stream))

    # --- properties ---------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return tuple(self._raw.shape)

    @property
    def strides(self) -> tuple[int, ...]:
        """The strides in bytes."""
        return tuple(self._raw.strides)

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(self._raw.size)

    @property
    def capacity(self) -> int:
        """The bytes that are allocated; at least `buffer_size`."""
        return self._capacity

    @property
    def item_size(self) -> int:
        """Bytes of one element."""
        return int(self._raw.itemsize)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return int(self._raw.ndim)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the elements."""
        return self._raw.dtype  # type: ignore[no-any-return]

    @property
    def precision(self) -> int:
        """The number of significant bits; 0 for all bits of the dtype."""
        return 0

    @property
    def buffer_size(self) -> int:
        """Bytes of all elements."""
        return int(self._raw.nbytes)

    @property
    def buffer_kind(self) -> ArrayBufferKind:
        """Where the memory is."""
        kinds = ArrayBufferKind
        kind: ArrayBufferKind = kinds.STRIDED_HOST if self._device is None else kinds.STRIDED_DEVICE
        return kind

    # --- copies -------------------------------------------------------------------------------

    @signature("(self: Array) -> object")
    def cpu(self) -> Any:
        """Return a copy in host memory: one explicit device → host transfer.

        An array that is in host memory already is returned itself.
        """
        if self._device is None:
            return self
        self._access()
        wait(self._stream)
        transfers.record("d2h", self.buffer_size, explicit=True)
        copy, memory = host_bytes(self.buffer_size, self._stream)
        values = copy.view(self.dtype).reshape(self.shape) if self.size else self._raw.copy()
        np.copyto(values, self._raw)
        result = host_array(values, memory)
        issue(self._stream, reads=(self,), writes=(result,))
        wait(self._stream)
        return result

    @signature(
        "(self: Array, synchronize: bool = True, cuda_stream: int = 0) -> object",
    )
    def cuda(self, synchronize: bool, cuda_stream: int) -> Any:
        """Return a copy in device memory: one explicit host → device transfer.

        An array that is in device memory already is returned itself.

        Parameters
        ----------
        synchronize
            Whether to wait for the copy.
        cuda_stream
            The address of the stream that copies.
        """
        if self._device is not None:
            return self
        stream = view_stream(cuda_stream)
        result = upload(self, stream, explicit=True)
        if synchronize:
            wait(stream)
        return result


def start(array: Array, raw: Any, device: Any, keep: Any, stream: CudaStream) -> None:
    """Give a new array its memory.

    Parameters
    ----------
    array
        An array without a state.
    raw
        The elements as a NumPy array.
    device
        The device array that has the memory; None for host memory.
    keep
        What must live as long.
    stream
        The stream of the array.
    """
    array._raw = raw
    array._device = device
    array._keep = keep
    array._stream = stream
    array._memory = None
    array._capacity = raw.nbytes
    array._entry = False
    array._pending = []


def device_array(
    memory: Any, dtype: Any, stream: CudaStream, *, nbytes: int | None = None
) -> Array:
    """Return an array on device memory.

    Parameters
    ----------
    memory
        A device array of uint8 with one axis; it is shared, and its size is the capacity.
    dtype
        The dtype of the elements.
    stream
        The stream that writes the array.
    nbytes
        The bytes that the array uses; all by default.
    """
    used = memory if nbytes is None else memory[:nbytes]
    array: Array = object.__new__(Array)
    device = used.view(dtype)
    start(array, device._raw, device, None, stream)
    array._memory = memory
    array._capacity = memory.nbytes
    return array


def host_array(values: Any, keep: Any = None) -> Array:
    """Return an array on a NumPy array, which is shared."""
    array: Array = object.__new__(Array)
    start(array, values, None, keep, view_stream(0, current_id()))
    return array


def upload(array: Array, stream: CudaStream, *, explicit: bool) -> Array:
    """Return a copy of a host array on the stream's device; one host → device transfer."""
    array._access()
    transfers.record("h2d", array.buffer_size, explicit=explicit)
    memory = device_bytes(array.buffer_size, stream)
    target = memory.view(array.dtype).reshape(array.shape)
    np.copyto(target._raw, array._raw)
    result: Array = object.__new__(Array)
    start(result, target._raw, target, None, stream)
    issue(stream, reads=(array,), writes=(result,))
    return result
