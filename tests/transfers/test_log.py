"""The log as a sequence, as sums and as a table, and its budget."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError

import pytest

from zarr_devbuf._transfers.call_site import shorten
from zarr_devbuf.transfers import (
    Traffic,
    Transfer,
    TransferError,
    TransferLog,
    record,
    record_transfers,
)


def upload(nbytes: int = 8, *, explicit: bool = True) -> None:
    record("h2d", nbytes, explicit=explicit)


def download(nbytes: int = 8, *, explicit: bool = True) -> None:
    record("d2h", nbytes, explicit=explicit)


class TestLog:
    def test_it_is_a_sequence_of_transfers(self) -> None:
        with record_transfers() as log:
            for nbytes in (1, 2, 3):
                upload(nbytes)
        assert [transfer.nbytes for transfer in log] == [1, 2, 3]
        assert log[-1].nbytes == 3
        assert log[0] in log
        assert log.index(log[1]) == 1
        assert log.count(log[2]) == 1
        assert [transfer.nbytes for transfer in reversed(log)] == [3, 2, 1]
        with pytest.raises(IndexError):
            log[3]

    def test_a_slice_is_a_log(self) -> None:
        with record_transfers() as log:
            for nbytes in (1, 2, 3):
                upload(nbytes)
        assert isinstance(log[1:], TransferLog)
        assert log[1:].nbytes == 5

    def test_parts_do_not_grow(self) -> None:
        with record_transfers() as log:
            upload()
            parts = log.explicit, log.implicit, log[:]
            upload()
        assert [len(part) for part in parts] == [1, 0, 1]

    def test_equality_is_that_of_the_transfers(self) -> None:
        with record_transfers() as one, record_transfers() as other:
            upload()
        assert one == other
        assert one != one[:0]
        assert one != [*one]

    def test_classes_show_the_module_that_users_import(self) -> None:
        for public in (Traffic, Transfer, TransferError, TransferLog):
            assert public.__module__ == "zarr_devbuf.transfers"

    def test_it_is_not_hashable(self) -> None:
        with record_transfers() as log, pytest.raises(TypeError, match="unhashable"):
            hash(log)

    def test_it_can_be_pickled(self) -> None:
        with record_transfers() as log:
            upload(explicit=False)
        assert pickle.loads(pickle.dumps(log)) == log

    def test_a_log_can_be_made_of_transfers(self) -> None:
        with record_transfers() as log:
            upload(3)
            download(4)
        both = TransferLog([*log, *log])
        assert both.device_to_host == Traffic(2, 8)
        assert list(both) == [*log, *log]

    def test_repr(self) -> None:
        with record_transfers() as log:
            upload(3)
            download(4)
        assert repr(log) == "<TransferLog: 1 d2h (4 bytes), 1 h2d (3 bytes)>"


class TestTransfer:
    transfer = Transfer("d2h", 800, False, "codec.py:7 in decode", "MainThread")

    def test_it_is_frozen(self) -> None:
        with pytest.raises(FrozenInstanceError):
            self.transfer.nbytes = 0  # type: ignore[misc]

    def test_it_has_slots(self) -> None:
        assert not hasattr(self.transfer, "__dict__")

    def test_it_can_be_pickled_and_hashed(self) -> None:
        assert {pickle.loads(pickle.dumps(self.transfer))} == {self.transfer}

    def test_one_byte_is_singular(self) -> None:
        assert " of 1 byte at " in str(Transfer("h2d", 1, True, "x.py:1 in f", "MainThread"))

    def test_str(self) -> None:
        assert str(self.transfer) == (
            "implicit device→host transfer of 800 bytes at codec.py:7 in decode [thread MainThread]"
        )


class TestTable:
    def test_similar_transfers_share_a_row(self) -> None:
        with record_transfers() as log:
            for _ in range(3):
                upload(1000, explicit=False)
            download(7)
        lines = str(log).splitlines()
        assert lines[0].split() == ["direction", "times", "bytes", "kind", "where", "thread"]
        assert set(lines[1]) == {"-", " "}
        assert lines[2].split()[:4] == ["host→device", "3", "3,000", "implicit"]
        assert lines[3].split()[:4] == ["device→host", "1", "7", "explicit"]
        assert lines[4] == "device→host: 1 (7 bytes); host→device: 3 (3,000 bytes)"
        assert len(lines) == 5

    def test_threads_share_rows(self) -> None:
        transfers = [
            Transfer("h2d", 8, True, "codec.py:7 in decode", thread)
            for thread in ("asyncio_1", "asyncio_0", "asyncio_1", "MainThread")
        ]
        assert str(TransferLog(transfers[:1])).splitlines()[2].endswith("  asyncio_1")
        shared = str(TransferLog(transfers[:3])).splitlines()[2]
        assert shared.split()[1] == "3"
        assert shared.endswith("  asyncio_*")
        assert str(TransferLog(transfers)).splitlines()[2].endswith("  *")

    def test_columns_are_aligned(self) -> None:
        with record_transfers() as log:
            upload(1)
            download(10**9)
        header, rule, *rows = str(log).splitlines()[:-1]
        for title in ("kind", "where", "thread"):
            at = header.index(title)
            assert rule[at - 2 : at + 1] == "  -"
            assert {row[at - 2 : at] for row in rows} == {"  "}
            assert " " not in {row[at] for row in rows}

    @pytest.mark.parametrize(
        ("where", "short"),
        [
            (
                "/env/lib/python3.12/site-packages/zarr/codecs/zstd.py:9 in f",
                "zarr/codecs/zstd.py:9 in f",
            ),
            ("/usr/lib/python3/dist-packages/a/b.py:1 in f", "a/b.py:1 in f"),
            ("/one/two/three/four/five.py:3 in f", "three/four/five.py:3 in f"),
            ("/one.py:3 in f", "one.py:3 in f"),
            ("<stdin>:1 in <module>", "<stdin>:1 in <module>"),
            ("an unknown line", "an unknown line"),
        ],
    )
    def test_call_sites_are_shortened(self, where: str, short: str) -> None:
        assert shorten(where) == short

    def test_paths_below_the_working_directory_are_relative_to_it(
        self, tmp_path: object, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(str(tmp_path))
        assert shorten(f"{tmp_path}/a/b/c/d/e.py:1 in f") == "a/b/c/d/e.py:1 in f"


class TestBudget:
    @pytest.fixture
    def log(self) -> TransferLog:
        with record_transfers() as log:
            upload(1)
            download(10, explicit=False)
            download(100)
        return log

    @pytest.mark.parametrize(
        "budget",
        [{}, {"d2h": 2}, {"h2d": 1}, {"nbytes": 111}, {"d2h": 2, "h2d": 1, "nbytes": 111}],
    )
    def test_a_budget_that_passes(self, log: TransferLog, budget: dict[str, int]) -> None:
        log.check(**budget)

    @pytest.mark.parametrize(
        ("budget", "excess", "passes"),
        [
            ({"d2h": 1}, "d2h: 2 > 1", {"d2h": 2}),
            ({"h2d": 0}, "h2d: 1 > 0", {"h2d": 1}),
            ({"nbytes": 110}, "nbytes: 111 > 110", {"nbytes": 111}),
            (
                {"d2h": 0, "h2d": 5, "nbytes": 5},
                "d2h: 2 > 0, nbytes: 111 > 5",
                {"d2h": 2, "h2d": 5, "nbytes": 111},
            ),
        ],
    )
    def test_a_budget_that_is_exceeded(
        self, log: TransferLog, budget: dict[str, int], excess: str, passes: dict[str, int]
    ) -> None:
        with pytest.raises(TransferError) as caught:
            log.check(**budget)
        first, *table, last = str(caught.value).splitlines()
        assert first == f"transfer budget exceeded ({excess})"
        assert "\n".join(table) == str(log)
        assert last == "would pass: " + ", ".join(f"{k}={v}" for k, v in passes.items())
        log.check(**passes)

    def test_the_error_can_be_pickled(self, log: TransferLog) -> None:
        with pytest.raises(TransferError) as caught:
            log.check(d2h=0)
        copy = pickle.loads(pickle.dumps(caught.value))
        assert str(copy) == str(caught.value)
        assert copy.transfer is None

    @pytest.mark.parametrize("budget", [{"d2h": -1}, {"nbytes": 1.5}, {"h2d": True}])
    def test_a_budget_that_is_no_number(self, log: TransferLog, budget: dict[str, int]) -> None:
        with pytest.raises((TypeError, ValueError), match=next(iter(budget))):
            log.check(**budget)
