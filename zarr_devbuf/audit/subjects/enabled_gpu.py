"""The backend of arrays under ``zarr.config.enable_gpu()``: zarr's own buffers, not ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import zarr.buffer.gpu

from zarr_devbuf.backend import Backend

if TYPE_CHECKING:
    import numpy.typing as npt
    from zarr.abc.buffer import Buffer, BufferPrototype, NDBuffer

__all__ = ["EnabledGpu"]


@final
class EnabledGpu(Backend):
    """
    A backend like `gpu`, with the buffer classes that ``zarr.config.enable_gpu()`` configures.

    Parameters
    ----------
    gpu : Backend
        The backend `gpu`, real or simulated, which it passes every call to.
    """

    def __init__(self, gpu: Backend) -> None:
        self._gpu = gpu
        self.name = gpu.name
        self.TestBuffer: type[Buffer] = zarr.buffer.gpu.Buffer
        self.NDBufferUsingTestNDArrayLike: type[NDBuffer] = zarr.buffer.gpu.NDBuffer
        self.StoreExpectingTestBuffer = gpu.StoreExpectingTestBuffer

    @property
    def xp(self) -> Any:
        """The ``cupy`` module."""
        return self._gpu.xp

    @property
    def array_type(self) -> type:
        """``cupy.ndarray``."""
        return self._gpu.array_type

    @property
    def TestNDArrayLike(self) -> type:  # noqa: N802 - the name in `Backend`
        """``cupy.ndarray``: zarr's buffers hold no class of their own."""
        return self._gpu.array_type

    @property
    def prototype(self) -> BufferPrototype:
        """The prototype of zarr's own classes."""
        return zarr.buffer.gpu.buffer_prototype

    def from_host(self, array: npt.NDArray[Any]) -> Any:
        """Copy to the device."""
        return self._gpu.from_host(array)

    def to_host(self, array: Any) -> npt.NDArray[Any]:
        """Copy to the host."""
        return self._gpu.to_host(array)

    def view(self, array: Any) -> Any:
        """Return the array itself."""
        return array

    def copy_from_host(self, target: Any, source: npt.NDArray[Any]) -> None:
        """Copy to the device, in place."""
        self._gpu.copy_from_host(target, source)

    def unavailable_reason(self) -> str | None:
        """Return why the device cannot be used."""
        return self._gpu.unavailable_reason()

    def device_count(self) -> int:
        """Return the number of devices."""
        return self._gpu.device_count()

    def device_names(self) -> tuple[str, ...]:
        """Return the names of the devices."""
        return self._gpu.device_names()

    def versions(self) -> dict[str, str]:
        """Return the versions of CuPy and CUDA."""
        return self._gpu.versions()

    def synchronize(self) -> None:
        """Wait for the device."""
        self._gpu.synchronize()
