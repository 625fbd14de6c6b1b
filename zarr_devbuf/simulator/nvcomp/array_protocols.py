"""The state of an array, and the protocols that export it."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.simulator._core.dlpack import dlpack_device, to_capsule
from zarr_devbuf.simulator.nvcomp._signatures import signature

if TYPE_CHECKING:
    from zarr_devbuf.simulator.nvcomp.stream import CudaStream

__all__ = ["ArrayState"]

_HOST = (1, 0)
_LEGACY = 1


class ArrayState:
    """What an array consists of, and how other libraries see it."""

    __slots__ = (
        "__weakref__", "_capacity", "_device", "_entry", "_keep", "_memory", "_pending", "_raw",
        "_stream",
    )  # fmt: skip

    # The elements as a NumPy array, whether or not they are in host memory.
    _raw: Any
    # The device array that has the memory; None for host memory.
    _device: Any
    # What must live as long as the array.
    _keep: Any
    _stream: CudaStream
    # All bytes that are allocated, as a device array of uint8; None for other objects' memory.
    _memory: Any
    _capacity: int
    # Whether it is a part of a batch, whose capacity and dtype are fixed.
    _entry: bool
    # Errors that the first access to the elements raises; shared with views.
    _pending: list[Exception]

    def _address(self) -> int:
        if self._device is not None:
            return int(self._device.data.ptr)
        return int(self._raw.__array_interface__["data"][0])

    def _interface(self) -> dict[str, Any]:
        self._access()
        raw = self._raw
        return {
            "shape": tuple(raw.shape),
            "strides": None if raw.flags.c_contiguous else tuple(raw.strides),
            "typestr": raw.dtype.str,
            "data": (self._address(), False),
            "version": 3,
        }

    @property
    def __array_interface__(self) -> dict[str, Any]:
        """NumPy's array interface.

        Raises
        ------
        RuntimeError
            For device memory: with nvCOMP, NumPy reads from an address of the device then, and the
            process dies.
        """
        if self._device is not None:
            raise RuntimeError(
                "The array is in device memory, which NumPy cannot read. Use .cpu() to copy it to "
                "the host."
            )
        return self._interface()

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        """The CUDA array interface, version 3, with the array's stream.

        Host arrays have it as well, as in nvCOMP, with an address that no device can read.
        """
        return {**self._interface(), "stream": self._stream.ptr or _LEGACY}

    def __buffer__(self, flags: int) -> memoryview:
        if self._device is not None:
            raise BufferError(
                "The array is in device memory, which host code cannot read. Use .cpu() to copy it "
                "to the host."
            )
        self._access()
        return self._raw.__buffer__(flags)  # type: ignore[no-any-return]

    def __release_buffer__(self, buffer: memoryview) -> None:
        buffer.release()

    @signature("(self: Array) -> tuple")
    def __dlpack_device__(self) -> tuple[int, int]:
        """Return DLPack's numbers of the kind of memory and of the device."""
        return _HOST if self._device is None else dlpack_device(self._device)

    @signature("(self: Array, stream: object = None) -> capsule")
    def __dlpack__(self, stream: Any) -> Any:
        """Return a DLPack capsule of the array's memory."""
        return self._capsule(stream)

    @signature("(self: Array, cuda_stream: object = None) -> capsule")
    def to_dlpack(self, cuda_stream: Any) -> Any:
        """Return a DLPack capsule of the array's memory.

        Parameters
        ----------
        cuda_stream
            The address of the stream on which the capsule's consumer works.
        """
        return self._capsule(cuda_stream)

    def _capsule(self, stream: Any) -> Any:
        self._access()
        if stream is not None and not isinstance(stream, int):
            raise RuntimeError(f"a stream must be an address, not {type(stream).__name__}")
        if self._device is None:
            return _writable(self._raw).__dlpack__()
        return to_capsule(self._device)

    def _access(self) -> None:
        """Raise the error of the operation that wrote the array, once."""
        if self._pending:
            raise self._pending.pop()


def _writable(raw: Any) -> Any:
    """Return host memory as a writable array, as nvCOMP exports it, without a copy."""
    if raw.flags.writeable:
        return raw
    if not raw.size:
        return np.empty(raw.shape, raw.dtype)
    low, high = np.lib.array_utils.byte_bounds(raw)
    buffer: Any = (ctypes.c_uint8 * (high - low)).from_address(low)
    buffer.keep = raw
    first = int(raw.__array_interface__["data"][0]) - low
    return np.ndarray(raw.shape, raw.dtype, buffer, first, raw.strides)
