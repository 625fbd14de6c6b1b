"""Recording sessions, and opening and closing of sessions and guards."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from zarr_devbuf._transfers.cupy_hook import attach_cupy, detach_cupy
from zarr_devbuf._transfers.log import TransferLog
from zarr_devbuf._transfers.recorder import (
    Session,
    add_observer,
    lock,
    observers,
    remove_observer,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr_devbuf._transfers.recorder import Observer

__all__ = ["observe", "record_transfers"]


@contextmanager
def observe(observer: Observer) -> Iterator[None]:
    """
    Keep a session or guard open while a block runs.

    The first one to open attaches to CuPy, and the last one to close detaches, in whatever order
    they close.
    """
    with lock:
        add_observer(observer)
    try:
        attach_cupy()
        yield
    finally:
        with lock:
            remove_observer(observer)
            if not observers():
                detach_cupy()


@contextmanager
def record_transfers() -> Iterator[TransferLog]:
    """
    Record every transfer between host and device memory while a block runs.

    The transfers of all threads are recorded, because zarr uses threads of its own. Sessions can be
    nested; each one records the transfers that happen while it is open. Copies between storage and
    device memory, as kvikio makes them, are recorded apart, in ``log.storage``.

    Yields
    ------
    TransferLog
        Grows while the block runs, and does not change afterwards.
    """
    session = Session()
    with observe(session):
        yield TransferLog.over(session, session.storage)
