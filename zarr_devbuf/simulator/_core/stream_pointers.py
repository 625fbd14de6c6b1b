"""The addresses of streams that other libraries than CuPy make."""

from __future__ import annotations

import itertools
from typing import Any

from zarr_devbuf.simulator._core.current_device import current_id
from zarr_devbuf.simulator._core.current_stream import current_stream
from zarr_devbuf.simulator._ordering.tracker import tracker

__all__ = ["LEGACY", "PER_THREAD", "current_pointer", "new_pointer"]

LEGACY, PER_THREAD = 1, 2

# Apart from those of CuPy's streams, which start at 0x1000.
_numbers = itertools.count(0x5_0000_0000)


def new_pointer(*, non_blocking: bool | None = None) -> int:
    """Return the address of a new stream; by default, of something else that is no stream."""
    pointer = next(_numbers)
    if non_blocking is not None:
        tracker.made(pointer, non_blocking=non_blocking)
    return pointer


def current_pointer() -> int:
    """Return the address of CuPy's current stream; 0 for the default stream."""
    stream: Any = current_stream(current_id())
    return 0 if stream is None else int(stream.ptr)
