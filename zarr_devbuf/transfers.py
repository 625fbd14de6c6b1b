"""
Record, guard and limit transfers between host and device memory.

Recording and guarding are process-wide, because zarr uses other threads than that of its caller.
They cost nothing while no session and no guard is open.

What is recorded:

* on ``sim``, every transfer;
* on ``gpu``, every copy that CuPy makes between host memory and device memory that was allocated
  while a session or guard was open: creation from host data, ``get``, ``set``, conversions,
  printing, uploads of indices and of tables of pointers, from pinned memory or not, on any stream,
  through views and pointer arithmetic. For arrays that are older than the session, the transfers
  that the reference classes and backends of this package make are recorded.

What is not recorded on ``gpu``: copies of older arrays outside these classes (``old.get()``);
copies of memory that was not allocated by the process-wide allocator
(`cupy.cuda.using_allocator`, DLPack, the CUDA array interface, `cupy.cuda.UnownedMemory`, symbols
of a `cupy.RawModule`); and copies that bypass CuPy's pointers (`cupy.cuda.runtime.memcpy`,
textures, NCCL, other libraries such as kvikio). Managed and unified memory migrates without a
visible copy. Copies within a device and between devices are not transfers. The log does not show
whether the host waits for a transfer.

Copies between storage and device memory (kvikio, cuFile; recorded on the simulated GPU alone) are
no transfers between host and device: ``log.storage`` lists them, and no guard, budget or verdict
counts them.

Explicit or implicit: a declaration (`explicit_transfers`, `implicit_transfers`) decides first; then
the method of zarr's buffer classes that was called (``as_numpy_array``, ``from_bytes``, … request a
transfer; ``__init__`` with a host array, ``__setitem__``, ``combine`` do not); then the argument
`explicit` of `record`. CuPy's transfers have no such argument, and are classified by the name of
the function that the line calls: ``get``, ``asarray``, … request a transfer; ``float(x)``,
``if x:``, ``x[[0, 2]]`` do not. The name is read from bytecode. If there is none
(``table[0](x)``), the transfer is implicit.

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

from zarr_devbuf._transfers.cupy_hook import attach_cupy
from zarr_devbuf._transfers.declarations import (
    explicit_transfers,
    implicit_transfers,
    unrecorded_transfers,
)
from zarr_devbuf._transfers.guard import implicit_transfers_allowed, transfer_guard
from zarr_devbuf._transfers.log import TransferLog
from zarr_devbuf._transfers.recorder import accounted_transfer, record, record_storage
from zarr_devbuf._transfers.session import record_transfers
from zarr_devbuf._transfers.transfer import (
    StorageTransfer,
    Traffic,
    Transfer,
    TransferError,
)

__all__ = [
    "StorageTransfer",
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
    "record_storage",
    "record_transfers",
    "transfer_guard",
    "unrecorded_transfers",
]
