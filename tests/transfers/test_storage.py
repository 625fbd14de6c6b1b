"""Transfers between storage and device memory: recorded, and in no sum, budget or guard."""

from __future__ import annotations

import pickle
import threading

import pytest

from zarr_devbuf.transfers import (
    StorageTransfer,
    Traffic,
    TransferLog,
    record,
    record_storage,
    record_transfers,
    transfer_guard,
    unrecorded_transfers,
)


def read(nbytes: int = 8) -> None:
    record_storage("s2d", nbytes)


def write(nbytes: int = 8) -> None:
    record_storage("d2s", nbytes)


def test_they_are_recorded_apart() -> None:
    with record_transfers() as log:
        read(100)
        record("h2d", 5, explicit=True)
        write(30)
        read(1)
    assert len(log) == 1
    assert log.nbytes == 5
    assert not log.implicit
    assert len(log.explicit) == 1
    assert [(each.direction, each.nbytes) for each in log.storage] == [
        ("s2d", 100),
        ("d2s", 30),
        ("s2d", 1),
    ]
    assert log.storage_to_device == Traffic(2, 101)
    assert log.device_to_storage == Traffic(1, 30)
    log.check(d2h=0, h2d=1, nbytes=5)


def test_the_line_that_caused_it() -> None:
    with record_transfers() as log:
        read()
    assert "test_storage.py" in log.storage[0].where
    assert log.storage[0].where.endswith("in read")
    assert log.storage[0].thread == threading.current_thread().name
    assert str(log.storage[0]).startswith("storage→device transfer of 8 bytes at ")


def test_no_guard_blocks_it() -> None:
    with record_transfers() as log, transfer_guard("disallow"):
        read()
    assert len(log.storage) == 1


def test_what_is_not_recorded() -> None:
    read()
    with record_transfers() as log, unrecorded_transfers():
        read()
    assert log.storage == ()
    with record_transfers() as log:
        read(0)
    assert log.storage == ()
    with pytest.raises(ValueError, match="negative"):
        read(-1)
    with pytest.raises(ValueError, match="'s2d' or 'd2s'"):
        record_storage("h2d", 1)  # type: ignore[arg-type]


def test_nested_sessions() -> None:
    with record_transfers() as outer:
        read(1)
        with record_transfers() as inner:
            read(2)
    assert [each.nbytes for each in outer.storage] == [1, 2]
    assert [each.nbytes for each in inner.storage] == [2]


def test_pickling_and_equality() -> None:
    with record_transfers() as log:
        read()
        record("d2h", 3, explicit=False)
    copy = pickle.loads(pickle.dumps(log))
    assert copy == log
    assert copy.storage == log.storage
    assert TransferLog(log) != log
    assert TransferLog(log, log.storage) == log


def test_the_table_shows_it() -> None:
    with record_transfers() as log:
        read(1000)
        read(1000)
        write(1)
        record("d2h", 3, explicit=False)
    lines = str(log).splitlines()
    assert lines[2].startswith("device→host")
    assert lines[3].split()[:4] == ["storage→device", "2", "2,000", "storage"]
    assert lines[4].split()[:4] == ["device→storage", "1", "1", "storage"]
    assert lines[-1] == (
        "device→host: 1 (3 bytes); host→device: 0 (0 bytes); "
        "storage→device: 2 (2,000 bytes); device→storage: 1 (1 byte)"
    )
    assert repr(log) == (
        "<TransferLog: 1 d2h (3 bytes), 0 h2d (0 bytes), 2 s2d (2000 bytes), 1 d2s (1 bytes)>"
    )


def test_a_log_without_storage_does_not_mention_it() -> None:
    with record_transfers() as log:
        record("d2h", 3, explicit=False)
    assert "storage→" not in str(log)
    assert repr(log) == "<TransferLog: 1 d2h (3 bytes), 0 h2d (0 bytes)>"


def test_a_record_of_its_own() -> None:
    made = StorageTransfer("s2d", 4, "file.py:1 in f", "main")
    assert TransferLog(storage=[made]).storage == (made,)
