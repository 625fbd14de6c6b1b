"""``BatchArray``: several buffers that are encoded or decoded together."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
from __future__ import annotations

from typing import Any

from zarr_devbuf.simulator._core.array import ndarray
from zarr_devbuf.simulator._core.memory import MemoryPointer, UnownedMemory
from zarr_devbuf.simulator.nvcomp._queue import wait
from zarr_devbuf.simulator.nvcomp._signatures import converter, signature
from zarr_devbuf.simulator.nvcomp._version import api_version
from zarr_devbuf.simulator.nvcomp.array import Array, device_array, host_array
from zarr_devbuf.simulator.nvcomp.conversion import as_array

__all__ = ["BatchArray", "as_arrays", "make_batch"]


class BatchArray:
    """A batch of buffers, each in host or in device memory. There is no constructor.

    What an index gives does not own its memory: it points into the batch and must not outlive it.
    On the simulated device, the memory of a batch that is gone is overwritten with bytes of 0xA5.
    """

    __module__ = "nvidia.nvcomp.nvcomp_impl"
    __slots__ = ("__weakref__", "_arrays")

    _arrays: list[Array]

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002
        raise TypeError(f"{self.__module__}.{type(self).__name__}: No constructor defined!")

    @signature("(self: BatchArray) -> int")
    def __len__(self) -> int:
        return len(self._arrays)

    @signature("(self: BatchArray, index: int) -> object")
    def __getitem__(self, index: int) -> Any:
        """Return a buffer as an `Array` with one axis, a view of the batch's memory.

        It waits for the work that made the batch. Negative indices count from the end.
        """
        if not -len(self._arrays) <= index < len(self._arrays):
            raise IndexError(f"index {index} is out of range of a batch of {len(self._arrays)}")
        array = self._arrays[index]
        wait(array._stream)
        return _view(array)

    @property
    def buffer_sizes(self) -> list[int]:
        """The bytes of each buffer; waits as an index does."""
        for array in self._arrays:
            wait(array._stream)
        return [array.buffer_size for array in self._arrays]

    @signature("(self: BatchArray) -> object")
    def cpu(self) -> Any:
        """Return a batch with all buffers in host memory; the batch itself if they all are.

        Each buffer in device memory is one explicit device → host transfer.
        """
        if all(array._device is None for array in self._arrays):
            return self
        return make_batch([array.cpu() for array in self._arrays])

    @signature("(self: BatchArray, synchronize: bool = True, cuda_stream: int = 0) -> object")
    def cuda(self, synchronize: bool, cuda_stream: int) -> Any:
        """Return a batch with all buffers in device memory; the batch itself if they all are.

        Each buffer in host memory is one explicit host → device transfer.

        Parameters
        ----------
        synchronize, cuda_stream
            As for `Array.cuda`.
        """
        if all(array._device is not None for array in self._arrays):
            return self
        return make_batch([array.cuda(synchronize, cuda_stream) for array in self._arrays])


def make_batch(arrays: list[Array]) -> BatchArray:
    """Return a batch of arrays."""
    batch: BatchArray = object.__new__(BatchArray)
    batch._arrays = arrays
    for array in arrays:
        array._entry = True
    return batch


def _view(array: Array) -> Array:
    """Return a view that does not keep device memory alive; a view of host memory does."""
    if array._device is None:
        view = host_array(array._raw.reshape(-1), array)
    else:
        nbytes = array.buffer_size
        block = array._device._mem
        # Without an owner: when the block of the batch ends, its memory is overwritten.
        pointer = array._address() if nbytes else 0
        memory = UnownedMemory(pointer, nbytes, None, block.device_id)
        flat = ndarray((nbytes,), "u1", MemoryPointer(memory, 0))
        view = device_array(flat, array.dtype, array._stream)
    view._pending = array._pending
    view._stream = array._stream
    return view


def _contiguous(array: Array) -> Array:
    if not array._raw.flags.c_contiguous:
        raise RuntimeError("Only C-contiguous buffers can be part of a batch.")
    return array


@signature(
    "(buffer: object, offsets: list[int], sizes: list[int], cuda_stream: int = 0) -> BatchArray",
    "(sources: list[object], cuda_stream: int = 0) -> BatchArray",
    five=("(sources: list[object], cuda_stream: int = 0) -> list[object]",),
)
def as_arrays(*arguments: Any) -> Any:
    """Return a batch of buffers that share the memory of other objects, and keep them alive.

    Parameters
    ----------
    sources
        Objects as for `Array`.
    buffer, offsets, sizes
        Or one such object, and the first byte and the number of bytes of each buffer in it.
    cuda_stream
        As for `Array`.

    Returns
    -------
    BatchArray
        In nvCOMP 5, a list of `Array`.

    Raises
    ------
    ValueError
        If the list is empty, or if a buffer is not a part of the object.
    """
    if len(arguments) > 2:
        return make_batch(_parts(*arguments))
    sources, cuda_stream = arguments
    if api_version() < 6:
        return [as_array(source, cuda_stream) for source in sources]
    if not sources:
        raise ValueError("Cannot create a BatchArray from an empty list of sources")
    return make_batch([_contiguous(as_array(source, cuda_stream)) for source in sources])


as_arrays.__module__ = "nvidia.nvcomp.nvcomp_impl"


def _parts(buffer: Any, offsets: list[int], sizes: list[int], cuda_stream: int) -> list[Array]:
    if len(offsets) != len(sizes):
        raise ValueError(f"There are {len(offsets)} offsets and {len(sizes)} sizes.")
    if not offsets:
        raise ValueError("Cannot create a BatchArray from an empty list of offsets")
    whole = _contiguous(as_array(buffer, cuda_stream))
    raw = whole._raw.reshape(-1).view("u1")
    memory = None if whole._device is None else whole._device.reshape(-1).view("u1")
    parts = []
    for offset, size in zip(offsets, sizes, strict=True):
        if offset < 0 or size < 0 or offset + size > raw.size:
            raise ValueError(
                f"The bytes {offset} to {offset + size} are not in a buffer of {raw.size} bytes."
            )
        if size % whole.item_size:
            raise ValueError(f"{size} bytes are not whole elements of {whole.item_size} bytes.")
        if memory is None:
            part = host_array(raw[offset : offset + size].view(whole.dtype), whole)
        else:
            part = device_array(memory[offset : offset + size], whole.dtype, whole._stream)
            part._keep = whole
        parts.append(part)
    return parts


def _batch(value: Any) -> BatchArray:
    if not isinstance(value, BatchArray):
        raise TypeError
    return value


converter("BatchArray", _batch)
