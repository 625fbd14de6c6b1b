"""The errors that the simulated device raises."""

from __future__ import annotations

import sys
import warnings
from typing import Final

__all__ = ["CUDARuntimeError", "OutOfMemoryError", "not_implemented", "warn_experimental"]

_MESSAGES: Final = {
    1: "cudaErrorInvalidValue: invalid argument",
    2: "cudaErrorMemoryAllocation: out of memory",
    100: "cudaErrorNoDevice: no CUDA-capable device is detected",
    101: "cudaErrorInvalidDevice: invalid device ordinal",
}


class CUDARuntimeError(RuntimeError):
    """An error of the CUDA runtime; ``status`` is its number in CUDA."""

    __module__ = "zarr_devbuf.simulator"

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(_MESSAGES.get(status, f"cudaError{status}: error {status}"))

    def __reduce__(self) -> tuple[type[CUDARuntimeError], tuple[int]]:
        return type(self), (self.status,)


class OutOfMemoryError(MemoryError):
    """An allocation does not fit into the device's memory, or exceeds the memory limit.

    Parameters
    ----------
    size, total, limit
        Bytes requested, bytes in use, and the limit in bytes (0: no limit).
    """

    __module__ = "zarr_devbuf.simulator"

    def __init__(self, size: int, total: int, limit: int = 0) -> None:
        self._size, self._total, self._limit = size, total, limit
        allowed = f", limit set to: {limit:,} bytes" if limit else ""
        super().__init__(
            f"Out of memory allocating {size:,} bytes (allocated so far: {total:,} bytes{allowed})."
        )

    def __reduce__(self) -> tuple[type[OutOfMemoryError], tuple[int, int, int]]:
        return type(self), (self._size, self._total, self._limit)


def not_implemented(name: str) -> NotImplementedError:
    """Return the error for a part of CuPy that the simulator does not implement."""
    return NotImplementedError(f"{name} is not implemented by the simulated GPU of zarr-devbuf")


def warn_experimental(name: str) -> None:
    """Warn of a part of CuPy that CuPy calls experimental; the function that calls is warned of."""
    caller = sys._getframe(1)  # noqa: SLF001
    module = caller.f_globals.get("__name__", "").removeprefix("zarr_devbuf.simulator.")
    message = f"{name} is experimental. The interface can change in the future."
    file, line = caller.f_code.co_filename, caller.f_lineno
    warnings.warn_explicit(message, FutureWarning, file, line, module)
