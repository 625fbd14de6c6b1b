"""``cupy_backends.cuda.api.driver``: what programs ask of the driver before they use it."""

from __future__ import annotations

from typing import Any

from zarr_devbuf.simulator._core.current_device import current_id, has_context
from zarr_devbuf.simulator._core.errors import CUDADriverError

__all__ = [
    "CUDADriverError",
    "ctxGetCurrent",
    "ctxGetDevice",
    "get_build_version",
    "streamGetCtx",
]

_FIRST_CONTEXT = 0x7F00_0000_0000


def get_build_version() -> int:
    """Return the CUDA version that CuPy was built for."""
    return 12090


def ctxGetCurrent() -> int:  # noqa: N802 - CuPy's name
    """Return the context of this thread; 0 if the thread has not used a device."""
    return _FIRST_CONTEXT + current_id() if has_context() else 0


def ctxGetDevice() -> int:  # noqa: N802 - CuPy's name
    """Return the device of this thread's context."""
    return current_id()


def streamGetCtx(stream: Any) -> int:  # noqa: ARG001, N802 - CuPy's name; a stream is of this device
    """Return the context of a stream."""
    return _FIRST_CONTEXT + current_id()


def _is_cuda_python() -> bool:
    """Return False: CuPy does not call the driver through another package."""
    return False
