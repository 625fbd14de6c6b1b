"""Recording of CuPy's transfers: every copy is recorded once, with the correct classification."""

from __future__ import annotations

import ctypes
import gc
import random
import re
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
import zarr.buffer.gpu

from tests.shared.transfer_paths import HOST, PATHS, SCRATCH, movements
from zarr_devbuf.transfers import (
    TransferError,
    TransferLog,
    accounted_transfer,
    attach_cupy,
    record_transfers,
    transfer_guard,
    unrecorded_transfers,
)

cupy: Any = pytest.importorskip("cupy", reason="CuPy is not installed")


@pytest.fixture
def array() -> Any:
    """Return an array of 8000 bytes that was allocated in an earlier session."""
    with record_transfers():
        return cupy.arange(1000, dtype="f8")


@pytest.fixture
def old_array() -> Any:
    """Return an array of 8000 bytes that was allocated without a session."""
    assert type(cupy.empty(1).data) is cupy.cuda.MemoryPointer
    return cupy.arange(1000, dtype="f8")


def fills(function: Any) -> bool:
    """Return whether a function fills an array; others reset the counters."""
    counts = (ctypes.c_int64 * 64)(*[-1] * 64)
    function(counts)
    return min(counts[:4]) >= 0


class DriverCounters:
    """
    Counts and bytes of both directions, counted by an emulated driver.

    NVIDIA's driver has no such counters. An emulated driver may export a function, whose name ends
    in ``_stats``, that fills an array of 64-bit integers. The first four are count and bytes from
    host to device, and from device to host.
    """

    def __init__(self) -> None:
        self._read: Any = None
        try:
            driver = ctypes.CDLL("libcuda.so.1")
            address = ctypes.cast(driver.cuInit, ctypes.c_void_p).value or 0
        except (OSError, AttributeError):
            return
        for line in Path("/proc/self/maps").read_text().splitlines():
            start, stop = (int(end, 16) for end in line.split()[0].split("-"))
            if start <= address < stop:
                image = Path(line.split(maxsplit=5)[5]).read_bytes()
                names = set(re.findall(rb"\0(\w+_stats)(?=\0)", image))
                exported = [getattr(driver, name.decode(), None) for name in names]
                self._read = next((each for each in exported if each and fills(each)), None)

    def __bool__(self) -> bool:
        return self._read is not None

    def __call__(self) -> np.ndarray[Any, Any]:
        counts = (ctypes.c_uint64 * 64)()
        self._read(counts)
        return np.array(counts[:4], dtype="i8")


@pytest.fixture(scope="module")
def driver() -> DriverCounters:
    counters = DriverCounters()
    if not counters:
        pytest.skip("the CUDA driver has no transfer counters")
    return counters


def logged_counts_and_bytes(log: TransferLog) -> list[int]:
    up, down = log.host_to_device, log.device_to_host
    return [up.count, up.nbytes, down.count, down.nbytes]


