"""rmm: device memory, memory resources and statistics, in the books of the simulated device."""

from __future__ import annotations

import gc
import pickle
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from zarr_devbuf import record_transfers
from zarr_devbuf.simulator import (
    Device,
    limit_memory,
    memory_in_use,
    set_device_count,
    simulate_gpu,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

cupy: Any = None
rmm: Any = None


@pytest.fixture(scope="module", autouse=True)
def _libraries() -> Iterator[None]:
    global cupy, rmm  # noqa: PLW0603
    with simulate_gpu(force=True) as cupy:
        rmm = import_module("rmm")
        yield


@pytest.fixture(autouse=True)
def _default_resource() -> Iterator[None]:
    yield
    gc.collect()
    rmm.reinitialize()


class TestDeviceBuffer:
    def test_size_and_address(self) -> None:
        before = memory_in_use()
        buffer = rmm.DeviceBuffer(size=100)
        assert buffer.size == buffer.nbytes == len(buffer) == buffer.capacity() == 100
        assert buffer.ptr > 0
        assert memory_in_use() == before + 100
        assert isinstance(buffer.mr, rmm.mr.CudaMemoryResource)
        assert buffer.stream.is_default()
        del buffer
        assert memory_in_use() == before
        empty = rmm.DeviceBuffer()
        assert (empty.size, empty.ptr, empty.tobytes()) == (0, 0, b"")

    def test_copies_and_the_ledger(self) -> None:
        with record_transfers() as log:
            buffer = rmm.DeviceBuffer.to_device(b"abc")
            assert buffer.tobytes() == bytes(buffer) == b"abc"
            target = bytearray(5)
            assert buffer.copy_to_host(target) is target
            assert target == b"abc\0\0"
            host = buffer.copy_to_host()
            assert isinstance(host, np.ndarray)
            assert host.dtype == np.uint8
            buffer.copy_from_host(b"xy")
            other = buffer.copy()
            assert other.ptr != buffer.ptr
        assert other.tobytes() == b"xyc"
        moved = [(each.direction, each.nbytes, each.explicit) for each in log]
        assert moved == [("h2d", 3, True), *[("d2h", 3, True)] * 4, ("h2d", 2, True)]

    def test_from_an_address(self) -> None:
        host = np.arange(10, dtype="u1")
        with record_transfers() as log:
            one = rmm.DeviceBuffer(ptr=host.ctypes.data, size=10)
            two = rmm.DeviceBuffer(ptr=one.ptr, size=5)
        assert [(each.direction, each.nbytes) for each in log] == [("h2d", 10)]
        assert two.tobytes() == bytes(range(5))

    def test_wrong_host_memory(self) -> None:
        buffer = rmm.DeviceBuffer(size=3)
        with pytest.raises(ValueError, match="too small"):
            buffer.copy_to_host(bytearray(2))
        with pytest.raises(ValueError, match="too large"):
            buffer.copy_from_host(b"abcd")
        with pytest.raises(ValueError, match="read-only"):
            buffer.copy_to_host(b"abc")
        with pytest.raises(ValueError, match="Buffer dtype mismatch"):
            buffer.copy_from_host(np.zeros(3, "i4"))
        with pytest.raises(TypeError):
            rmm.DeviceBuffer.to_device(None)
        with pytest.raises(TypeError, match="stream argument cannot be None"):
            buffer.tobytes(None)

    def test_device_arrays(self) -> None:
        buffer = rmm.DeviceBuffer(size=8)
        buffer.copy_from_device(cupy.arange(4, dtype="u1"))
        view = cupy.asarray(buffer)
        assert view.data.ptr == buffer.ptr
        view[4:] = 7
        assert buffer.tobytes() == bytes([0, 1, 2, 3, 7, 7, 7, 7])
        for wrong in (cupy.zeros((2, 2), "u1"), cupy.zeros(8, "u1")[::2]):
            with pytest.raises(ValueError, match="Only 1-D contiguous"):
                buffer.copy_from_device(wrong)
        with pytest.raises(ValueError, match="too large"):
            buffer.copy_from_device(cupy.zeros(9, "u1"))

    def test_pickle(self) -> None:
        buffer = pickle.loads(pickle.dumps(rmm.DeviceBuffer.to_device(b"abc")))
        assert buffer.tobytes() == b"abc"

    def test_resize(self) -> None:
        buffer = rmm.DeviceBuffer.to_device(b"abcdef")
        address = buffer.ptr
        buffer.resize(3)
        assert (buffer.tobytes(), buffer.capacity(), buffer.ptr) == (b"abc", 6, address)
        buffer.resize(10)
        assert buffer.tobytes()[:3] == b"abc"
        assert (buffer.size, buffer.capacity()) == (10, 10)
        buffer.reserve(20)
        assert (buffer.size, buffer.capacity()) == (10, 20)

    def test_memory_is_poisoned_after_its_end(self) -> None:
        buffer = rmm.DeviceBuffer.to_device(b"abcdef")

        class Exporter:
            __cuda_array_interface__ = buffer.__cuda_array_interface__

        view = cupy.asarray(Exporter())
        del buffer
        assert view.get().tobytes() == b"\xa5" * 6

    def test_functions_on_addresses(self) -> None:
        module = import_module("rmm.pylibrmm.device_buffer")
        one, two = module.to_device(b"abc"), rmm.DeviceBuffer(size=3)
        module.copy_device_to_ptr(one.ptr, two.ptr, 3)
        target = bytearray(3)
        module.copy_ptr_to_host(two.ptr, target)
        module.copy_host_to_ptr(b"xyz", one.ptr)
        assert (bytes(target), one.tobytes()) == (b"abc", b"xyz")


class TestLimits:
    def test_limit_memory_holds(self) -> None:
        with limit_memory(memory_in_use() + 1000):
            kept = rmm.DeviceBuffer(size=900)
            with pytest.raises(MemoryError, match=r"std::bad_alloc.*failed to allocate 200 bytes"):
                rmm.DeviceBuffer(size=200)
            del kept
            assert rmm.DeviceBuffer(size=1000).size == 1000

    def test_what_is_freed_twice(self) -> None:
        resource = rmm.mr.CudaMemoryResource()
        address = resource.allocate(10)
        resource.deallocate(address, 10)
        with pytest.raises(RuntimeError, match="freed already"):
            resource.deallocate(address, 10)
        with pytest.raises(OverflowError):
            resource.allocate(-1)


class TestResources:
    @pytest.mark.parametrize(
        "name", ["CudaMemoryResource", "ManagedMemoryResource", "CudaAsyncMemoryResource"]
    )
    def test_plain_ones(self, name: str) -> None:
        before = memory_in_use()
        resource = getattr(rmm.mr, name)()
        buffer = rmm.DeviceBuffer(size=100, mr=resource)
        assert buffer.mr is resource
        assert memory_in_use() == before + 100
        buffer.copy_from_host(bytes(100))
        assert buffer.tobytes() == bytes(100)

    def test_managed_memory_is_host_memory(self) -> None:
        import ctypes

        buffer = rmm.DeviceBuffer(size=3, mr=rmm.mr.ManagedMemoryResource())
        buffer.copy_from_host(b"abc")
        assert ctypes.string_at(buffer.ptr, 3) == b"abc"

    def test_pool(self) -> None:
        upstream = rmm.mr.CudaMemoryResource()
        pool = rmm.mr.PoolMemoryResource(upstream, "1 KiB", "2KiB")
        assert pool.get_upstream() is pool.upstream_mr is upstream
        assert pool.pool_size() == 1024
        before = memory_in_use()
        kept = [rmm.DeviceBuffer(size=1000, mr=pool), rmm.DeviceBuffer(size=600, mr=pool)]
        assert memory_in_use() - before == 1024 + 768
        assert pool.pool_size() == 1024 + 768
        with pytest.raises(MemoryError, match="Maximum pool size exceeded"):
            rmm.DeviceBuffer(size=257, mr=pool)
        kept.pop()
        assert rmm.DeviceBuffer(size=257, mr=pool).size == 257
        with pytest.raises(RuntimeError, match="exceeds the maximum"):
            rmm.mr.PoolMemoryResource(upstream, 1024, 512)
        with pytest.raises(ValueError, match="Could not parse many"):
            rmm.mr.PoolMemoryResource(upstream, "many")
        with limit_memory(memory_in_use() + 512):
            # The initial size is not taken from the device.
            assert rmm.mr.PoolMemoryResource(upstream).allocate(0) == 0

    def test_blocks_and_bins(self) -> None:
        upstream = rmm.mr.CudaMemoryResource()
        before = memory_in_use()
        fixed = rmm.mr.FixedSizeMemoryResource(upstream, block_size=512)
        kept = rmm.DeviceBuffer(size=10, mr=fixed)
        assert memory_in_use() - before == 512
        with pytest.raises(MemoryError, match="block_size"):
            fixed.allocate(513)
        del kept
        bins = rmm.mr.BinningMemoryResource(upstream, 10, 12)
        bins.add_bin(256, fixed)
        assert bins.bin_mrs == [fixed]
        for size, taken in ((10, 512), (300, 1024), (4096, 4096), (5000, 5000)):
            kept = rmm.DeviceBuffer(size=size, mr=bins)
            assert memory_in_use() - before == taken
            del kept
        arena = rmm.mr.ArenaMemoryResource(upstream)
        assert rmm.DeviceBuffer(size=10, mr=arena).size == 10

    def test_callbacks(self) -> None:
        upstream, calls = rmm.mr.CudaMemoryResource(), []

        def allocate(size: int, stream: Any) -> int:
            calls.append(("allocate", size, stream.is_default()))
            return upstream.allocate(size, stream)  # type: ignore[no-any-return]

        def deallocate(ptr: int, size: int, stream: Any) -> None:
            calls.append(("free", size, stream.is_default()))
            upstream.deallocate(ptr, size, stream)

        resource = rmm.mr.CallbackMemoryResource(allocate, deallocate)
        rmm.DeviceBuffer(size=10, mr=resource)
        assert calls == [("allocate", 10, True), ("free", 10, True)]

    def test_limiting(self) -> None:
        limiting = rmm.mr.LimitingResourceAdaptor(rmm.mr.CudaMemoryResource(), 1024)
        assert limiting.get_allocation_limit() == 1024
        kept = rmm.DeviceBuffer(size=700, mr=limiting)
        assert limiting.get_allocated_bytes() == 768
        with pytest.raises(MemoryError, match="Exceeded memory limit"):
            rmm.DeviceBuffer(size=300, mr=limiting)
        del kept
        assert limiting.get_allocated_bytes() == 0

    def test_tracking(self) -> None:
        tracking = rmm.mr.TrackingResourceAdaptor(rmm.mr.CudaMemoryResource(), True)
        kept = rmm.DeviceBuffer(size=700, mr=tracking)
        assert tracking.get_allocated_bytes() == 700
        text = tracking.get_outstanding_allocations_str()
        assert f"0x{kept.ptr:x}: 700 B" in text
        assert "test_tracking" in text
        del kept
        assert tracking.get_outstanding_allocations_str() == ""

    def test_failures(self) -> None:
        seen = []

        def try_again(nbytes: int) -> bool:
            seen.append(nbytes)
            limiting_of.clear()
            return len(seen) < 2

        limiting = rmm.mr.LimitingResourceAdaptor(rmm.mr.CudaMemoryResource(), 1024)
        limiting_of = [rmm.DeviceBuffer(size=1024, mr=limiting)]
        resource = rmm.mr.FailureCallbackResourceAdaptor(limiting, try_again)
        assert rmm.DeviceBuffer(size=1000, mr=resource).size == 1000
        assert seen == [1000]
        with pytest.raises(MemoryError):
            rmm.DeviceBuffer(size=2000, mr=resource)
        assert seen == [1000, 2000]

    def test_logging(self, tmp_path: Path) -> None:
        rmm.enable_logging(str(tmp_path / "log.csv"))
        path = tmp_path / "log.dev0.csv"
        assert rmm.get_log_filenames() == {0: str(path)}
        rmm.DeviceBuffer(size=10)
        rmm.disable_logging()
        assert rmm.get_log_filenames() == {0: None}
        head, *lines = path.read_text().splitlines()
        assert head == "Thread,Time,Action,Pointer,Size,Stream"
        assert [line.split(",")[2::2] for line in lines] == [
            ["allocate", "10"],
            ["free", "10"],
        ]
        with pytest.raises(ValueError, match="RMM log file must be specified"):
            rmm.mr.LoggingResourceAdaptor(rmm.mr.CudaMemoryResource())

    def test_wrong_arguments(self) -> None:
        with pytest.raises(Exception, match="must not be None"):
            rmm.mr.LimitingResourceAdaptor(None, 10)
        with pytest.raises(TypeError, match="DeviceMemoryResource"):
            rmm.mr.set_current_device_resource(3)

    @pytest.mark.parametrize("name", ["SystemMemoryResource", "PinnedHostMemoryResource"])
    def test_others_are_refused_by_name(self, name: str) -> None:
        with pytest.raises(NotImplementedError, match=rf"rmm\.mr\.{name}"):
            getattr(rmm.mr, name)()


class TestDevices:
    def test_current_resource(self) -> None:
        first = rmm.mr.get_current_device_resource()
        assert rmm.mr.get_per_device_resource(0) is first
        second = rmm.mr.CudaMemoryResource()
        rmm.mr.set_current_device_resource(second)
        assert rmm.DeviceBuffer(size=1).mr is second
        assert rmm.is_initialized()
        free, total = rmm.mr.available_device_memory()
        assert 0 < free <= total

    def test_reinitialize(self) -> None:
        calls: list[int] = []
        rmm.register_reinitialize_hook(calls.append, 1)
        rmm.register_reinitialize_hook(calls.append, 2)
        rmm.reinitialize(pool_allocator=True, initial_pool_size=1024, managed_memory=True)
        assert calls == [2, 1]
        rmm.unregister_reinitialize_hook(calls.append)
        pool = rmm.mr.get_current_device_resource()
        assert isinstance(pool, rmm.mr.PoolMemoryResource)
        assert isinstance(pool.get_upstream(), rmm.mr.ManagedMemoryResource)
        rmm.reinitialize()
        assert calls == [2, 1]
        assert type(rmm.mr.get_current_device_resource()) is rmm.mr.CudaMemoryResource

    def test_two_devices(self) -> None:
        set_device_count(2)
        try:
            rmm.reinitialize(devices=[0, 1])
            with Device(1):
                before = memory_in_use()
                buffer = rmm.DeviceBuffer(size=10)
                assert memory_in_use() == before + 10
                assert cupy.asarray(buffer).device == Device(1)
        finally:
            set_device_count(1)


class TestCupyAllocator:
    def test_arrays_are_in_its_memory(self) -> None:
        allocator = import_module("rmm.allocators.cupy").rmm_cupy_allocator
        rmm.mr.set_current_device_resource(
            rmm.mr.StatisticsResourceAdaptor(rmm.mr.CudaMemoryResource())
        )
        statistics = rmm.mr.get_current_device_resource()
        cupy.cuda.set_allocator(allocator)
        try:
            array = cupy.arange(100, dtype="i4")
            doubled = array * 2
            assert doubled.tolist() == list(range(0, 200, 2))
            assert statistics.allocation_counts.current_bytes >= 800
            assert isinstance(array.data.mem, cupy.cuda.UnownedMemory)
            assert allocator(0).ptr == 0
            with limit_memory(memory_in_use() + 100), pytest.raises(MemoryError):
                cupy.zeros(1000)
            del array, doubled
            assert statistics.allocation_counts.current_bytes == 0
        finally:
            cupy.cuda.set_allocator(cupy.get_default_memory_pool().malloc)

    def test_results_are_written_to_its_memory(self) -> None:
        # `astype` wrote to memory that an allocator had replaced.
        allocator = import_module("rmm.allocators.cupy").rmm_cupy_allocator
        values = np.arange(6, dtype="u1").reshape(2, 3)
        with cupy.cuda.using_allocator(allocator):
            array = cupy.asarray(values)
            results = {
                "astype": (array.astype("u4"), values.astype("u4")),
                "astype F": (array.astype("f4", order="F"), values.astype("f4")),
                "zeros_like": (cupy.zeros_like(array), np.zeros_like(values)),
                "full_like": (cupy.full_like(array, 7), np.full_like(values, 7)),
                "ones": (cupy.ones((2, 3)), np.ones((2, 3))),
                "arithmetic": (array * 2 + 1, values * 2 + 1),
                "divmod": (divmod(array, 2)[1], divmod(values, 2)[1]),
                "concatenate": (cupy.concatenate([array, array]), np.concatenate([values] * 2)),
                "stack": (cupy.stack([array, array]), np.stack([values] * 2)),
                "indexing": (array[[1, 0]], values[[1, 0]]),
                "sort": (cupy.sort(array), np.sort(values)),
                "sum": (array.sum(axis=0), values.sum(axis=0)),
                "unique": (cupy.unique(array), np.unique(values)),
                "tile": (cupy.tile(array, 2), np.tile(values, 2)),
                "pad": (cupy.pad(array, 1), np.pad(values, 1)),
            }
        wrong = [
            name
            for name, (found, expected) in results.items()
            if found.get().tolist() != expected.tolist()
        ]
        assert wrong == []

    def test_its_stream_is_cupys(self) -> None:
        allocator = import_module("rmm.allocators.cupy").rmm_cupy_allocator
        with cupy.cuda.Stream() as stream:
            pointer = allocator(10)
        owner = pointer.mem._owner
        assert owner.stream.__cuda_stream__() == (0, stream.ptr)


class TestStatistics:
    def test_counters(self) -> None:
        statistics = import_module("rmm.statistics")
        assert statistics.get_statistics() is None
        statistics.enable_statistics()
        statistics.enable_statistics()
        kept = rmm.DeviceBuffer(size=100)
        rmm.DeviceBuffer(size=50)
        found = statistics.get_statistics()
        assert found == statistics.Statistics(100, 1, 150, 2, 150, 2)
        assert statistics.push_statistics() == found
        rmm.DeviceBuffer(size=1000)
        del kept
        inner = statistics.pop_statistics()
        assert inner == statistics.Statistics(-100, -1, 1000, 1, 1000, 1)
        assert statistics.get_statistics() == statistics.Statistics(0, 0, 1100, 2, 1150, 3)
        with pytest.raises(IndexError, match="cannot pop the last counter pair"):
            statistics.pop_statistics()

    def test_a_block(self) -> None:
        statistics = import_module("rmm.statistics")
        with statistics.statistics():
            rmm.DeviceBuffer(size=10)
            assert statistics.get_statistics().peak_bytes == 10
            with statistics.statistics():
                assert statistics.get_statistics().peak_bytes == 0
        assert statistics.get_statistics() is None
        with pytest.raises(ValueError, match="was changed"), statistics.statistics():
            rmm.mr.set_current_device_resource(rmm.mr.CudaMemoryResource())

    def test_profiler(self) -> None:
        statistics = import_module("rmm.statistics")
        statistics.enable_statistics()
        records = statistics.ProfilerRecords()

        def work() -> None:
            rmm.DeviceBuffer(size=1000)

        work = statistics.profiler(records=records)(work)
        work()
        work()
        with statistics.profiler(records=records, name="block"):
            rmm.DeviceBuffer(size=5)
        found = {name: vars(record) for name, record in records.records.items()}
        assert found.pop("block") == {"num_calls": 1, "memory_total": 5, "memory_peak": 5}
        ((name, record),) = found.items()
        assert "work" in name
        assert record == {"num_calls": 2, "memory_total": 2000, "memory_peak": 1000}
        assert "2,000" in records.report()
        with pytest.raises(ValueError, match="a name must be provided"), statistics.profiler():
            pass


class TestStreams:
    def test_kinds(self) -> None:
        streams = import_module("rmm.pylibrmm.stream")
        one, two = streams.Stream(), streams.Stream(flags=streams.CudaStreamFlags.NON_BLOCKING)
        assert one != two
        assert one == streams.Stream(one)
        assert hash(one) == hash(streams.Stream(one))
        assert not one.is_default()
        assert streams.DEFAULT_STREAM.is_default()
        assert streams.LEGACY_DEFAULT_STREAM.is_default()
        assert not streams.PER_THREAD_DEFAULT_STREAM.is_default()
        one.synchronize()
        stream = cupy.cuda.Stream()
        assert streams.Stream(stream).__cuda_stream__() == (0, stream.ptr)
        assert cupy.cuda.Stream.from_external(one).ptr == one.__cuda_stream__()[1]
        with pytest.raises(ValueError, match="flags may only be specified"):
            streams.Stream(stream, flags=streams.CudaStreamFlags.SYNC_DEFAULT)
        with pytest.raises(TypeError, match="Cannot create stream"):
            streams.Stream(3)

    def test_pool(self) -> None:
        pool = import_module("rmm.pylibrmm").CudaStreamPool(3)
        assert pool.get_pool_size() == 3
        taken = [pool.get_stream() for _ in range(4)]
        assert taken[0] == taken[3] == pool.get_stream(0)
        assert len(set(taken)) == 3


def test_log_levels() -> None:
    assert rmm.get_logging_level() == rmm.level_enum.info
    rmm.set_logging_level(rmm.level_enum.warn)
    assert not rmm.should_log(rmm.level_enum.info)
    rmm.set_logging_level(rmm.level_enum.info)
    rmm.flush_logger()
    with pytest.raises(TypeError):
        rmm.set_logging_level("info")


def test_errors_of_rmm() -> None:
    assert rmm.RMMError(3, "text").errcode == 3


@pytest.mark.parametrize(
    ("raised", "caught"),
    [
        (MemoryError, MemoryError),
        (RuntimeError, RuntimeError),
        (KeyError, RuntimeError),
        (BaseException, RuntimeError),
    ],
)
def test_errors_of_callbacks_are_those_of_cpp(
    raised: type[BaseException], caught: type[Exception]
) -> None:
    def allocate(_size: int, _stream: Any) -> int:
        raise raised("no more")

    resource = rmm.mr.CallbackMemoryResource(allocate, lambda *_: None)
    with pytest.raises(caught, match="no more"):
        rmm.DeviceBuffer(size=256, mr=resource)


@pytest.mark.parametrize("size", ["2k", "3 Mi", "1e3", "b"])
def test_sizes_have_whole_units(size: str) -> None:
    with pytest.raises(ValueError, match="Could not parse"):
        rmm.mr.PoolMemoryResource(rmm.mr.CudaMemoryResource(), size)


def test_functions_have_the_names_that_the_profiler_uses() -> None:
    statistics = import_module("rmm.statistics")
    name = statistics._get_descriptive_name_of_object(test_sizes_have_whole_units)
    assert name.endswith("(test_sizes_have_whole_units)")
