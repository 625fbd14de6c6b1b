"""The stream of each operation: the one place where operations are issued.

Operations are done when they are issued. Here an array learns which stream has written it, and here
the order of operations on different streams is checked.
"""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr_devbuf.simulator._core.accesses import (
    on_stream,
    read,
    record_event,
    stream_waits_for,
    synchronize,
    write,
)
from zarr_devbuf.simulator._core.synchronization import check_allowed
from zarr_devbuf.simulator._ordering.tracker import tracker

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarr_devbuf.simulator.nvcomp.stream import CudaStream

__all__ = ["finish", "issue", "wait"]


def issue(stream: CudaStream, *, reads: Iterable[Any] = (), writes: Iterable[Any] = ()) -> None:
    """Issue an operation.

    Parameters
    ----------
    stream
        The stream on which it runs.
    reads, writes
        The arrays that it reads and writes; those that it writes get its stream.
    """
    if tracker.active:
        for array in reads:
            _follow(stream, array._stream)
        with on_stream(stream.ptr, stream.device):
            for array in reads:
                if array._device is not None:
                    read(array._device)
            for array in writes:
                if array._device is not None:
                    write(array._device)
    for array in writes:
        if array._device is not None:
            array._device._mem._written = tracker.waits
        array._stream = stream


def _follow(stream: CudaStream, other: CudaStream) -> None:
    """Order what is issued later on a stream after all work on the stream of an array."""
    if other.ptr != stream.ptr:
        with on_stream(other.ptr, other.device):
            event = record_event()
        with on_stream(stream.ptr, stream.device):
            stream_waits_for(None, event)


def finish(stream: CudaStream) -> None:
    """Order whatever is issued later after all work on a stream."""
    if tracker.active:
        with on_stream(stream.ptr, stream.device):
            synchronize()


def wait(stream: CudaStream) -> None:
    """Wait for a stream; raise ``DeviceSynchronized`` if this thread may not wait."""
    check_allowed()
    finish(stream)
