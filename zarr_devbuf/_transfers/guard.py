"""Guards, which log or block transfers before they happen."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, final, get_args

from zarr_devbuf._transfers.log import to_transfer
from zarr_devbuf._transfers.recorder import innermost_guard
from zarr_devbuf._transfers.session import observe
from zarr_devbuf._transfers.transfer import TransferError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr_devbuf._transfers.recorder import Entry
    from zarr_devbuf._transfers.transfer import Transfer

__all__ = ["GuardLevel", "implicit_transfers_allowed", "transfer_guard"]

GuardLevel = Literal["allow", "log", "disallow", "disallow_implicit"]
_LEVELS: tuple[str, ...] = get_args(GuardLevel)

_logger = logging.getLogger("zarr_devbuf.transfers")


@final
class _Guard:
    __slots__ = ("level",)

    def __init__(self, level: GuardLevel) -> None:
        self.level = level

    def check(self, entry: Entry) -> None:
        __tracebackhide__ = True
        if self.level == "log":
            _logger.warning("%s", to_transfer(entry))
        elif self.level == "disallow" or (self.level == "disallow_implicit" and not entry[2]):
            transfer = to_transfer(entry)
            raise TransferError(_message(transfer, self.level), transfer)


def _message(transfer: Transfer, level: GuardLevel) -> str:
    if transfer.explicit:
        advice = "Keep the data on its device"
    elif transfer.direction == "d2h":
        advice = "Keep the data on the device, or request the copy with as_numpy_array() or .get()"
    else:
        advice = (
            "Create the data on the device, or request the copy with from_bytes, from_numpy_array "
            "or the array library's asarray"
        )
    return (
        f"transfer_guard({level!r}) blocked an {transfer}. No data was moved. {advice}. "
        "If the transfer is intended, put it in a block `with transfer_guard('allow'):`."
    )


@contextmanager
def transfer_guard(level: GuardLevel) -> Iterator[None]:
    """
    Allow, log or block transfers while a block runs.

    A guard applies to all threads, because zarr uses threads of its own. If guards are nested, only
    the innermost one applies.

    Parameters
    ----------
    level : {"allow", "log", "disallow", "disallow_implicit"}
        ``"allow"`` allows all transfers. ``"log"`` allows them, and logs a line for each to the
        logger ``zarr_devbuf.transfers`` (level WARNING). ``"disallow"`` blocks all transfers.
        ``"disallow_implicit"`` blocks those that the code did not request.

    Raises
    ------
    ValueError
        If `level` is none of these.
    TransferError
        In the block, at the line that causes a blocked transfer, before any data is moved.
    """
    if level not in _LEVELS:
        raise ValueError(f"level must be one of {', '.join(map(repr, _LEVELS))}, not {level!r}")
    with observe(_Guard(level)):
        yield


def implicit_transfers_allowed() -> bool:
    """
    Return whether a guard explicitly allows implicit transfers.

    Returns
    -------
    bool
        True if the innermost guard is ``"allow"`` or ``"log"``. False for the other levels, and if
        there is no guard: the reference buffer classes then reject a host array instead of copying
        it.
    """
    guard = innermost_guard()
    return isinstance(guard, _Guard) and guard.level in {"allow", "log"}
