"""Checks of transfers: what a store moves between host and device, and whether explicitly."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from zarr.abc.store import RangeByteRequest

from zarr_devbuf.checks.measure import measured
from zarr_devbuf.checks.store.harness import StoreHarness, store_check
from zarr_devbuf.checks.store.sample_values import SIZES, part_of, pattern
from zarr_devbuf.store import BufferMismatchError
from zarr_devbuf.transfers import record_transfers

if TYPE_CHECKING:
    from zarr_devbuf.transfers import TransferLog


_PART = RangeByteRequest(10, 55)


@store_check(
    "ours",
    "wasteful",
    device=True,
    advice="Transfer a value once, and only the bytes that are asked for.",
)
def check_transfers(harness: StoreHarness) -> None:
    """A value is transferred between host and device at most once a read and once a write.

    By every method: whole, in part, one of many. A store of files or objects has to transfer each
    value once; one that keeps device memory need not transfer any. More transfers, or more bytes
    than were asked for, are a detour.
    """
    for data in map(pattern, SIZES):
        _assert_one_transfer(harness, data)


def _assert_one_transfer(harness: StoreHarness, data: bytes) -> None:
    total = len(data)
    for name, write in harness.writes().items():
        key, value = harness.key(), harness.value(data)
        with measured(f"{name} of one value") as log:
            write(key, value)
        _assert_at_most_one(harness, log, f"{name} of {total} bytes", total)
    key = harness.put(data)
    for name, read in harness.reads().items():
        for byte_range in (None, _PART):
            length = len(part_of(data, byte_range))
            case = f"{name} of {length} bytes of {total}, written on the device"
            with measured(case) as log:
                read(key, byte_range=byte_range)
            _assert_at_most_one(harness, log, case, length)
    try:
        key = harness.put(data, host=True)
    except BufferMismatchError:  # the store serves one prototype only
        return
    for name, read in harness.reads().items():
        # Not measured: a value that was written on the host has to be transferred by any store.
        with record_transfers() as log:
            read(key)
        _assert_at_most_one(harness, log, f"{name} of {total} bytes, written on the host", total)


@store_check(
    "ours",
    "raises",
    device=True,
    advice="Use `from_bytes`, `from_buffer`, `to_bytes` or `as_numpy_array`.",
)
def check_implicit_transfers(harness: StoreHarness) -> None:
    """A store passes no host memory as device memory, nor the other way round.

    A store makes what it returns by the prototype's `from_bytes` or `from_buffer`, and reads what
    it is given by `to_bytes`, `as_numpy_array` or `as_buffer_like`: each is an explicit transfer.
    Passing a NumPy array to a device buffer's constructor is an implicit one.
    """
    with record_transfers() as log:
        for data in map(pattern, SIZES):
            for write in harness.writes().values():
                write(harness.key(), harness.value(data))
            key = harness.put(data)
            for prototype, read in product(harness.prototypes(), harness.reads().values()):
                read(key, prototype)
                read(key, prototype, _PART)
    if len(log.implicit):
        raise harness.violated(
            expected="only explicit transfers",
            actual=f"{len(log.implicit)} implicit ones",
            transfers=log.implicit,
        )


def _assert_at_most_one(harness: StoreHarness, log: TransferLog, case: str, nbytes: int) -> None:
    if len(log) > 1 or log.nbytes > nbytes:
        raise harness.violated(
            case=case,
            expected=f"at most one transfer, of at most {nbytes} bytes",
            actual=f"{len(log)} transfers of {log.nbytes} bytes in total",
            transfers=log,
        )
