"""The reference classes in the memory of a CUDA device, through CuPy.

This module can be imported without CuPy. Its classes need CuPy and a device; without them they
raise `BackendUnavailableError` with the reason.
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any, final

import zarr.buffer.gpu

from zarr_devbuf._backends.cupy_like import CupyLikeBackend
from zarr_devbuf.backend import register_backend
from zarr_devbuf.reference import ReferenceBuffer, ReferenceNDBuffer
from zarr_devbuf.store import ReferenceStore
from zarr_devbuf.transfers import accounted_transfer, attach_cupy, unrecorded_transfers

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = [
    "BACKEND",
    "GpuBackend",
    "NDBufferUsingTestNDArrayLike",
    "StoreExpectingTestBuffer",
    "TestBuffer",
    "buffer_prototype",
]


@final
class GpuBackend(CupyLikeBackend):
    """CUDA devices and CuPy. Arrays live on the current device of the thread that makes them."""

    name = "gpu"

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.RLock()
        self._cupy: Any = None  # the cupy module for which the probe succeeded

    def unavailable_reason(self) -> str | None:
        """
        Return why CuPy cannot be used here; None if it imports, has a device, and computes.

        Success is remembered as long as ``cupy`` is the same module; a failure is not.
        """
        if self._cupy is not None and sys.modules.get("cupy") is self._cupy:
            return None
        with self._lock:
            with unrecorded_transfers():
                cupy, reason = _probe()
            if reason is None:
                self._cupy = cupy
                attach_cupy()  # for recordings that began before CuPy was imported
            return reason

    @property
    def xp(self) -> Any:
        """The ``cupy`` module."""
        if self._cupy is None or sys.modules.get("cupy") is not self._cupy:
            self.require()
        return self._cupy

    # The ledger records the copies of arrays that are allocated while it records. The following
    # methods report every copy, so that older arrays are counted, too, and none twice.

    def _members(self, array_type: type) -> dict[str, Any]:
        def get(array: Any, *args: Any, **kwargs: Any) -> npt.NDArray[Any]:
            """Copy to the host; `bool`, `int` and `float` call this, too."""
            with accounted_transfer("d2h", array.nbytes):
                return array_type.get(array, *args, **kwargs)  # type: ignore[attr-defined, no-any-return]

        def set_(array: Any, *args: Any, **kwargs: Any) -> None:
            """Copy from the host."""
            with accounted_transfer("h2d", array.nbytes):
                array_type.set(array, *args, **kwargs)  # type: ignore[attr-defined]

        return {"get": get, "set": set_}

    def from_host(self, array: npt.NDArray[Any]) -> Any:
        """Copy to the current device: one explicit transfer of ``array.nbytes`` bytes."""
        with accounted_transfer("h2d", array.nbytes, explicit=True):
            return super().from_host(array)

    def to_host(self, array: Any) -> npt.NDArray[Any]:
        """Copy to the host: one explicit transfer of ``array.nbytes`` bytes."""
        with accounted_transfer("d2h", array.nbytes, explicit=True):
            return super().to_host(array)

    def copy_from_host(self, target: Any, source: npt.NDArray[Any]) -> None:
        """Copy directly into the target's memory: one explicit transfer."""
        with accounted_transfer("h2d", source.nbytes, explicit=True):
            super().copy_from_host(target, source)

    def versions(self) -> dict[str, str]:
        """Return the versions of CuPy, the CUDA runtime and the driver."""
        if self.unavailable_reason() is not None:
            return {}
        runtime = self.xp.cuda.runtime
        return {
            "cupy": self.xp.__version__,
            "cuda-runtime": _cuda_version(runtime.runtimeGetVersion()),
            "cuda-driver": _cuda_version(runtime.driverGetVersion()),
        }


def _probe() -> tuple[Any, str | None]:
    """Import CuPy, count devices, run a small kernel; return the module, or the first failure."""
    try:
        import cupy  # noqa: PLC0415 - optional
    except ModuleNotFoundError as error:
        if error.name == "cupy":
            return None, 'CuPy is not installed (pip install "zarr-devbuf[gpu]")'
        return None, f"CuPy does not import: {_one_line(error)}"
    except Exception as error:  # noqa: BLE001 - a broken installation may raise anything
        return None, f"CuPy does not import: {_one_line(error)}"
    version = getattr(cupy, "__version__", "of unknown version")
    try:
        count = cupy.cuda.runtime.getDeviceCount()
    except Exception as error:  # noqa: BLE001 - no driver, or one that is too old
        return None, f"CuPy {version} finds no CUDA driver: {_one_line(error)}"
    if count == 0:
        return None, f"CuPy {version} finds no CUDA device"
    try:
        answer = int((cupy.arange(3) + 1).sum().get())
    except Exception as error:  # noqa: BLE001 - compiler, memory, architecture: any of them is a reason
        return None, f"CuPy {version} cannot run a kernel: {_one_line(error)}"
    if answer != 6:
        return None, f"CuPy {version} computes 1 + 2 + 3 = {answer}"
    return cupy, None


def _one_line(error: BaseException) -> str:
    line = (str(error).strip() or "no message").splitlines()[0]
    return f"{type(error).__name__}: {line}"


def _cuda_version(number: int) -> str:
    return f"{number // 1000}.{number % 1000 // 10}"


BACKEND = GpuBackend()


class TestBuffer(ReferenceBuffer, zarr.buffer.gpu.Buffer, backend=BACKEND):
    """Bytes in device memory; a ``zarr.buffer.gpu.Buffer``."""


class NDBufferUsingTestNDArrayLike(ReferenceNDBuffer, zarr.buffer.gpu.NDBuffer, backend=BACKEND):
    """An array in device memory; a ``zarr.buffer.gpu.NDBuffer``."""


class StoreExpectingTestBuffer(ReferenceStore, backend=BACKEND):
    """A ``zarr.storage.MemoryStore`` that expects `TestBuffer` for everything except metadata."""


buffer_prototype = BACKEND.prototype
register_backend(BACKEND)


def __getattr__(name: str) -> Any:
    # CuPy is imported when its array class is first used.
    if name == "TestNDArrayLike":
        return BACKEND.TestNDArrayLike
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
