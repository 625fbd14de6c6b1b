"""The errors that the simulated device raises."""

from __future__ import annotations

import functools
import sys
import warnings
from typing import TYPE_CHECKING, Any, ClassVar, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "CUDADriverError",
    "CUDARuntimeError",
    "OutOfBoundsError",
    "OutOfMemoryError",
    "not_implemented",
    "warn_experimental",
]

_MESSAGES: Final = {
    1: "cudaErrorInvalidValue: invalid argument",
    2: "cudaErrorMemoryAllocation: out of memory",
    100: "cudaErrorNoDevice: no CUDA-capable device is detected",
    101: "cudaErrorInvalidDevice: invalid device ordinal",
    700: "cudaErrorIllegalAddress: an illegal memory access was encountered",
    702: "cudaErrorLaunchTimeout: the launch timed out and was terminated",
    710: "cudaErrorAssert: device-side assert triggered",
    716: "cudaErrorMisalignedAddress: misaligned address",
    719: "cudaErrorLaunchFailure: unspecified launch failure",
}
_DRIVER_MESSAGES: Final = {
    1: "CUDA_ERROR_INVALID_VALUE: invalid argument",
    400: "CUDA_ERROR_INVALID_HANDLE: invalid resource handle",
    500: "CUDA_ERROR_NOT_FOUND: named symbol not found",
    719: "CUDA_ERROR_LAUNCH_FAILED: unspecified launch failure",
}


class _CUDAError(RuntimeError):
    """An error with a number of CUDA, ``status``.

    Parameters
    ----------
    status
        The number.
    detail
        What the simulator knows besides; it follows CUDA's message.
    """

    # The messages by number, and that of the others.
    _messages: ClassVar[Mapping[int, str]]
    _other: ClassVar[str]

    def __init__(self, status: int, detail: str = "") -> None:
        self.status = status
        self._detail = detail
        message = self._messages.get(status, self._other.format(status=status))
        super().__init__(f"{message}: {detail}" if detail else message)

    def __reduce__(self) -> Any:
        return type(self), (self.status, self._detail)


class CUDARuntimeError(_CUDAError):
    """An error of the CUDA runtime; ``status`` is its number in CUDA.

    Parameters
    ----------
    status
        The number.
    detail
        What the simulator knows besides; it follows CUDA's message.
    """

    __module__ = "zarr_devbuf.simulator"
    _messages = _MESSAGES
    _other = "cudaError{status}: error {status}"


class OutOfBoundsError(CUDARuntimeError):
    """A kernel accesses memory beyond an array.

    Parameters
    ----------
    detail
        A sentence with all of the following.
    kernel
        The name of the kernel.
    argument
        The number of its argument, from 0.
    offset
        Where the access begins, in bytes from the first element of the array; it may be negative.
    write
        Whether it is a write; ``None`` if that is not known.
    """

    __module__ = "zarr_devbuf.simulator"

    def __init__(
        self, detail: str, kernel: str, argument: int, offset: int, *, write: bool | None
    ) -> None:
        super().__init__(700, detail)
        self.kernel = kernel
        self.argument = argument
        self.offset = offset
        self.write = write

    def __reduce__(self) -> Any:
        make = functools.partial(type(self), write=self.write)
        return make, (self._detail, self.kernel, self.argument, self.offset)


class CUDADriverError(_CUDAError):
    """An error of the CUDA driver; ``status`` is its number in CUDA.

    Parameters
    ----------
    status
        The number.
    detail
        What the simulator knows besides; it follows CUDA's message.
    """

    __module__ = "cupy_backends.cuda.api.driver"
    _messages = _DRIVER_MESSAGES
    _other = "CUDA_ERROR_UNKNOWN: error {status}"


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
