"""Guards: transfers logged or refused as they are about to happen."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, final, get_args

from zarr_devbuf._transfers.log import readable
from zarr_devbuf._transfers.recorder import innermost_guard
from zarr_devbuf._transfers.transfer import TransferError
from zarr_devbuf._transfers.watching import watching

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

    def admit(self, entry: Entry) -> None:
        __tracebackhide__ = True
        if self.level == "log":
            _logger.warning("%s", readable(entry))
        elif self.level == "disallow" or (self.level == "disallow_implicit" and not entry[2]):
            transfer = readable(entry)
            raise TransferError(_refusal(transfer, self.level), transfer)


def _refusal(transfer: Transfer, level: GuardLevel) -> str:
    if transfer.explicit:
        advice = "keep the data on its device"
    elif transfer.direction == "d2h":
        advice = "keep the data on the device, or ask for the copy with as_numpy_array() or .get()"
    else:
        advice = (
            "make the data on the device, or ask for the copy with from_bytes, from_numpy_array or "
            "the array library's asarray"
        )
    return (
        f"transfer_guard({level!r}) refused an {transfer}; nothing was moved. To do: {advice}; "
        "where the transfer is meant, put it in a block `with transfer_guard('allow'):`."
    )


@contextmanager
def transfer_guard(level: GuardLevel) -> Iterator[None]:
    """
    Let transfers pass, log them, or refuse them, while a block runs.

    For all threads: zarr works on threads of its own. The innermost guard decides alone.

    Parameters
    ----------
    level : {"allow", "log", "disallow", "disallow_implicit"}
        ``"allow"`` lets all pass, ``"log"`` too, with a line each in the logger
        ``zarr_devbuf.transfers`` (level WARNING), ``"disallow"`` refuses all,
        ``"disallow_implicit"`` those that the code did not ask for.

    Raises
    ------
    ValueError
        For another level.
    TransferError
        In the block, at the line that causes a refused transfer, before anything is moved.
    """
    if level not in _LEVELS:
        raise ValueError(f"level must be one of {', '.join(map(repr, _LEVELS))}, not {level!r}")
    with watching(_Guard(level)):
        yield


def implicit_transfers_allowed() -> bool:
    """
    Return whether a guard explicitly lets implicit transfers pass.

    Returns
    -------
    bool
        True where the innermost guard is ``"allow"`` or ``"log"``. False under the others, and
        without any: the reference buffer classes then refuse a host array instead of copying it.
    """
    guard = innermost_guard()
    return isinstance(guard, _Guard) and guard.level in {"allow", "log"}
