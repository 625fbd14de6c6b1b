"""
What crosses between host and device memory: recorded, guarded, budgeted.

Recording and guarding are process-wide, as zarr works on other threads than its caller's, and cost
nothing where no session and no guard is open.

What is seen:

* on ``sim``, every transfer;
* on ``gpu``, every copy that CuPy makes between host memory and device memory that was allocated
  while a session or guard was open: creation from host data, ``get``, ``set``, conversions,
  printing, uploads of indices and of tables of pointers, from pinned memory or not, on any stream,
  through views and pointer arithmetic. For arrays that are older than the session, the reference
  classes and backends of this package keep account of what is moved through them.

What is not seen on ``gpu``: copies of older arrays outside these classes (``old.get()``); copies
of memory that did not come from the process-wide allocator (`cupy.cuda.using_allocator`, DLPack,
the CUDA array interface, `cupy.cuda.UnownedMemory`, symbols of a `cupy.RawModule`); and copies
past CuPy's pointers (`cupy.cuda.runtime.memcpy`, textures, NCCL, other libraries such as kvikio).
Managed and unified memory migrates without a copy that anybody could see. Copies within and
between devices are no transfers. Whether a transfer makes the host wait is not told.

Explicit or implicit: a declaration (`explicit_transfers`, `implicit_transfers`) decides; else the
method of zarr's buffer classes that was called (``as_numpy_array``, ``from_bytes``, … ask for a
transfer; ``__init__`` given a host array, ``__setitem__``, ``combine`` do not); else the
recorder's word. CuPy gives none, and what it does is judged by the name of what the line calls:
``get``, ``asarray``, … ask for a transfer; ``float(x)``, ``if x:``, ``x[[0, 2]]`` do not. That
name is read from bytecode; where there is none (``table[0](x)``) the transfer counts as implicit.

Examples
--------
>>> from zarr_devbuf import get_backend
>>> xp = get_backend("sim").xp
>>> with record_transfers() as log:
...     array = xp.asarray([1.0, 2.0, 3.0])
...     total = float(array.sum())
>>> log.host_to_device, log.device_to_host
(Traffic(count=1, nbytes=24), Traffic(count=1, nbytes=8))
>>> [transfer.explicit for transfer in log]
[True, False]
"""

from __future__ import annotations

from zarr_devbuf._transfers.account import accounted_transfer
from zarr_devbuf._transfers.cupy_hook import attach_cupy
from zarr_devbuf._transfers.declarations import (
    explicit_transfers,
    implicit_transfers,
    unrecorded_transfers,
)
from zarr_devbuf._transfers.guard import implicit_transfers_allowed, transfer_guard
from zarr_devbuf._transfers.log import TransferLog
from zarr_devbuf._transfers.recorder import record
from zarr_devbuf._transfers.session import record_transfers
from zarr_devbuf._transfers.transfer import Traffic, Transfer, TransferError

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
