"""The errors that the device raises."""

from __future__ import annotations

from typing import Final

__all__ = ["CUDARuntimeError", "OutOfMemoryError", "not_modelled"]

_MESSAGES: Final = {
    1: "cudaErrorInvalidValue: invalid argument",
    2: "cudaErrorMemoryAllocation: out of memory",
    100: "cudaErrorNoDevice: no CUDA-capable device is detected",
    101: "cudaErrorInvalidDevice: invalid device ordinal",
}


class CUDARuntimeError(RuntimeError):
    """An error of the CUDA runtime; ``status`` is CUDA's number for it."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(_MESSAGES.get(status, f"cudaError{status}: error {status}"))

    def __reduce__(self) -> tuple[type[CUDARuntimeError], tuple[int]]:
        return type(self), (self.status,)


class OutOfMemoryError(MemoryError):
    """The device has not that much memory left, or no more is allowed.

    Parameters
    ----------
    size, total, limit
        Bytes asked for, bytes in use, and bytes allowed (0: no limit).
    """

    def __init__(self, size: int, total: int, limit: int = 0) -> None:
        self._size, self._total, self._limit = size, total, limit
        allowed = f", limit set to: {limit:,} bytes" if limit else ""
        super().__init__(
            f"Out of memory allocating {size:,} bytes (allocated so far: {total:,} bytes{allowed})."
        )

    def __reduce__(self) -> tuple[type[OutOfMemoryError], tuple[int, int, int]]:
        return type(self), (self._size, self._total, self._limit)


def not_modelled(name: str) -> NotImplementedError:
    """Make the error for something that CuPy has and the simulator does not claim to know."""
    return NotImplementedError(f"{name} is not modelled by the simulated device of zarr-devbuf")