class TestEveryPath:
    @pytest.mark.parametrize("name", PATHS)
    def test_it_is_recorded(self, name: str, array: Any) -> None:
        path, expected = PATHS[name]
        with record_transfers() as log:
            path(cupy, array)
        assert movements(log) == expected

    @pytest.mark.parametrize("name", PATHS)
    def test_the_driver_counts_the_same(
        self, name: str, array: Any, driver: DriverCounters
    ) -> None:
        path, _ = PATHS[name]
        with record_transfers() as log:
            before = driver()
            path(cupy, array)
            after = driver()
        assert (after - before).tolist() == logged_counts_and_bytes(log)

    @pytest.mark.parametrize("name", [name for name in PATHS if PATHS[name][1]])
    def test_a_guard_blocks_it_before_any_data_moves(self, name: str, array: Any) -> None:
        path, _ = PATHS[name]
        before = array.copy()
        with transfer_guard("disallow"), record_transfers() as log, pytest.raises(TransferError):
            path(cupy, array)
        assert len(log) == 0
        assert bool((array == before).all())

    @pytest.mark.parametrize("name", [name for name in PATHS if PATHS[name][1]])
    def test_a_guard_against_implicit_ones(self, name: str, array: Any) -> None:
        path, expected = PATHS[name]
        with transfer_guard("disallow_implicit"):
            if all(explicit for _, _, explicit in expected):
                path(cupy, array)
            else:
                with pytest.raises(TransferError):
                    path(cupy, array)

    def test_the_call_site_is_the_users_line(self, array: Any) -> None:
        with record_transfers() as log:
            array.get()
            cupy.asnumpy(array)
            array[[0]]
        for transfer in log:
            assert transfer.where.startswith(f"{__file__}:")
            assert transfer.where.endswith("test_the_call_site_is_the_users_line")

    def test_assertions_and_aliases(self, array: Any) -> None:
        fetch = array.get
        with record_transfers() as log:
            assert array.get()[3] == 3
            assert fetch()[4] == 4
            assert array[5] == 5
            assert float(array[6]) == 6
        assert [transfer.explicit for transfer in log] == [True, True, False, False]

    def test_many_at_random(self, array: Any, driver: DriverCounters) -> None:
        order = random.Random(0).choices(sorted(PATHS), k=300)
        with record_transfers() as log:
            before = driver()
            for name in order:
                PATHS[name][0](cupy, array)
            after = driver()
        assert (after - before).tolist() == logged_counts_and_bytes(log)
        assert movements(log) == [each for name in order for each in PATHS[name][1]]

    def test_from_many_threads(self, driver: DriverCounters) -> None:
        def work(seed: int) -> None:
            mine = cupy.asarray(HOST)
            for name in random.Random(seed).choices(sorted(PATHS), k=20):
                PATHS[name][0](cupy, mine)

        threads = [
            threading.Thread(target=work, args=(seed,), name=f"worker {seed}") for seed in range(4)
        ]
        with record_transfers() as log:
            before = driver()
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            after = driver()
        assert (after - before).tolist() == logged_counts_and_bytes(log)
        assert {transfer.thread for transfer in log} == {thread.name for thread in threads}


class TestFailedCopies:
    def test_they_are_not_recorded(self, array: Any) -> None:
        with record_transfers() as log:
            with pytest.raises(AttributeError):
                array.data.copy_to_host("no pointer", 8)
            with pytest.raises(ValueError, match="Shape mismatch"):
                array.set(HOST[:10])
        assert len(log) == 0

    def test_arrays_that_do_not_fit(self) -> None:
        pool = cupy.get_default_memory_pool()
        limit = pool.get_limit()
        too_many = pool.total_bytes() + 2**20  # more than the free memory in the pool
        pool.set_limit(size=too_many)
        try:
            with record_transfers() as log, pytest.raises(cupy.cuda.memory.OutOfMemoryError):
                cupy.asarray(np.empty(too_many + 1, "u1"))
        finally:
            pool.set_limit(size=limit)
        assert len(log) == 0


