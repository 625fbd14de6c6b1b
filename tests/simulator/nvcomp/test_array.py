"""Arrays: what they share, what they copy, and what of it is recorded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr_devbuf.simulator.cupy as cp
from zarr_devbuf.simulator import CUDARuntimeError, limit_memory, memory_in_use, nvcomp
from zarr_devbuf.transfers import TransferError, record_transfers, transfer_guard

HOST = np.arange(12, dtype="<i4").reshape(3, 4)


def test_a_host_array_is_shared() -> None:
    values = HOST.copy()
    array = nvcomp.as_array(values)
    assert array.shape == (3, 4)
    assert array.strides == (16, 4)
    assert (array.ndim, array.size, array.item_size) == (2, 12, 4)
    assert array.buffer_size == array.capacity == 48
    assert array.precision == 0
    assert array.dtype == np.dtype("<i4")
    assert array.buffer_kind == nvcomp.ArrayBufferKind.STRIDED_HOST
    interface = array.__array_interface__
    assert interface["data"] == (values.ctypes.data, False)
    assert interface["typestr"] == "<i4"
    assert interface["strides"] is None
    values[0, 0] = 99
    assert np.asarray(array)[0, 0] == 99
    assert bytes(array)[:4] == (99).to_bytes(4, "little")


def test_a_device_array_is_shared() -> None:
    values = cp.asarray(HOST)
    with record_transfers() as log:
        array = nvcomp.as_array(values)
        again = cp.asarray(array)
    assert not log
    assert array.buffer_kind == nvcomp.STRIDED_DEVICE
    interface = array.__cuda_array_interface__
    assert interface["data"] == (values.data.ptr, False)
    assert interface["stream"] == 1
    again[0, 0] = 7
    assert int(values[0, 0]) == 7


@pytest.mark.parametrize("source", [b"abc", bytearray(b"abc"), memoryview(b"abc")])
def test_the_buffer_protocol_is_supported(source: Any) -> None:
    array = nvcomp.as_array(source)
    assert array.dtype == np.uint8
    assert bytes(array) == b"abc"


def test_a_strided_source_keeps_its_strides() -> None:
    array = nvcomp.as_array(HOST[:, ::2])
    assert array.__array_interface__["strides"] == (16, 8)
    assert np.asarray(array).tolist() == HOST[:, ::2].tolist()


@pytest.mark.parametrize("source", [5, None, [1, 2], object(), "text"])
def test_other_objects_are_rejected(source: Any) -> None:
    with pytest.raises(RuntimeError, match="supports neither"):
        nvcomp.as_array(source)


@pytest.mark.parametrize("dtype", [">i4", "M8[s]", "c8", "S3", [("a", "i4")]])
def test_other_elements_are_rejected(dtype: Any) -> None:
    with pytest.raises(RuntimeError, match="Unsupported element type"):
        nvcomp.as_array(np.zeros(3, dtype))


def test_interfaces_are_checked() -> None:
    class Exporter:
        def __init__(self, **changes: Any) -> None:
            self.__cuda_array_interface__ = {**cp.zeros(3).__cuda_array_interface__, **changes}

    with pytest.raises(RuntimeError, match="must not be 0"):
        nvcomp.as_array(Exporter(stream=0))
    incomplete = Exporter()
    del incomplete.__cuda_array_interface__["typestr"]
    with pytest.raises(RuntimeError, match="missing"):
        nvcomp.as_array(incomplete)


def test_a_stream_must_be_an_address() -> None:
    array = nvcomp.as_array(cp.zeros(3), cuda_stream=0x70)
    assert array.__cuda_array_interface__["stream"] == 0x70
    for stream in (cp.cuda.Stream(), None, "x"):
        with pytest.raises(TypeError, match=r"as_array\(\): incompatible function arguments"):
            nvcomp.as_array(HOST, stream)


def test_cuda_copies_to_the_device() -> None:
    host = nvcomp.as_array(HOST)
    with record_transfers() as log:
        array = host.cuda()
    (transfer,) = log
    assert (transfer.direction, transfer.nbytes, transfer.explicit) == ("h2d", 48, True)
    assert "test_cuda_copies_to_the_device" in transfer.where
    assert array.shape == (3, 4)
    assert cp.asarray(array).tolist() == HOST.tolist()
    assert array.cuda() is array
    assert host.cuda(synchronize=False, cuda_stream=0x70).__cuda_array_interface__["stream"] == 0x70


def test_cpu_copies_to_the_host() -> None:
    device = nvcomp.as_array(cp.asarray(HOST))
    with record_transfers() as log:
        array = device.cpu()
    (transfer,) = log
    assert (transfer.direction, transfer.nbytes, transfer.explicit) == ("d2h", 48, True)
    assert "test_cpu_copies_to_the_host" in transfer.where
    assert array.buffer_kind == nvcomp.STRIDED_HOST
    assert np.asarray(array).tolist() == HOST.tolist()
    assert array.cpu() is array


def test_a_guard_blocks_copies() -> None:
    with transfer_guard("disallow"), pytest.raises(TransferError):
        nvcomp.as_array(cp.asarray(HOST)).cpu()


def test_host_code_cannot_read_device_memory() -> None:
    array = nvcomp.as_array(cp.asarray(HOST))
    for read in (bytes, memoryview):
        with pytest.raises(BufferError, match=r"\.cpu\(\)"):
            read(array)
    with pytest.raises(RuntimeError, match=r"\.cpu\(\)"):
        np.asarray(array)


def test_device_code_cannot_read_host_memory() -> None:
    array = nvcomp.as_array(HOST)
    assert array.__cuda_array_interface__["data"] == (HOST.ctypes.data, False)
    with pytest.raises(CUDARuntimeError, match="invalid argument"):
        cp.asarray(array)


def test_dlpack_shares_memory_both_ways() -> None:
    values = cp.asarray(HOST)
    array = nvcomp.from_dlpack(values)
    assert array.__dlpack_device__() == (2, 0)
    again = cp.from_dlpack(array)
    again[0, 0] = 5
    assert int(values[0, 0]) == 5
    capsule = nvcomp.from_dlpack(array.to_dlpack(cuda_stream=1))
    assert capsule.__cuda_array_interface__["data"] == (values.data.ptr, False)

    host = nvcomp.from_dlpack(HOST.copy())
    assert host.__dlpack_device__() == (1, 0)
    assert np.from_dlpack(host).tolist() == HOST.tolist()
    assert np.asarray(nvcomp.as_array(host.to_dlpack())).tolist() == HOST.tolist()
    with pytest.raises(RuntimeError, match="does not support DLPack"):
        nvcomp.from_dlpack(b"abc")
    with pytest.raises(RuntimeError, match="must be an address"):
        array.to_dlpack("x")


def test_host_memory_that_is_read_only_is_exported() -> None:
    values = HOST[::-1, ::2].copy()
    values.flags.writeable = False
    for source, expected in ((b"abc", [97, 98, 99]), (values, values.tolist()), (b"", [])):
        exported = np.from_dlpack(nvcomp.as_array(source))
        assert exported.tolist() == expected
    strided = HOST[:, ::2]
    strided.flags.writeable = False
    capsule = nvcomp.as_array(strided).to_dlpack()
    del strided
    assert np.asarray(nvcomp.as_array(capsule)).tolist() == HOST[:, ::2].tolist()


def test_an_exporter_of_dlpack_alone_is_shared() -> None:
    class Exporter:
        def __init__(self, array: Any) -> None:
            self.array = array

        def __dlpack__(self, *, stream: Any = None) -> Any:
            assert stream == 1
            return self.array.__dlpack__(stream=stream)

        def __dlpack_device__(self) -> Any:
            return self.array.__dlpack_device__()

    values = cp.asarray(HOST)
    array = nvcomp.as_array(Exporter(values))
    assert array.__cuda_array_interface__["data"][0] == values.data.ptr


def test_an_array_keeps_its_source_alive() -> None:
    before = memory_in_use()
    array = nvcomp.as_array(cp.arange(1000))
    assert memory_in_use() > before
    assert cp.asarray(array).sum() == 499500
    del array
    assert memory_in_use() == before


def test_memory_of_a_copy_is_in_use_and_limited() -> None:
    before = memory_in_use()
    pool = cp.get_default_memory_pool().used_bytes()
    array = nvcomp.as_array(np.zeros(1 << 20, "u1")).cuda()
    assert memory_in_use() - before == 1 << 20
    assert cp.get_default_memory_pool().used_bytes() == pool
    del array
    assert memory_in_use() == before
    with (
        limit_memory(before + 1000),
        pytest.raises(RuntimeError, match=r"failure: out of memory : code=1000\."),
    ):
        nvcomp.as_array(np.zeros(1 << 20, "u1")).cuda()


def test_an_array_of_an_array_shares() -> None:
    array = nvcomp.as_array(nvcomp.as_array(cp.arange(4)))
    assert cp.asarray(array).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("shape", [(0,), (2, 0), ()])
def test_small_shapes(shape: tuple[int, ...]) -> None:
    array = nvcomp.as_array(np.ones(shape, "f8")).cuda()
    assert array.shape == shape
    assert np.asarray(array.cpu()).shape == shape
