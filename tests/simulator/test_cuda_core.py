"""cuda.core: devices, streams, events and buffers, and streams that libraries exchange."""

from __future__ import annotations

import gc
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from zarr_devbuf.simulator import limit_memory, memory_in_use, set_device_count, simulate_gpu

if TYPE_CHECKING:
    from collections.abc import Iterator

cupy: Any = None
core: Any = None


@pytest.fixture(scope="module", autouse=True)
def _libraries() -> Iterator[None]:
    global cupy, core  # noqa: PLW0603
    with simulate_gpu(force=True) as cupy:
        core = import_module("cuda.core")
        yield


@pytest.fixture
def device() -> Any:
    device = core.Device()
    device.set_current()
    return device


@pytest.fixture
def stream(device: Any) -> Any:
    return device.create_stream()


class TestDevice:
    def test_it_is_one_object(self, device: Any) -> None:
        assert core.Device(0) is core.Device() is device
        assert core.Device.get_all_devices() == (device,)
        assert device.device_id == int(device) == 0
        assert device.compute_capability == (8, 0)
        assert device.arch == "80"
        assert device.pci_bus_id == cupy.cuda.Device(0).pci_bus_id
        assert "simulated" in device.name
        device.sync()
        for wrong in (-1, 7):
            with pytest.raises(ValueError, match="device_id must be"):
                core.Device(wrong)

    def test_it_has_to_be_selected(self) -> None:
        set_device_count(2)
        try:
            other = core.Device(1)
            with pytest.raises(Exception, match=r"perhaps you forgot to call \.set_current"):
                other.create_stream()
            assert not other.can_access_peer(0)
            other.set_current()
            assert cupy.cuda.Device().id == 1
            assert other.create_stream().device is other
        finally:
            core.Device(0).set_current()
            set_device_count(1)

    def test_what_is_not_modelled(self, device: Any) -> None:
        with pytest.raises(NotImplementedError, match=r"cuda\.core\.Device\.properties"):
            _ = device.properties
        with pytest.raises(NotImplementedError, match=r"cuda\.core\.Program"):
            core.Program("", "c++")
        with pytest.raises(NotImplementedError, match=r"cuda\.core\.graph"):
            import_module("cuda.core.graph").GraphBuilder()


class TestStreams:
    def test_new_ones(self, device: Any, stream: Any) -> None:
        other = device.create_stream(options={"nonblocking": False, "priority": -1})
        assert stream != other
        assert stream.is_nonblocking
        assert (other.is_nonblocking, other.priority) == (False, -1)
        assert stream.device is device
        assert int(stream.handle) == stream.__cuda_stream__()[1]
        assert core.Stream.from_handle(int(stream.handle)) == stream
        stream.sync()
        stream.wait(other)
        stream.wait(cupy.cuda.Stream())
        stream.close()
        assert stream.is_closed
        with pytest.raises(RuntimeError, match="cannot be instantiated directly"):
            core.Stream()
        with pytest.raises(TypeError):
            other.wait(3)

    def test_the_default_ones(self, device: Any) -> None:
        assert core.LEGACY_DEFAULT_STREAM.__cuda_stream__() == (0, 1)
        assert core.PER_THREAD_DEFAULT_STREAM.__cuda_stream__() == (0, 2)
        assert device.default_stream is core.LEGACY_DEFAULT_STREAM

    def test_exchange_with_cupy(self, device: Any, stream: Any) -> None:
        theirs = cupy.cuda.Stream()
        ours = device.create_stream(theirs)
        assert ours.__cuda_stream__() == (0, theirs.ptr)
        foreign = cupy.cuda.Stream.from_external(stream)
        assert foreign.ptr == int(stream.handle)
        with foreign:
            assert cupy.cuda.get_current_stream().ptr == foreign.ptr
        with pytest.raises(TypeError, match="__cuda_stream__"):
            device.create_stream(3)

    def test_events(self, device: Any, stream: Any) -> None:
        first, last = (stream.record(options=core.EventOptions(timing_enabled=True)) for _ in "ab")
        assert last.is_done
        assert last - first >= 0
        assert first != last
        assert first.device is device
        untimed = device.create_event()
        assert stream.record(untimed) is untimed
        untimed.sync()
        with pytest.raises(RuntimeError, match="timing enabled"):
            _ = untimed - first
        untimed.close()
        assert untimed.is_closed


