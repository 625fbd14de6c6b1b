"""Names of a private module of CuPy that programs and CuPy's own tests use."""

from __future__ import annotations

import os
import sys
import warnings

__all__ = [
    "CUDA_ARRAY_INTERFACE_EXPORT_VERSION",
    "ENABLE_SLICE_COPY",
    "PerformanceWarning",
    "experimental",
]

ENABLE_SLICE_COPY = bool(int(os.environ.get("CUPY_EXPERIMENTAL_SLICE_COPY", "0")))
CUDA_ARRAY_INTERFACE_EXPORT_VERSION = int(
    os.environ.get("CUPY_CUDA_ARRAY_INTERFACE_EXPORT_VERSION", "3")
)


class PerformanceWarning(RuntimeWarning):
    """Warns of something that is slow on a GPU."""

    __module__ = "cupy._util"


def experimental(api_name: str) -> None:
    """Warn as CuPy does for a function that may change; the warning is about that function."""
    caller = sys._getframe(1)  # noqa: SLF001
    module = caller.f_globals.get("__name__", "").removeprefix("zarr_devbuf.simulator.")
    message = f"{api_name} is experimental. The interface can change in the future."
    file, line = caller.f_code.co_filename, caller.f_lineno
    warnings.warn_explicit(message, FutureWarning, file, line, module)
