"""Record a transfer by hand, where CuPy would see only a part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from zarr_devbuf._transfers.declarations import unrecorded, unrecorded_transfers
from zarr_devbuf._transfers.recorder import admit, enter, watchers

if TYPE_CHECKING:
    from zarr_devbuf._transfers.transfer import Direction

__all__ = ["accounted_transfer"]

_QUIET = unrecorded_transfers()


@final
class accounted_transfer:  # noqa: N801 - used as a function; a generator would add frames to the stack
    """
    Record one transfer, and keep the block's own copies out of the ledger.

    For copies that involve a CuPy array allocated before the session: its pointer does not record,
    while a contiguous copy that CuPy makes of it on the way does. So nothing is missed or counted
    twice. A context manager.

    Parameters
    ----------
    direction : {"h2d", "d2h"}
        Host to device, or device to host.
    nbytes : int
        Bytes to be moved by the block.
    explicit : bool, optional
        Whether the code asks for it; by default the line that caused it tells, as for CuPy's own
        arrays.

    Raises
    ------
    TransferError
        Where a guard forbids it, before the block runs.
    """

    __slots__ = ("_direction", "_explicit", "_nbytes")

    def __init__(self, direction: Direction, nbytes: int, *, explicit: bool | None = None) -> None:
        self._direction = direction
        self._nbytes = nbytes
        self._explicit = explicit

    def __enter__(self) -> None:
        __tracebackhide__ = True
        if watchers() and not unrecorded():
            entry = admit(self._direction, self._nbytes, self._explicit)
            if entry is not None:
                enter(entry)
        _QUIET.__enter__()

    def __exit__(self, *exception: object) -> None:
        _QUIET.__exit__()
