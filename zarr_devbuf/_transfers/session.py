"""Recording sessions."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from zarr_devbuf._transfers.log import TransferLog
from zarr_devbuf._transfers.watching import watching

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr_devbuf._transfers.recorder import Entry

__all__ = ["record_transfers"]


@contextmanager
def record_transfers() -> Iterator[TransferLog]:
    """
    Record every transfer between host and device memory while a block runs.

    Those of all threads: zarr works on threads of its own. Sessions nest, and each sees what
    happens while it is open.

    Yields
    ------
    TransferLog
        Grows while the block runs, and stays as it is afterwards.
    """
    entries: list[Entry] = []
    with watching(entries):
        yield TransferLog.over(entries)
