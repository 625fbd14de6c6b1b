"""A transfer, the sum of several transfers, and the error about unwanted ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, final

from zarr_devbuf._transfers.call_site import shorten

__all__ = [
    "ARROWS",
    "STORAGE_ARROWS",
    "Direction",
    "StorageDirection",
    "StorageTransfer",
    "Traffic",
    "Transfer",
    "TransferError",
    "format_bytes",
]

type Direction = Literal["h2d", "d2h"]
type StorageDirection = Literal["s2d", "d2s"]

ARROWS: dict[str, str] = {"h2d": "host→device", "d2h": "device→host"}
STORAGE_ARROWS: dict[str, str] = {"s2d": "storage→device", "d2s": "device→storage"}


def format_bytes(nbytes: int) -> str:
    """Format a number of bytes as text."""
    return "1 byte" if nbytes == 1 else f"{nbytes:,} bytes"


@final
@dataclass(frozen=True, slots=True)
class Transfer:
    """
    A copy of bytes between host and device memory.

    Attributes
    ----------
    direction : {"h2d", "d2h"}
        Host to device, or device to host.
    nbytes : int
        Bytes moved, not elements. Never 0: a copy of no bytes is not recorded.
    explicit : bool
        Whether the code requested the transfer (``.get()``, ``as_numpy_array``, ``from_bytes``). A
        host array that is passed where a device array is expected causes an implicit transfer.
    where : str
        The line that caused it, as ``"path:line in function"``.
    thread : str
        Name of the thread that made it.
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
            f"{kind} {ARROWS[self.direction]} transfer of {format_bytes(self.nbytes)} "
            f"at {shorten(self.where)} [thread {self.thread}]"
        )


@final
@dataclass(frozen=True, slots=True)
class StorageTransfer:
    """
    A copy of bytes between a file or server and device memory.

    It is no transfer between host and device: the program passes the bytes to no host memory of its
    own. Whether a library such as kvikio uses host memory on the way is its own affair, and depends
    on the machine.

    Attributes
    ----------
    direction : {"s2d", "d2s"}
        Storage to device, or device to storage.
    nbytes : int
        Bytes moved, not elements. Never 0.
    where : str
        The line that caused it, as ``"path:line in function"``.
    thread : str
        Name of the thread that made it.
    """

    __module__ = "zarr_devbuf.transfers"

    direction: StorageDirection
    nbytes: int
    where: str
    thread: str

    def __str__(self) -> str:
        return (
            f"{STORAGE_ARROWS[self.direction]} transfer of {format_bytes(self.nbytes)} "
            f"at {shorten(self.where)} [thread {self.thread}]"
        )


@final
@dataclass(frozen=True, slots=True)
class Traffic:
    """
    The sum of several transfers.

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
    A guard blocked a transfer, or a budget was exceeded.

    Attributes
    ----------
    transfer : Transfer or None
        The transfer that a guard blocked (it did not happen); None if a budget was exceeded.
    """

    __module__ = "zarr_devbuf.transfers"

    def __init__(self, message: str, transfer: Transfer | None = None) -> None:
        super().__init__(message, transfer)
        self.message = message
        self.transfer = transfer

    def __str__(self) -> str:
        return self.message
