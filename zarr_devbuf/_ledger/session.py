"""Recording sessions."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, final

from zarr_devbuf._ledger.log import TransferLog
from zarr_devbuf._ledger.watching import watching

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr_devbuf._ledger.recorder import Entry

__all__ = ["record_transfers"]


@final
class _Session:
    """Writes down what happens, in a list that a `TransferLog` reads."""

    __slots__ = ("entries",)

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def admit(self, entry: Entry) -> bool:  # noqa: ARG002 - a guard's method
        """Leave the decision to the guards."""
        return False

    def enter(self, entry: Entry) -> None:
        self.entries.append(entry)


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
    session = _Session()
    with watching(session):
        yield TransferLog.over(session.entries)
