"""Allocators, and streams that they are called with."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr_devbuf.simulator.cupy as cp
from zarr_devbuf.simulator import CUDARuntimeError, memory_in_use, nvcomp, set_device_count
from zarr_devbuf.simulator.nvcomp.external_memory import ExternalMemory

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def default_allocators() -> Iterator[None]:
    yield
    nvcomp.set_device_allocator()
    nvcomp.set_host_allocator(None)
    nvcomp.set_pinned_allocator(allocator=None)


class Box:
    """Memory of CuPy's allocator, as an allocator of nvCOMP returns it."""

    def __init__(self, nbytes: int, stream: Any) -> None:
        self.memory = cp.cuda.alloc(nbytes)
        self.ptr = int(self.memory.ptr)
        self.asked = nbytes, stream


def test_device_memory_comes_from_the_allocator() -> None:
    boxes: list[tuple[int, Any]] = []

    def allocate(nbytes: int, stream: Any) -> Box:
        boxes.append((nbytes, stream))
        return Box(nbytes, stream)

    nvcomp.set_device_allocator(allocate)
    pool = cp.get_default_memory_pool()
    before = pool.used_bytes(), memory_in_use()
    codec = nvcomp.Codec(algorithm="Zstd", cuda_stream=0x70)
    source = nvcomp.as_array(b"abc" * 1000).cuda()
    encoded = codec.encode(source)
    decoded = codec.decode(encoded)
    assert [nbytes for nbytes, _ in boxes] == [3000, encoded.capacity, 3000]
    assert [stream.ptr for _, stream in boxes] == [0, 0x70, 0x70]
    assert all(isinstance(stream, nvcomp.CudaStream) for _, stream in boxes)
    assert pool.used_bytes() - before[0] == memory_in_use() - before[1] >= 9000
    assert bytes(decoded.cpu()) == b"abc" * 1000
    # Arrays of the allocator before live on.
    nvcomp.set_device_allocator(None)
    assert bytes(codec.decode(encoded).cpu()) == b"abc" * 1000
    del source, encoded, decoded
    boxes.clear()
    assert (pool.used_bytes(), memory_in_use()) == before


def test_memory_that_the_allocator_does_not_keep_is_overwritten() -> None:
    class Careless:
        def __init__(self, nbytes: int, stream: Any) -> None:
            self.ptr = int(cp.cuda.alloc(nbytes).ptr)

    nvcomp.set_device_allocator(Careless)
    with pytest.raises(CUDARuntimeError, match="invalid argument"):
        nvcomp.as_array(b"abc").cuda()


def test_what_is_no_allocator_is_an_error_when_it_is_used() -> None:
    nvcomp.set_device_allocator(5)
    with pytest.raises(TypeError, match="not callable"):
        nvcomp.as_array(b"abc").cuda()
    nvcomp.set_device_allocator(lambda nbytes, stream: None)
    with pytest.raises(AttributeError, match="ptr"):
        nvcomp.as_array(b"abc").cuda()
    with pytest.raises(TypeError, match=r"set_device_allocator\(\): incompatible"):
        nvcomp.set_device_allocator(None, 3)


class HostBox:
    made: list[int]

    def __init__(self, nbytes: int, stream: Any) -> None:
        self.buffer = (ctypes.c_uint8 * nbytes)()
        self.ptr = ctypes.addressof(self.buffer)
        self.made.append(nbytes)


def test_host_memory_comes_from_the_host_allocator() -> None:
    class Host(HostBox):
        made: list[int] = []

    nvcomp.set_host_allocator(Host)
    array = nvcomp.as_array(cp.arange(10)).cpu()
    assert Host.made == [80]
    assert np.asarray(array).tolist() == list(range(10))


def test_sizes_are_read_into_pinned_memory() -> None:
    class Pinned(HostBox):
        made: list[int] = []

    nvcomp.set_pinned_allocator(Pinned)
    codec = nvcomp.Codec(algorithm="LZ4")
    encoded = codec.encode(nvcomp.as_arrays([cp.zeros(9, "u1")] * 3))
    assert Pinned.made == [24]
    codec.decode(encoded)
    assert Pinned.made == [24, 24]


def test_external_memory_releases_the_stream_last() -> None:
    released: list[str] = []

    class Handle:
        ptr = 7

        def __init__(self, name: str) -> None:
            self.name = name

        def __del__(self) -> None:
            released.append(self.name)

    memory = ExternalMemory(Handle("memory"), Handle("stream"))
    assert memory.ptr == 7
    del memory
    assert released == ["memory", "stream"]
    assert ExternalMemory(Handle("other")).ptr == 7


def test_external_memory_can_be_allocated() -> None:
    nvcomp.set_device_allocator(lambda nbytes, stream: ExternalMemory(Box(nbytes, stream), stream))
    assert bytes(nvcomp.as_array(b"abc").cuda().cpu()) == b"abc"


def test_streams_are_made_and_borrowed() -> None:
    made = nvcomp.CudaStream.make_new()
    assert made.device == 0
    assert not made.is_special
    assert made.ptr != nvcomp.CudaStream.make_new().ptr
    borrowed = nvcomp.CudaStream.borrow(made.ptr)
    assert (borrowed.ptr, borrowed.device) == (made.ptr, 0)
    assert [nvcomp.CudaStream.borrow(ptr).is_special for ptr in (0, 1, 2, 3)] == [
        True,
        True,
        True,
        False,
    ]
    for call in (nvcomp.CudaStream.borrow, nvcomp.CudaStream.make_new):
        with pytest.raises(TypeError, match="incompatible function arguments"):
            call("x")


def test_streams_have_devices() -> None:
    set_device_count(2)
    try:
        made = nvcomp.CudaStream.make_new(device_idx=1)
        assert nvcomp.CudaStream.borrow(made.ptr).device == 1
        with pytest.raises(ValueError, match="belongs to device 1, not to device 0"):
            nvcomp.CudaStream.borrow(made.ptr, 0)
        assert nvcomp.CudaStream.borrow(0, 1).device == 1
        with pytest.raises(RuntimeError, match="CUDA Runtime API failure: invalid device"):
            nvcomp.CudaStream.make_new(2)
        seen: list[int] = []

        def allocate(nbytes: int, stream: Any) -> Box:
            seen.append(cp.cuda.Device().id)
            return Box(nbytes, stream)

        nvcomp.set_device_allocator(allocate)
        nvcomp.Codec(algorithm="LZ4", device_id=1).encode(b"abc")
        assert seen == [1, 1]
        assert cp.cuda.Device().id == 0
    finally:
        set_device_count(1)
