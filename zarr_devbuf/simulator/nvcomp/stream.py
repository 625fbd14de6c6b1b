"""``CudaStream``: a stream of one's own, or a view of another library's."""

from __future__ import annotations

import itertools
import weakref
from typing import Any

from zarr_devbuf.simulator._core.current_device import current_id, require_device
from zarr_devbuf.simulator._core.errors import CUDARuntimeError
from zarr_devbuf.simulator._ordering.tracker import tracker
from zarr_devbuf.simulator.nvcomp._signatures import signature
from zarr_devbuf.simulator.nvcomp.errors import cuda_failure

__all__ = ["CudaStream", "check_device", "new_stream", "view_stream"]

# Far from the addresses of other libraries' streams.
_addresses = itertools.count(0x6C00_0000_1000, 0x10)
# The streams that this library has made, by address.
_made: weakref.WeakValueDictionary[int, CudaStream] = weakref.WeakValueDictionary()
_SPECIAL = frozenset({0, 1, 2})


class CudaStream:
    """A CUDA stream; allocators of nvCOMP are called with one.

    `make_new` makes a stream, `borrow` gives a view of a stream by its address. There is no
    constructor.
    """

    __module__ = "nvidia.nvcomp.nvcomp_impl"
    __slots__ = ("__weakref__", "_device", "_ptr")

    _ptr: int
    _device: int

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002
        raise TypeError(f"{self.__module__}.{type(self).__name__}: No constructor defined!")

    @staticmethod
    @signature("(cuda_stream: int, device_idx: int = -1) -> CudaStream")
    def borrow(cuda_stream: int, device_idx: int) -> CudaStream:
        """Return a view of a stream.

        Parameters
        ----------
        cuda_stream
            The address of the stream.
        device_idx
            The device of a special stream (0, 1, 2); -1 for this thread's. Other streams have a
            device already: another one raises ``ValueError``.
        """
        return view_stream(cuda_stream, device_idx)

    @staticmethod
    @signature("(device_idx: int = -1) -> CudaStream")
    def make_new(device_idx: int) -> CudaStream:
        """Return a new stream of a device; -1 for this thread's."""
        return new_stream(device_idx)

    @property
    def ptr(self) -> int:
        """The address of the stream."""
        return self._ptr

    @property
    def device(self) -> int:
        """The number of the stream's device."""
        return self._device

    @property
    def is_special(self) -> bool:
        """Whether it is the default stream, the legacy one (1) or the one of each thread (2)."""
        return self._ptr in _SPECIAL


def _make(ptr: int, device: int) -> CudaStream:
    stream: CudaStream = object.__new__(CudaStream)
    stream._ptr = ptr  # noqa: SLF001
    stream._device = device  # noqa: SLF001
    return stream


def check_device(device: int) -> int:
    """Return the number of a device; -1 is this thread's. Raise ``RuntimeError`` for others."""
    try:
        return require_device(current_id() if device == -1 else device)
    except CUDARuntimeError as error:
        raise cuda_failure(error) from error


def new_stream(device: int = -1) -> CudaStream:
    """Return a new stream of a device; -1 for this thread's."""
    device = check_device(device)
    stream = _make(next(_addresses), device)
    _made[stream.ptr] = stream
    tracker.made(stream.ptr, non_blocking=True)
    weakref.finalize(stream, tracker.destroyed, stream.ptr).atexit = False
    return stream


def view_stream(ptr: int, device: int = -1) -> CudaStream:
    """Return a view of a stream, which may be another library's."""
    made = _made.get(ptr)
    if made is None:
        return _make(ptr, check_device(device))
    if device not in (-1, made.device):
        raise ValueError(f"The stream belongs to device {made.device}, not to device {device}.")
    return made