class TestAllocator:
    def test_it_is_restored(self) -> None:
        before = cupy.cuda.get_allocator()
        with record_transfers():
            assert cupy.cuda.get_allocator() != before
            with transfer_guard("allow"):
                pass
            assert cupy.cuda.get_allocator() != before
        assert cupy.cuda.get_allocator() == before

    def test_after_an_error_too(self) -> None:
        before = cupy.cuda.get_allocator()
        with pytest.raises(KeyError), record_transfers():
            raise KeyError
        assert cupy.cuda.get_allocator() == before

    def test_whatever_the_order_of_closing(self) -> None:
        before = cupy.cuda.get_allocator()
        first, second = record_transfers(), transfer_guard("allow")
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert cupy.cuda.get_allocator() != before
        second.__exit__(None, None, None)
        assert cupy.cuda.get_allocator() == before

    def test_memory_comes_from_the_pool_and_goes_back(self) -> None:
        pool = cupy.cuda.MemoryPool()
        before = cupy.cuda.get_allocator()
        cupy.cuda.set_allocator(pool.malloc)
        try:
            with record_transfers():
                array = cupy.empty(2**20, "u1")
                view = array[100:200]
                assert pool.used_bytes() == 2**20
                del array
                assert pool.used_bytes() == 2**20
                del view
                gc.collect()
                assert pool.used_bytes() == 0
                assert pool.free_bytes() == 2**20
            assert cupy.cuda.get_allocator() == pool.malloc
        finally:
            cupy.cuda.set_allocator(before)

    def test_one_that_is_set_during_a_session_stays(self) -> None:
        before = cupy.cuda.get_allocator()
        pool = cupy.cuda.MemoryPool()
        try:
            with record_transfers():
                cupy.cuda.set_allocator(pool.malloc)
                with record_transfers() as log:
                    cupy.asarray(HOST)
                assert len(log) == 1
            assert cupy.cuda.get_allocator() == pool.malloc
        finally:
            cupy.cuda.set_allocator(before)

    def test_one_that_outlives_its_session_is_no_trouble(self) -> None:
        before = cupy.cuda.get_allocator()
        with record_transfers():
            ours = cupy.cuda.get_allocator()
        cupy.cuda.set_allocator(ours)
        cupy.asarray(HOST).get()
        with record_transfers() as log:
            cupy.asarray(HOST)
        assert len(log) == 1
        assert cupy.cuda.get_allocator() == before

    def test_a_thread_that_has_its_own_keeps_it(self) -> None:
        pool = cupy.cuda.MemoryPool()
        go, stop = threading.Event(), threading.Event()
        seen = []

        def work() -> None:
            with cupy.cuda.using_allocator(pool.malloc):
                go.set()
                stop.wait()
                seen.append(cupy.cuda.get_allocator() == pool.malloc)
                seen.append(cupy.empty(10).data.mem.size > 0 and pool.used_bytes() >= 0)

        thread = threading.Thread(target=work)
        thread.start()
        go.wait()
        with record_transfers():
            stop.set()
            thread.join()
        assert seen == [True, True]

    def test_a_session_may_open_where_a_thread_local_one_is_in_force(self) -> None:
        before = cupy.cuda.get_allocator()
        pool = cupy.cuda.MemoryPool()
        logs = []

        def elsewhere() -> None:
            cupy.asarray(HOST)

        with cupy.cuda.using_allocator(pool.malloc), record_transfers() as log:
            thread = threading.Thread(target=elsewhere)
            thread.start()
            thread.join()
            logs.append(len(log))
            assert cupy.cuda.get_allocator() == pool.malloc
        assert logs == [1]
        assert cupy.cuda.get_allocator() == before

    def test_attaching_needs_an_open_session(self) -> None:
        before = cupy.cuda.get_allocator()
        attach_cupy()
        assert cupy.cuda.get_allocator() == before

    def test_arrays_outlive_their_session(self) -> None:
        with record_transfers() as first:
            array = cupy.asarray(HOST)
        np.testing.assert_array_equal(array.get(), HOST)
        with record_transfers() as second:
            array[1:].get()
        assert (len(first), movements(second)) == (1, [("d2h", 7992, True)])


class TestLimits:
    """Transfers that are not recorded, according to the documentation."""

    def test_arrays_that_are_older_than_the_session(self, old_array: Any) -> None:
        with record_transfers() as log:
            old_array.get()
            old_array[1:].get()
            old_array.set(HOST)
            bool(old_array[0])
        assert len(log) == 0

    def test_their_copies_are_recorded(self, old_array: Any) -> None:
        with record_transfers() as log:
            old_array.copy().get()
            old_array[::2].get()  # CuPy makes a contiguous copy first
        assert movements(log) == [("d2h", 8000, True), ("d2h", 4000, True)]

    def test_memory_of_a_thread_local_allocator(self) -> None:
        pool = cupy.cuda.MemoryPool()
        with record_transfers() as log, cupy.cuda.using_allocator(pool.malloc):
            cupy.asarray(HOST).get()
        assert len(log) == 0

    def test_unowned_memory(self, array: Any) -> None:
        memory = cupy.cuda.UnownedMemory(array.data.ptr, array.nbytes, array)
        foreign = cupy.ndarray(10, memptr=cupy.cuda.MemoryPointer(memory, 0))
        with record_transfers() as log:
            foreign.get()
        assert len(log) == 0

    def test_calls_of_the_runtime(self, array: Any) -> None:
        runtime = cupy.cuda.runtime
        with record_transfers() as log:
            runtime.memcpy(int(SCRATCH.ctypes.data), array.data.ptr, 80, runtime.memcpyDeviceToHost)
        assert len(log) == 0


