"""Memory resources that limit, log or observe another one."""

from __future__ import annotations

import os
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zarr_devbuf.simulator._core.current_device import current_id
from zarr_devbuf.simulator.rmm.pylibrmm.memory_resource._base import (
    DeviceMemoryResource,
    UpstreamResourceAdaptor,
    round_up,
    size_t,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr_devbuf.simulator.rmm.pylibrmm.stream import Stream

__all__ = [
    "FailureCallbackResourceAdaptor",
    "LimitingResourceAdaptor",
    "LoggingResourceAdaptor",
    "PrefetchResourceAdaptor",
    "TrackingResourceAdaptor",
]


class LimitingResourceAdaptor(UpstreamResourceAdaptor):
    """Limits the bytes that are allocated from another memory resource.

    Parameters
    ----------
    upstream_mr
        The other one.
    allocation_limit
        The most bytes, in units of 256.
    """

    def __init__(self, upstream_mr: DeviceMemoryResource, allocation_limit: int) -> None:
        super().__init__(upstream_mr)
        self._limit = size_t(allocation_limit)
        self._used = 0

    def get_allocated_bytes(self) -> int:
        """Return the bytes in use."""
        return self._used

    def get_allocation_limit(self) -> int:
        """Return the limit in bytes."""
        return self._limit

    def _allocate(self, nbytes: int, stream: Stream) -> int:
        rounded = round_up(nbytes)
        if self._used + rounded > self._limit:
            raise MemoryError(
                "std::bad_alloc: out_of_memory: Exceeded memory limit (failed to allocate "
                f"{nbytes} bytes)"
            )
        address = super()._allocate(nbytes, stream)
        self._used += rounded
        return address

    def _deallocate(self, ptr: int, nbytes: int, stream: Stream) -> None:
        super()._deallocate(ptr, nbytes, stream)
        self._used -= round_up(nbytes)


class TrackingResourceAdaptor(UpstreamResourceAdaptor):
    """Remembers the allocations of another memory resource that are not freed.

    Parameters
    ----------
    upstream_mr
        The other one.
    capture_stacks
        Whether the lines that allocated are remembered, too.
    """

    def __init__(self, upstream_mr: DeviceMemoryResource, capture_stacks: bool = False) -> None:
        super().__init__(upstream_mr)
        self._captures = capture_stacks
        self._live: dict[int, tuple[int, str]] = {}

    def get_allocated_bytes(self) -> int:
        """Return the bytes in use."""
        return sum(nbytes for nbytes, _ in self._live.values())

    def get_outstanding_allocations_str(self) -> str:
        """Return the allocations that are not freed, one a line."""
        return "".join(
            f"0x{address:x}: {nbytes} B{f' : callstack:\n{stack}' if stack else ''}\n"
            for address, (nbytes, stack) in self._live.items()
        )

    def log_outstanding_allocations(self) -> None:
        """Do nothing: there is no debug log."""

    def _allocate(self, nbytes: int, stream: Stream) -> int:
        address = super()._allocate(nbytes, stream)
        stack = "".join(traceback.format_stack()[:-2]) if self._captures else ""
        self._live[address] = nbytes, stack
        return address

    def _deallocate(self, ptr: int, nbytes: int, stream: Stream) -> None:
        super()._deallocate(ptr, nbytes, stream)
        self._live.pop(ptr, None)


class LoggingResourceAdaptor(UpstreamResourceAdaptor):
    """Writes the events of another memory resource to a file of comma-separated values.

    Parameters
    ----------
    upstream_mr
        The other one.
    log_file_name
        The path, to which ``.dev`` and the number of the device are added before the ending; by
        default the environment variable ``RMM_LOG_FILE``.
    """

    def __init__(self, upstream_mr: DeviceMemoryResource, log_file_name: Any = None) -> None:
        super().__init__(upstream_mr)
        name = log_file_name or os.getenv("RMM_LOG_FILE")
        if not name:
            raise ValueError(
                "RMM log file must be specified either using log_file_name= argument or "
                "RMM_LOG_FILE environment variable"
            )
        path = Path(name)
        self._path = path.with_name(f"{path.stem}.dev{current_id()}{path.suffix}").absolute()
        self._path.write_text("Thread,Time,Action,Pointer,Size,Stream\n", encoding="utf-8")
        self._lock = threading.Lock()

    def flush(self) -> None:
        """Do nothing: each line is written at once."""

    def get_file_name(self) -> str:
        """Return the path."""
        return str(self._path)

    def _write(self, action: str, address: int, nbytes: int, stream: Stream) -> None:
        now = time.time()
        clock = time.strftime("%H:%M:%S", time.localtime(now))
        when = f"{clock}.{int(now % 1 * 1_000_000):06}"
        values = threading.get_native_id(), when, action, f"0x{address:x}", nbytes
        line = ",".join(map(str, (*values, f"0x{stream.__cuda_stream__()[1]:x}")))
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")

    def _allocate(self, nbytes: int, stream: Stream) -> int:
        try:
            address = super()._allocate(nbytes, stream)
        except MemoryError:
            self._write("allocate failure", 0, nbytes, stream)
            raise
        self._write("allocate", address, nbytes, stream)
        return address

    def _deallocate(self, ptr: int, nbytes: int, stream: Stream) -> None:
        self._write("free", ptr, nbytes, stream)
        super()._deallocate(ptr, nbytes, stream)


class FailureCallbackResourceAdaptor(UpstreamResourceAdaptor):
    """Calls a function if an allocation fails.

    Parameters
    ----------
    upstream_mr
        The other memory resource.
    callback
        Called with the number of bytes; returns whether to try again.
    """

    def __init__(self, upstream_mr: DeviceMemoryResource, callback: Callable[[int], bool]) -> None:
        super().__init__(upstream_mr)
        self._callback = callback

    def _allocate(self, nbytes: int, stream: Stream) -> int:
        while True:
            try:
                return super()._allocate(nbytes, stream)
            except MemoryError:
                if not self._callback(nbytes):
                    raise


class PrefetchResourceAdaptor(UpstreamResourceAdaptor):
    """Moves managed memory to the device after its allocation: there is one memory for both."""
