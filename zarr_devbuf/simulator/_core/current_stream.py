"""Which stream each thread uses on each device."""

from __future__ import annotations

import threading
from typing import Any

from zarr_devbuf.simulator._core.current_device import current_id
from zarr_devbuf.simulator._ordering.tracker import tracker

__all__ = ["current_stream", "set_current_stream", "stack", "stream_identifier", "stream_pointer"]

LEGACY, PER_THREAD = 1, 2


class _Current(threading.local):
    """The current stream of a thread on each device, and the ``with`` blocks that it is in."""

    def __init__(self) -> None:
        self.streams: dict[int, Any] = {}
        self.stack: list[tuple[int, Any]] = []


_current = _Current()
# Whether any thread has selected a stream: until then, all use the default stream.
_selected = False


def current_stream(device_id: int) -> Any:
    """Return this thread's stream on a device; ``None`` for the default stream."""
    return _current.streams.get(device_id)


def set_current_stream(device_id: int, stream: Any) -> None:
    """Select a stream for this thread on a device."""
    global _selected  # noqa: PLW0603
    _selected = True
    if stream is not None and stream.ptr > LEGACY:
        tracker.second_stream()
    _current.streams[device_id] = stream


def stack() -> list[tuple[int, Any]]:
    """Return the streams that this thread's ``with`` blocks restore, with their devices."""
    return _current.stack


def stream_identifier() -> int:
    """Return a number for this thread's stream on its device; 0 for the default stream."""
    if not _selected:
        return 0
    stream = _current.streams.get(current_id())
    if stream is None:
        return 0
    pointer: int = stream.ptr
    return -threading.get_ident() if pointer == PER_THREAD else pointer


def stream_pointer() -> int:
    """Return the address of this thread's stream, 1 for the default stream, as it is exported."""
    stream = _current.streams.get(current_id())
    return 1 if stream is None else stream.ptr or 1