class TestAccountedTransfers:
    def test_of_old_arrays(self, old_array: Any, driver: DriverCounters) -> None:
        with record_transfers() as log:
            before = driver()
            for part in (old_array, old_array[3:], old_array[::2], old_array.copy()):
                with accounted_transfer("d2h", part.nbytes):
                    part.get()
            with accounted_transfer("h2d", old_array.nbytes, explicit=True):
                old_array.set(HOST)
            after = driver()
        assert (after - before).tolist() == logged_counts_and_bytes(log)
        assert [transfer.nbytes for transfer in log] == [8000, 7976, 4000, 8000, 8000]

    def test_they_are_classified_by_the_calling_line(self, old_array: Any) -> None:
        namespace: dict[str, Any] = {
            "__name__": "zarr_devbuf.fictitious",
            "accounted_transfer": accounted_transfer,
            "old": old_array,
        }
        code = (
            "class Array:\n"
            "    def get(self):\n"
            "        with accounted_transfer('d2h', 8000):\n"
            "            return old.get()\n"
            "    def __float__(self):\n"
            "        return float(self.get()[1])\n"
        )
        exec(compile(code, "fictitious.py", "exec"), namespace)
        array = namespace["Array"]()
        with record_transfers() as log:
            array.get()
            float(array)
        assert [transfer.explicit for transfer in log] == [True, False]
        assert all(transfer.where.startswith(f"{__file__}:") for transfer in log)

    def test_unrecorded(self, array: Any) -> None:
        with record_transfers() as log, transfer_guard("disallow"), unrecorded_transfers():
            array.get()
        assert len(log) == 0


@pytest.mark.filterwarnings("ignore:Creating a zarr.buffer.gpu")  # tested here
class TestZarrsBuffers:
    def test_methods_that_request_a_transfer(self) -> None:
        prototype = zarr.buffer.gpu.buffer_prototype
        host = zarr.buffer.cpu.Buffer.from_bytes(b"12345678")
        with record_transfers() as log:
            buffer = prototype.buffer.from_bytes(b"1234")
            prototype.buffer.from_buffer(host)
            nd_buffer = prototype.nd_buffer.from_numpy_array(HOST)
            buffer.to_bytes()
            buffer.as_numpy_array()
            nd_buffer.as_numpy_array()
        assert movements(log) == [
            ("h2d", 4, True),
            ("h2d", 8, True),
            ("h2d", 8000, True),
            ("d2h", 4, True),
            ("d2h", 4, True),
            ("d2h", 8000, True),
        ]

    def test_methods_that_do_not(self) -> None:
        prototype = zarr.buffer.gpu.buffer_prototype
        host = zarr.buffer.cpu.Buffer.from_bytes(b"12345678")
        with record_transfers() as log:
            buffer = prototype.buffer(np.zeros(16, "u1"))
            nd_buffer = prototype.nd_buffer(HOST)
            buffer.combine([host])
            nd_buffer[:] = zarr.buffer.cpu.NDBuffer.from_numpy_array(HOST)
            nd_buffer[[0, 1]]
        assert movements(log) == [
            ("h2d", 16, False),
            ("h2d", 8000, False),
            ("h2d", 8, False),
            ("h2d", 8000, False),
            ("h2d", 16, False),
        ]

    def test_the_call_site_is_that_of_the_caller(self) -> None:
        with record_transfers() as log:
            zarr.buffer.gpu.Buffer.from_bytes(b"1234").to_bytes()
        assert [transfer.where.rpartition(" ")[2] for transfer in log] == [
            "TestZarrsBuffers.test_the_call_site_is_that_of_the_caller"
        ] * 2

    @pytest.mark.parametrize("compressors", [None, "auto"])
    def test_an_array_written_and_read(self, compressors: Any, driver: DriverCounters) -> None:
        values = cupy.arange(4096, dtype="f8").reshape(64, 64)
        with (
            zarr.config.set(
                {"buffer": "zarr.buffer.gpu.Buffer", "ndbuffer": "zarr.buffer.gpu.NDBuffer"}
            ),
            record_transfers() as log,
        ):
            before = driver()
            array = zarr.create_array(
                {}, shape=(64, 64), chunks=(16, 16), dtype="f8", compressors=compressors
            )
            array[:] = values
            result = array[:]
            after = driver()
        assert (after - before).tolist() == logged_counts_and_bytes(log)
        assert bool((result == values).all())
        assert len(log) > 0
        assert not [transfer for transfer in log if "zarr_devbuf" in transfer.where]
