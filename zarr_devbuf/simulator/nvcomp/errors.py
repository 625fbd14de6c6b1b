"""The errors of nvCOMP: what failed, and the number of nvCOMP's status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from zarr_devbuf.simulator._core.errors import CUDARuntimeError

__all__ = ["cuda_failure", "failure"]

_STATUS: Final = {
    "invalid value": 10,
    "not supported": 11,
    "cannot decompress": 12,
    "bad checksum": 13,
    "cannot verify checksums": 14,
    "wrong header": 16,
    "chunk size too large": 18,
    "cannot compress": 19,
    "wrong input length": 20,
}


def cuda_failure(error: CUDARuntimeError) -> RuntimeError:
    """Return nvCOMP's error for one of the CUDA runtime."""
    text = str(error).partition(": ")[2]
    return RuntimeError(f"CUDA Runtime API failure: {text} : code=1000.")


def failure(status: str, message: str) -> RuntimeError:
    """Return the error for a status of nvCOMP.

    Parameters
    ----------
    status
        One of nvCOMP's statuses, such as ``"cannot decompress"``.
    message
        What is wrong.
    """
    return RuntimeError(f"nvCOMP failure: {message}: {status}: code={_STATUS[status]}.")
