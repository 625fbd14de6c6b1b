"""The reference classes in host memory; they replace those of ``zarr.testing.buffer``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import numpy as np
import zarr.buffer.cpu

from zarr_devbuf.backend import Backend, register_backend
from zarr_devbuf.reference import ReferenceBuffer, ReferenceNDBuffer
from zarr_devbuf.store import ReferenceStore

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = [
    "BACKEND",
    "CpuBackend",
    "NDBufferUsingTestNDArrayLike",
    "StoreExpectingTestBuffer",
    "TestBuffer",
    "TestNDArrayLike",
    "buffer_prototype",
]


class TestNDArrayLike(np.ndarray):
    """A NumPy array that shows by its class that it is from a reference buffer."""

    __test__ = False


@final
class CpuBackend(Backend):
    """Host memory and NumPy. There are no transfers: `from_host` and `to_host` share memory."""

    name = "cpu"
    xp = np
    array_type = np.ndarray
    TestNDArrayLike = TestNDArrayLike

    def from_host(self, array: npt.NDArray[Any]) -> Any:
        """Return the array itself."""
        return array

    def to_host(self, array: Any) -> npt.NDArray[Any]:
        """Return the array itself."""
        return array  # type: ignore[no-any-return]

    def view(self, array: Any) -> Any:
        """View an array as `TestNDArrayLike`, sharing its memory."""
        return array.view(TestNDArrayLike)

    def copy_from_host(self, target: Any, source: npt.NDArray[Any]) -> None:
        """Copy, without a transfer."""
        target[...] = source

    def device_names(self) -> tuple[str, ...]:
        """Return a name for the host's memory."""
        return ("host memory",)

    def versions(self) -> dict[str, str]:
        """Return NumPy's version."""
        return {"numpy": np.__version__}


BACKEND = CpuBackend()


class TestBuffer(ReferenceBuffer, zarr.buffer.cpu.Buffer, backend=BACKEND):
    """Bytes in host memory; a ``zarr.buffer.cpu.Buffer``."""


class NDBufferUsingTestNDArrayLike(ReferenceNDBuffer, zarr.buffer.cpu.NDBuffer, backend=BACKEND):
    """An array in host memory; a ``zarr.buffer.cpu.NDBuffer``."""


class StoreExpectingTestBuffer(ReferenceStore, backend=BACKEND):
    """A ``zarr.storage.MemoryStore`` that expects `TestBuffer` for everything except metadata."""


buffer_prototype = BACKEND.prototype
register_backend(BACKEND)
