"""Accesses to device memory, as the streams' order is checked; callers test ``tracker.active``."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

from zarr_devbuf.simulator._core.current_device import current_id, device_count
from zarr_devbuf.simulator._core.current_stream import current_stream
from zarr_devbuf.simulator._ordering.tracker import tracker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr_devbuf.simulator._ordering.clocks import Snapshot

__all__ = [
    "access_bytes",
    "access_memory",
    "host_function",
    "host_waits_for",
    "on_stream",
    "pointer_of",
    "read",
    "record_event",
    "stream_waits_for",
    "synchronize",
    "synchronize_device",
    "write",
]

_LEGACY = 1


class _Work(threading.local):
    """The stream of a library on which this thread works, and its device.

    0 and -1 for CuPy's current stream and device.
    """

    pointer = 0
    device = -1


_work = _Work()


def pointer_of(stream: Any = None, device_id: int | None = None) -> int:
    """Return the address of a stream; ``None`` is this thread's on a device."""
    if stream is None:
        if _work.pointer:
            return _work.pointer
        stream = current_stream(current_id() if device_id is None else device_id)
        if stream is None:
            return _LEGACY
    pointer = getattr(stream, "ptr", None)
    if pointer is None:
        foreign = getattr(stream, "__cuda_stream__", None)
        pointer = stream if foreign is None else foreign()[1]
    return int(pointer) or _LEGACY


def read(array: Any) -> None:
    """Record that this thread's stream reads an array."""
    raw = array._raw
    if raw.size:
        tracker.access_array(array._mem, raw, _device(), pointer_of(), writes=False)


def write(array: Any) -> None:
    """Record that this thread's stream writes an array."""
    raw = array._raw
    if raw.size:
        tracker.access_array(array._mem, raw, _device(), pointer_of(), writes=True)


def access_memory(array: Any, raw: Any, *, writes: bool, pointer: int = 0) -> None:
    """Record an access to a part of an array.

    Parameters
    ----------
    array
        The array.
    raw
        The part.
    writes
        Whether it is written.
    pointer
        The address of the stream; 0 for this thread's.
    """
    if raw.size:
        tracker.access_array(array._mem, raw, _device(), pointer or pointer_of(), writes=writes)


def access_bytes(block: Any, offset: int, nbytes: int, *, writes: bool, pointer: int = 0) -> None:
    """Record an access to bytes of a block; `pointer` is its stream, 0 for this thread's."""
    clock = tracker.begin(_device(), pointer or pointer_of())
    tracker.access_bytes(block, block.host + offset, nbytes, clock, writes=writes)


def record_event(stream: Any = None) -> Snapshot:
    """Return what an event holds that is recorded on a stream."""
    return tracker.record(_device(), pointer_of(stream))


def stream_waits_for(stream: Any, event: Snapshot | None) -> None:
    """Order what is issued later on a stream after an event."""
    tracker.wait(_device(), pointer_of(stream), event, device_count())


def host_waits_for(event: Snapshot | None) -> None:
    """Order whatever is issued later after an event."""
    tracker.host_wait(event, device_count())


def synchronize(stream: Any = None) -> None:
    """Order whatever is issued later after all work on a stream."""
    tracker.synchronize(_device(), pointer_of(stream))


def synchronize_device(device_id: int) -> None:
    """Order whatever is issued later after all work on a device."""
    tracker.synchronize_device(device_id)


@contextlib.contextmanager
def host_function(stream: Any) -> Iterator[None]:
    """Call a host function within a block, as a stream does.

    The function follows the work on the stream that was issued before, and what is issued on the
    stream afterwards follows the function. The host in general waits for neither.
    """
    pointer = pointer_of(stream)
    with tracker.host_function(_device(), pointer):
        yield


@contextlib.contextmanager
def on_stream(stream: Any, device_id: int = -1) -> Iterator[None]:
    """Make the accesses of this thread those of another stream than its current one.

    ``None`` is the current one. The device is that of this thread by default.
    """
    before = _work.pointer, _work.device
    _work.pointer, _work.device = pointer_of(stream), device_id
    try:
        yield
    finally:
        _work.pointer, _work.device = before


def _device() -> int:
    return current_id() if _work.device < 0 else _work.device
