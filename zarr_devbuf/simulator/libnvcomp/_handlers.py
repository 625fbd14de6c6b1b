"""What the functions of the library do, on simulated device memory."""

# ruff: noqa: PLR0917 - the parameters are those of the C function.
from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from numcodecs import zstd  # type: ignore[import-untyped]  # it has no type information

from zarr_devbuf.simulator._core.addresses import host_of
from zarr_devbuf.simulator._core.errors import CUDARuntimeError

__all__ = ["HANDLERS"]

# Of nvcompStatus_t.
_SUCCESS, _INVALID_VALUE, _CANNOT_DECOMPRESS = 0, 10, 12
_SIZE, _ADDRESS = ctypes.c_size_t, ctypes.c_void_p


def _array(address: int, count: int, dtype: str) -> Any:
    """Return device memory as an array of the host, which shares it."""
    itemsize = np.dtype(dtype).itemsize
    host = host_of(address, count * itemsize)
    memory = (ctypes.c_uint8 * (count * itemsize)).from_address(host)
    return np.frombuffer(memory, dtype)


def _temp_size(count: int, largest: int, nbytes: Any, total: int) -> int:  # noqa: ARG001
    # nvCOMP's own working memory grows with the batch; the simulator needs none.
    nbytes[0] = 1
    return _SUCCESS


def _decompress(
    sources: int,
    source_sizes: int,
    target_sizes: int,
    sizes: int | None,
    count: int,
    targets: int,
    statuses: int | None,
) -> int:
    try:
        each = zip(
            _array(sources, count, "u8").tolist(),
            _array(source_sizes, count, "u8").tolist(),
            _array(targets, count, "u8").tolist(),
            _array(target_sizes, count, "u8").tolist(),
            strict=True,
        )
        results = [_decompress_one(*arguments) for arguments in each]
        if sizes:
            _array(sizes, count, "u8")[:] = [nbytes for nbytes, _ in results]
        if statuses:
            _array(statuses, count, "i4")[:] = [status for _, status in results]
    except CUDARuntimeError:
        return _INVALID_VALUE
    return _SUCCESS


def _decompress_one(source: int, nbytes: int, target: int, capacity: int) -> tuple[int, int]:
    """Decompress a frame; return the size in bytes and the status."""
    try:
        content = zstd.decompress(_array(source, nbytes, "u1").tobytes())
    except RuntimeError:
        return 0, _CANNOT_DECOMPRESS
    if len(content) > capacity:
        return 0, _CANNOT_DECOMPRESS
    _array(target, len(content), "u1")[:] = np.frombuffer(content, "u1")
    return len(content), _SUCCESS


_TEMP_SIZE = ctypes.CFUNCTYPE(ctypes.c_int, _SIZE, _SIZE, ctypes.POINTER(_SIZE), _SIZE)
_DECOMPRESS = ctypes.CFUNCTYPE(ctypes.c_int, *[_ADDRESS] * 4, _SIZE, *[_ADDRESS] * 2)

HANDLERS = (_TEMP_SIZE(_temp_size), _DECOMPRESS(_decompress))