class TestBuffers:
    def test_memory(self, device: Any, stream: Any) -> None:
        gc.collect()
        before = memory_in_use()
        with device.allocate(100, stream=stream) as buffer:
            assert memory_in_use() == before + 100
            assert (buffer.size, buffer.device_id) == (100, 0)
            assert buffer.handle > 0
            assert buffer.memory_resource is device.memory_resource
            assert buffer.is_device_accessible
            assert not buffer.is_host_accessible
        assert buffer.is_closed
        assert memory_in_use() == before
        device.allocate(100, stream=stream)
        gc.collect()
        assert memory_in_use() == before
        with limit_memory(before + 10), pytest.raises(RuntimeError, match="out of memory"):
            device.allocate(100, stream=stream)
        with pytest.raises(TypeError, match="Stream or GraphBuilder expected"):
            device.allocate(100, stream=3)

    def test_arrays_on_it(self, device: Any, stream: Any) -> None:
        buffer = device.allocate(8, stream=stream)
        buffer.fill(3, stream=stream)
        array = cupy.from_dlpack(buffer)
        stream.sync()
        assert array.dtype == "i1"
        assert array.tolist() == [3] * 8
        array[0] = 7
        cupy.cuda.Stream.null.synchronize()
        other = buffer.copy_to(stream=stream)
        buffer.fill(b"\1\2", stream=stream)
        stream.sync()
        assert array.tolist() == [1, 2] * 4
        assert cupy.from_dlpack(other).tolist() == [7, *[3] * 7]
        assert not hasattr(buffer, "__cuda_array_interface__")
        address = buffer.handle
        del buffer
        # The array keeps the memory alive.
        assert array.data.ptr == address
        assert array.tolist() == [1, 2] * 4

    def test_errors(self, device: Any, stream: Any) -> None:
        small, large = (device.allocate(size, stream=stream) for size in (3, 4))
        with pytest.raises(ValueError, match="buffer sizes mismatch"):
            small.copy_to(large, stream=stream)
        with pytest.raises(ValueError, match="divisible"):
            small.fill(b"ab", stream=stream)
        with pytest.raises(ValueError, match="1, 2, or 4 bytes"):
            large.fill(b"abc", stream=stream)
        with pytest.raises(OverflowError):
            large.fill(256, stream=stream)
        with pytest.raises(RuntimeError, match="cannot be instantiated directly"):
            core.Buffer()
        with pytest.raises(BufferError):
            large.__dlpack__(copy=True)

    def test_of_another_owner(self, stream: Any) -> None:
        array = cupy.arange(10, dtype="u1")
        buffer = core.Buffer.from_handle(array.data.ptr, 10, owner=array)
        assert buffer.owner is array
        cupy.cuda.Stream.null.synchronize()
        buffer.fill(1, stream=stream)
        stream.sync()
        assert array.sum() == 10
        buffer.close()
        assert buffer.owner is None
        with pytest.raises(ValueError, match="cannot be both specified"):
            core.Buffer.from_handle(1, 1, core.DeviceMemoryResource(0), array)

    def test_a_resource_of_ones_own(self, device: Any, stream: Any) -> None:
        calls = []

        class Counting(core.MemoryResource):  # type: ignore[misc]
            is_device_accessible, is_host_accessible, device_id = True, False, 0

            def allocate(self, size: int, *, stream: Any) -> Any:
                array = cupy.empty(size, "u1")
                calls.append(size)
                self.array = array
                return core.Buffer.from_handle(array.data.ptr, size, self, stream=stream)

            def deallocate(self, ptr: int, size: int, *, stream: Any) -> None:
                calls.append(-size)

        old = device.memory_resource
        device.memory_resource = Counting()
        try:
            device.allocate(10, stream=stream).close()
            assert calls == [10, -10]
            with pytest.raises(TypeError, match="Expected a MemoryResource"):
                device.memory_resource = 3
        finally:
            device.memory_resource = old
