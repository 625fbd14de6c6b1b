"""Count the transfers of a check's subject, and none of the check itself."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

from zarr_devbuf.checks.errors import violated
from zarr_devbuf.transfers import TransferLog, record_transfers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr_devbuf.transfers import Transfer

__all__ = ["Measurement", "current_measurement", "measured"]


@final
@dataclass(slots=True)
class Measurement:
    """The transfers that a check has measured so far, and the maximum for one operation."""

    max_transfers: int | None = None
    transfers: list[Transfer] = field(default_factory=list)


current_measurement: ContextVar[Measurement | None] = ContextVar("measurement", default=None)


@contextmanager
def measured(what: str, *, units: int = 1) -> Iterator[TransferLog]:
    """
    Record the transfers of a block as the subject's, and compare them with ``max_transfers``.

    A check opens it around the call of the subject and nothing else. Outside a check, it only
    records.

    Parameters
    ----------
    what : str
        What the subject does in the block, as in "… made 3 transfers": ``"encoding one chunk"``.
    units : int, optional
        How many chunks or values the block processes: the maximum is for each.

    Yields
    ------
    TransferLog
        Complete when the block ends.

    Raises
    ------
    CheckFailed
        When the block ends, if it made more transfers than the user allows.
    """
    with record_transfers() as log:
        yield log
    measurement = current_measurement.get()
    if measurement is None:
        return
    measurement.transfers.extend(log)
    limit = measurement.max_transfers
    if limit is not None and len(log) > limit * units:
        allowed = f"at most {limit * units} transfers between host and device (max_transfers)"
        raise violated(
            expected=allowed if units == 1 else f"{allowed}, {limit} for each of {units}",
            actual=f"{what} made {len(log)}",
            advice="Keep the data on its device at the lines below, or allow more transfers with "
            f"max_transfers={-(-len(log) // units)}.",
            transfers=log,
        )
