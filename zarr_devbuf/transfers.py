"""What crosses between host and device memory: recorded, guarded, budgeted."""

from __future__ import annotations

from zarr_devbuf._ledger.cupy_hook import accounted_transfer, attach_cupy
from zarr_devbuf._ledger.guard import implicit_transfers_allowed, transfer_guard
from zarr_devbuf._ledger.intent import (
    explicit_transfers,
    implicit_transfers,
    unrecorded_transfers,
)
from zarr_devbuf._ledger.log import TransferLog
from zarr_devbuf._ledger.recorder import record
from zarr_devbuf._ledger.session import record_transfers
from zarr_devbuf._ledger.transfer import Traffic, Transfer, TransferError

__all__ = [
    "Traffic",
    "Transfer",
    "TransferError",
    "TransferLog",
    "accounted_transfer",
    "attach_cupy",
    "explicit_transfers",
    "implicit_transfers",
    "implicit_transfers_allowed",
    "record",
    "record_transfers",
    "transfer_guard",
    "unrecorded_transfers",
]
