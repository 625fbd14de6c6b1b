"""Checks of transfers: what a store moves between host and device, and whether it was asked to."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from zarr.abc.store import RangeByteRequest

from zarr_devbuf.checks.errors import violated
from zarr_devbuf.checks.measure import measured
from zarr_devbuf.checks.registry import check
from zarr_devbuf.checks.store.harness import trial
from zarr_devbuf.checks.store.io_methods import reads, writes
from zarr_devbuf.checks.store.sample_values import HOST, pattern
from zarr_devbuf.store import BufferMismatchError
from zarr_devbuf.transfers import record_transfers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.transfers import TransferLog


_LENGTH = 3001
_PART = RangeByteRequest(50, 150)


@check("store")
def check_transfers(subject: Any, backend: Backend) -> None:
    """A value crosses between host and device at most once a read and once a write.

    However it is read or written: whole, in part, one of many. A store of files or objects has to
    move each value once; one that keeps device memory need not move any. More than that is a
    detour; moving more bytes than were asked for is one, too.
    """
    with trial(subject, backend) as case:
        case.require_device()
        data = pattern(_LENGTH)
        for name, write in writes(case).items():
            key = case.key(f"{name.strip('_')}/c/0")
            value = case.value(data)
            with measured(f"{name} of one value") as log:
                write(case, key, value)
            _judge(log, f"{name} of {_LENGTH} bytes", _LENGTH)
        key = case.put("c/0", data)
        from_host = _put_host(lambda: case.put("host/c/0", data, host=True))
        for name, read in reads(case).items():
            for where, stored in (("backend", key), ("host", from_host)):
                if stored is None:
                    continue
                # Crossing is a store's own doing only where the value was on the device before.
                recording = measured if where == "backend" else _recorded
                with recording(f"{name} of one value") as log:
                    read(case, stored, case.prototype, None)
                _judge(log, f"{name} of {_LENGTH} bytes, written from the {where}", _LENGTH)
        for name, read in reads(case).items():
            with measured(f"{name} of part of one value") as log:
                read(case, key, case.prototype, _PART)
            _judge(log, f"{name} of 100 of {_LENGTH} bytes", 100)


@check("store")
def check_implicit_transfers(subject: Any, backend: Backend) -> None:
    """No host memory is handed over where device memory is due, nor the other way round.

    A store makes what it returns by the prototype's `from_bytes` or `from_buffer`, and reads what
    it is given by `to_bytes`, `as_numpy_array` or `as_buffer_like`: each says that bytes are to
    cross. Handing a NumPy array to a device buffer's constructor does not.
    """
    with trial(subject, backend) as case:
        case.require_device()
        data = pattern(_LENGTH)
        with record_transfers() as log:
            for name, write in writes(case).items():
                write(case, case.key(f"{name.strip('_')}/c/0"), case.value(data))
            key = case.put("c/0", data)
            for prototype in (case.prototype, HOST):
                for read in reads(case).values():
                    try:
                        read(case, key, prototype, None)
                        read(case, key, prototype, _PART)
                    except BufferMismatchError:
                        if prototype is not HOST:
                            raise
        if len(log.implicit):
            raise violated(
                expected="explicit transfers alone",
                actual=f"{len(log.implicit)} implicit ones",
                advice="Say that bytes are to cross, at the lines below: `from_bytes`, "
                "`from_buffer`, `to_bytes`, `as_numpy_array`.",
                transfers=log.implicit,
            )


@contextmanager
def _recorded(_what: str) -> Iterator[TransferLog]:
    with record_transfers() as log:
        yield log


def _put_host(put: Callable[[], str]) -> str | None:
    try:
        return put()
    except BufferMismatchError:  # a store for one kind of buffer alone
        return None


def _judge(log: TransferLog, what: str, nbytes: int) -> None:
    if len(log) > 1 or log.nbytes > nbytes:
        raise violated(
            case=what,
            expected=f"at most one transfer, of at most {nbytes} bytes",
            actual=f"{len(log)} transfers, {log.nbytes} bytes together",
            advice="Move the value once, and only what was asked for: cut the range before it "
            "crosses, and keep what you keep on one side.",
            transfers=log,
        )
