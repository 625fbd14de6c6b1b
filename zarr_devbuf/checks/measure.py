"""Count what the subject of a check moves, and nothing that the check itself moves."""

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

__all__ = ["Account", "account_in_force", "measured"]


@final
@dataclass(slots=True)
class Account:
    """What a check has measured so far, and how many transfers are granted to one operation."""

    max_transfers: int | None = None
    transfers: list[Transfer] = field(default_factory=list)


account_in_force: ContextVar[Account | None] = ContextVar("account", default=None)


@contextmanager
def measured(what: str, *, units: int = 1) -> Iterator[TransferLog]:
    """
    Record the transfers of a block as the subject's, and hold them against ``max_transfers``.

    To be opened by a check round nothing but the call of the subject. Called outside a check, it is
    just a recording.

    Parameters
    ----------
    what : str
        What the subject does in it, as in "… made 3 transfers": ``"encoding one chunk"``.
    units : int, optional
        How many chunks or values the block handles: the limit is for each.

    Yields
    ------
    TransferLog
        Complete once the block is left.

    Raises
    ------
    CheckFailed
        On leaving, where the user has given a maximum and there were more.
    """
    with record_transfers() as log:
        yield log
    account = account_in_force.get()
    if account is None:
        return
    account.transfers.extend(log)
    limit = account.max_transfers
    if limit is not None and len(log) > limit * units:
        granted = f"at most {limit * units} transfers between host and device (max_transfers)"
        raise violated(
            expected=granted if units == 1 else f"{granted}, {limit} for each of {units}",
            actual=f"{what} made {len(log)}",
            advice="keep the data on its device, at the lines below; or grant more by "
            f"max_transfers={-(-len(log) // units)}",
            transfers=log,
        )
