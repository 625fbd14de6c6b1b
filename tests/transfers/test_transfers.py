"""Recording transfers: sessions, threads, explicit and implicit transfers."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import numpy as np
import pytest

import zarr_devbuf
from zarr_devbuf import transfers
from zarr_devbuf.transfers import (
    Traffic,
    accounted_transfer,
    explicit_transfers,
    implicit_transfers,
    record,
    record_transfers,
    unrecorded_transfers,
)


def upload(nbytes: int = 8, *, explicit: bool = True) -> None:
    record("h2d", nbytes, explicit=explicit)


def download(nbytes: int = 8, *, explicit: bool = True) -> None:
    record("d2h", nbytes, explicit=explicit)


class TestRecording:
    def test_counts_and_bytes_of_each_direction(self) -> None:
        with record_transfers() as log:
            upload(100)
            download(7)
            download(5)
        assert log.host_to_device == Traffic(count=1, nbytes=100)
        assert log.device_to_host == Traffic(count=2, nbytes=12)
        assert log.nbytes == 112
        assert len(log) == 3

    def test_an_empty_log(self) -> None:
        with record_transfers() as log:
            pass
        assert log.device_to_host == log.host_to_device == Traffic(0, 0)
        assert log.nbytes == len(log) == 0
        assert not log
        assert str(log) == "no transfers"

    def test_nothing_is_recorded_outside_a_session(self) -> None:
        upload()
        with record_transfers() as log:
            pass
        upload()
        assert len(log) == 0

    def test_the_log_grows_while_the_session_is_open(self) -> None:
        with record_transfers() as log:
            assert len(log) == 0
            upload()
            assert len(log) == 1

    def test_no_bytes_are_no_transfer(self) -> None:
        with record_transfers() as log:
            upload(0)
            download(0)
        assert len(log) == 0

    @pytest.mark.parametrize("nbytes", [-1, -(2**40)])
    def test_negative_bytes_are_an_error(self, nbytes: int) -> None:
        with record_transfers() as log, pytest.raises(ValueError, match="must not be negative"):
            upload(nbytes)
        assert len(log) == 0

    def test_an_unknown_direction_is_an_error(self) -> None:
        with record_transfers(), pytest.raises(ValueError, match="'h2d' or 'd2h', not 'up'"):
            record("up", 8, explicit=True)  # type: ignore[arg-type]

    def test_numpy_integers_become_plain_ones(self) -> None:
        with record_transfers() as log:
            upload(cast("int", np.int64(8)))
        assert type(log[0].nbytes) is int

    def test_more_bytes_than_32_bits_hold(self) -> None:
        with record_transfers() as log:
            for _ in range(3):
                download(2**40)
        assert log.device_to_host.nbytes == 3 * 2**40


class TestSessions:
    def test_each_records_while_it_is_open(self) -> None:
        with record_transfers() as outer:
            upload(1)
            with record_transfers() as inner:
                upload(2)
            upload(3)
        assert [transfer.nbytes for transfer in outer] == [1, 2, 3]
        assert [transfer.nbytes for transfer in inner] == [2]

    def test_they_may_close_out_of_order(self) -> None:
        first, second = record_transfers(), record_transfers()
        first_log, second_log = first.__enter__(), second.__enter__()
        upload(1)
        first.__exit__(None, None, None)
        upload(2)
        second.__exit__(None, None, None)
        upload(3)
        assert [transfer.nbytes for transfer in first_log] == [1]
        assert [transfer.nbytes for transfer in second_log] == [1, 2]

    def test_an_error_closes_them(self) -> None:
        with pytest.raises(KeyError), record_transfers() as log:
            raise KeyError
        upload()
        assert len(log) == 0

    def test_a_decorated_function_has_one_session_a_call(self) -> None:
        @record_transfers()
        def work() -> None:
            upload()
            if len(depth) < 3:
                depth.append(0)
                work()

        depth: list[int] = []
        with record_transfers() as log:
            work()
        assert len(log) == 4


class TestThreads:
    def test_transfers_of_other_threads_have_the_thread_name(self) -> None:
        with record_transfers() as log:
            thread = threading.Thread(target=upload, name="worker")
            thread.start()
            thread.join()
        assert [transfer.thread for transfer in log] == ["worker"]

    def test_a_thread_older_than_the_session_is_recorded(self) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(upload).result()
            with record_transfers() as log:
                pool.submit(upload).result()
            pool.submit(upload).result()
        assert len(log) == 1

    def test_none_is_lost_among_many(self) -> None:
        def work() -> None:
            barrier.wait()
            for nbytes in range(1, 501):
                upload(nbytes)
                with record_transfers() as own:
                    download(1)
                owned.append(len(own) >= 1)

        barrier = threading.Barrier(8)
        owned: list[bool] = []
        with record_transfers() as log, ThreadPoolExecutor(8) as pool:
            for future in [pool.submit(work) for _ in range(8)]:
                future.result()
        assert log.host_to_device == Traffic(8 * 500, 8 * 500 * 501 // 2)
        assert log.device_to_host == Traffic(8 * 500, 8 * 500)
        assert owned == [True] * 8 * 500

    def test_sessions_of_several_threads_close_in_any_order(self) -> None:
        opened, finish = threading.Event(), threading.Event()
        logs = []

        def other() -> None:
            with record_transfers() as log:
                logs.append(log)
                opened.set()
                finish.wait()

        thread = threading.Thread(target=other)
        with record_transfers() as mine:
            thread.start()
            opened.wait()
            upload(1)
        upload(2)
        finish.set()
        thread.join()
        upload(3)
        assert [transfer.nbytes for transfer in mine] == [1]
        assert [transfer.nbytes for transfer in logs[0]] == [1, 2]

    async def test_tasks_and_worker_threads_of_an_event_loop(self) -> None:
        async def task(nbytes: int) -> None:
            await asyncio.sleep(0)
            upload(nbytes)
            await asyncio.to_thread(download, nbytes)

        with record_transfers() as log:
            await asyncio.gather(*(task(nbytes) for nbytes in range(1, 11)))
        assert log.host_to_device == log.device_to_host == Traffic(10, 55)


class TestExplicit:
    def test_the_argument_decides(self) -> None:
        with record_transfers() as log:
            upload(explicit=True)
            upload(explicit=False)
        assert [transfer.explicit for transfer in log] == [True, False]

    @pytest.mark.parametrize("explicit", [True, False])
    def test_a_declaration_overrides_the_argument(self, explicit: bool) -> None:
        with record_transfers() as log:
            with explicit_transfers():
                upload(explicit=explicit)
            with implicit_transfers():
                upload(explicit=explicit)
            upload(explicit=explicit)
        assert [transfer.explicit for transfer in log] == [True, False, explicit]

    def test_the_innermost_declaration_wins(self) -> None:
        with record_transfers() as log, explicit_transfers():
            with implicit_transfers():
                upload()
                with explicit_transfers():
                    upload()
                upload()
            upload()
        assert [transfer.explicit for transfer in log] == [False, True, False, True]

    def test_a_declaration_may_be_used_again_and_within_itself(self) -> None:
        explicit, implicit = explicit_transfers(), implicit_transfers()
        with record_transfers() as log:
            for _ in range(2):
                with implicit:
                    with explicit, implicit:
                        upload()
                    upload()
                upload()
        assert [transfer.explicit for transfer in log] == [False, False, True] * 2

    def test_an_error_ends_a_declaration(self) -> None:
        with pytest.raises(KeyError), implicit_transfers():
            raise KeyError
        with record_transfers() as log:
            upload(explicit=True)
        assert log[0].explicit

    def test_a_declaration_applies_to_its_thread(self) -> None:
        with record_transfers() as log, implicit_transfers():
            thread = threading.Thread(target=upload)
            thread.start()
            thread.join()
            upload()
        assert [transfer.explicit for transfer in log] == [True, False]

    def test_the_log_separates_them(self) -> None:
        with record_transfers() as log:
            upload(1, explicit=True)
            download(2, explicit=False)
            download(4, explicit=True)
        assert log.explicit.host_to_device == Traffic(1, 1)
        assert log.explicit.device_to_host == Traffic(1, 4)
        assert log.implicit.host_to_device == Traffic(0, 0)
        assert log.implicit.device_to_host == Traffic(1, 2)
        assert [transfer.nbytes for transfer in log.implicit] == [2]


class TestUnrecorded:
    def test_they_are_not_in_the_log(self) -> None:
        with record_transfers() as log:
            with unrecorded_transfers():
                upload(1)
            upload(2)
        assert [transfer.nbytes for transfer in log] == [2]

    def test_an_accounted_transfer_is_recorded_once(self) -> None:
        with record_transfers() as log, accounted_transfer("d2h", 100, explicit=False):
            download(60)
            download(40)
        assert [(transfer.nbytes, transfer.explicit) for transfer in log] == [(100, False)]

    def test_an_accounted_transfer_ends_with_its_block(self) -> None:
        with record_transfers() as log:
            with pytest.raises(KeyError), accounted_transfer("d2h", 1):
                raise KeyError
            download(2)
        assert [transfer.nbytes for transfer in log] == [1, 2]


class TestNames:
    def test_all_is_complete(self) -> None:
        public = {
            name
            for name, value in vars(transfers).items()
            if not name.startswith("_")
            and getattr(value, "__module__", "").startswith("zarr_devbuf")
        }
        assert public == set(transfers.__all__)

    def test_the_package_exports_them(self) -> None:
        names = {"record_transfers", "transfer_guard", "Transfer", "TransferLog", "TransferError"}
        assert names <= set(zarr_devbuf.__all__)
