"""Test whether a Zarr codec, store or buffer is device-aware, with or without a GPU."""

# Importing this package imports zarr, and registers the reference buffers with it. The pytest
# plugin must import neither zarr nor numpy, so it is another package: `pytest_zarr_devbuf`.

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from zarr_devbuf import cpu, gpu, sim
from zarr_devbuf.backend import (
    Backend,
    BackendUnavailableError,
    backend_names,
    get_backend,
    register_backend,
)
from zarr_devbuf.config import use_backend
from zarr_devbuf.cpu import (
    NDBufferUsingTestNDArrayLike,
    StoreExpectingTestBuffer,
    TestBuffer,
    TestNDArrayLike,
)
from zarr_devbuf.store import BufferMismatchError, ExpectingStore
from zarr_devbuf.transfers import (
    Transfer,
    TransferError,
    TransferLog,
    record_transfers,
    transfer_guard,
)

if TYPE_CHECKING:
    from zarr_devbuf.simulator import simulate_gpu

__version__ = "0.1.0"

__all__ = [
    "Backend",
    "BackendUnavailableError",
    "BufferMismatchError",
    "ExpectingStore",
    "NDBufferUsingTestNDArrayLike",
    "StoreExpectingTestBuffer",
    "TestBuffer",
    "TestNDArrayLike",
    "Transfer",
    "TransferError",
    "TransferLog",
    "backend_names",
    "cpu",
    "get_backend",
    "gpu",
    "record_transfers",
    "register_backend",
    "sim",
    "simulate_gpu",
    "transfer_guard",
    "use_backend",
]


def __getattr__(name: str) -> Any:
    # The simulator takes longer to import than the rest, and most processes do not need it.
    if name == "simulate_gpu":
        return import_module("zarr_devbuf.simulator").simulate_gpu
    if name == "simulator":
        return import_module("zarr_devbuf.simulator")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
