"""The reference classes on the simulated device, which behaves as a GPU on any machine."""

from __future__ import annotations

from typing import Any, final

import zarr.abc.buffer

from zarr_devbuf._backends.cupy_like import CupyLikeBackend
from zarr_devbuf.backend import register_backend
from zarr_devbuf.reference import ReferenceBuffer, ReferenceNDBuffer
from zarr_devbuf.store import ReferenceStore

__all__ = [
    "BACKEND",
    "NDBufferUsingTestNDArrayLike",
    "SimBackend",
    "StoreExpectingTestBuffer",
    "TestBuffer",
    "buffer_prototype",
]


@final
class SimBackend(CupyLikeBackend):
    """The simulated device: host memory, with arrays that behave as CuPy's do."""

    name = "sim"

    @property
    def xp(self) -> Any:
        """The simulator's module, which has the interface of ``cupy``."""
        # Not at import time: it is large, and most processes do not need it.
        import zarr_devbuf.simulator.cupy as namespace  # noqa: PLC0415

        return namespace

    def versions(self) -> dict[str, str]:
        """Return the version of CuPy that is simulated."""
        return {"simulated cupy": self.xp.__version__}


BACKEND = SimBackend()


class TestBuffer(ReferenceBuffer, zarr.abc.buffer.Buffer, backend=BACKEND):
    """Bytes in simulated device memory."""


class NDBufferUsingTestNDArrayLike(ReferenceNDBuffer, zarr.abc.buffer.NDBuffer, backend=BACKEND):
    """An array in simulated device memory."""


class StoreExpectingTestBuffer(ReferenceStore, backend=BACKEND):
    """A ``zarr.storage.MemoryStore`` that expects `TestBuffer` for everything except metadata."""


buffer_prototype = BACKEND.prototype
register_backend(BACKEND)


def __getattr__(name: str) -> Any:
    # The simulator is imported when its array class is first used.
    if name == "TestNDArrayLike":
        return BACKEND.TestNDArrayLike
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
