"""Open and close what watches transfers."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from zarr_devbuf._transfers.cupy_hook import attach_cupy, detach_cupy
from zarr_devbuf._transfers.recorder import lock, unwatch, watch, watchers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr_devbuf._transfers.recorder import Watcher

__all__ = ["watching"]


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """
    Keep a session or guard open while a block runs.

    The first one to open attaches to CuPy, the last one to close detaches, in whatever order they
    close.
    """
    with lock:
        watch(watcher)
    try:
        attach_cupy()
        yield
    finally:
        with lock:
            unwatch(watcher)
            if not watchers():
                detach_cupy()
