"""One transfer, the account of several, and the error about one too many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, final

from zarr_devbuf._transfers.call_site import shorten

__all__ = ["ARROWS", "Direction", "Traffic", "Transfer", "TransferError", "in_bytes"]

type Direction = Literal["h2d", "d2h"]

ARROWS: dict[str, str] = {"h2d": "host→device", "d2h": "device→host"}


def in_bytes(nbytes: int) -> str:
    """Put a number of bytes in words."""
    return "1 byte" if nbytes == 1 else f"{nbytes:,} bytes"


@final
@dataclass(frozen=True, slots=True)
class Transfer:
    """
    One copy of bytes between host and device memory.

    Attributes
    ----------
    direction : {"h2d", "d2h"}
        Host to device, or device to host.
    nbytes : int
        Bytes moved, not elements. Never 0: what moves nothing is not recorded.
    explicit : bool
        Whether the code asked for the transfer (``.get()``, ``as_numpy_array``, ``from_bytes``), in
        contrast to host memory handed in where device memory was due.
    where : str
        The line that caused it, as ``"path:line in function"``.
    thread : str
        Name of the thread that it happened on.
    """

    __module__ = "zarr_devbuf.transfers"

    direction: Direction
    nbytes: int
    explicit: bool
    where: str
    thread: str

    def __str__(self) -> str:
        kind = "explicit" if self.explicit else "implicit"
        return (
            f"{kind} {ARROWS[self.direction]} transfer of {in_bytes(self.nbytes)} "
            f"at {shorten(self.where)} [thread {self.thread}]"
        )


@final
@dataclass(frozen=True, slots=True)
class Traffic:
    """
    The sum of some transfers.

    Attributes
    ----------
    count : int
        Number of transfers.
    nbytes : int
        Bytes moved by all of them.
    """

    __module__ = "zarr_devbuf.transfers"

    count: int
    nbytes: int


@final
class TransferError(RuntimeError):
    """
    A transfer that a guard forbids, or more of them than a budget grants.

    Attributes
    ----------
    transfer : Transfer or None
        The transfer refused by a guard (it did not happen); None where a budget was exceeded.
    """

    __module__ = "zarr_devbuf.transfers"

    def __init__(self, message: str, transfer: Transfer | None = None) -> None:
        super().__init__(message, transfer)
        self.message = message
        self.transfer = transfer

    def __str__(self) -> str:
        return self.message
