"""Batches: views of several buffers, that do not outlive them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr_devbuf.simulator.cupy as cp
from zarr_devbuf.simulator import memory_in_use, nvcomp
from zarr_devbuf.transfers import record_transfers

HOST = np.arange(12, dtype="<i4").reshape(3, 4)


def test_a_batch_shares_memory_and_has_one_axis() -> None:
    values = cp.asarray(HOST)
    batch = nvcomp.as_arrays([values, values[1:]])
    assert len(batch) == 2
    assert batch.buffer_sizes == [48, 32]
    view = batch[0]
    assert view.shape == (12,)
    assert view.dtype == np.int32
    assert view.__cuda_array_interface__["data"][0] == values.data.ptr
    assert batch[-1].__cuda_array_interface__["data"][0] == values.data.ptr + 16
    assert [cp.asarray(each).size for each in batch] == [12, 8]
    for index in (2, -3):
        with pytest.raises(IndexError):
            batch[index]
    for other in ("a", slice(1)):
        with pytest.raises(TypeError, match=r"__getitem__\(\): incompatible function arguments"):
            batch[other]


def test_a_batch_can_mix_host_and_device() -> None:
    batch = nvcomp.as_arrays([b"abc", cp.asarray(HOST)])
    with record_transfers() as log:
        on_host, on_device = batch.cpu(), batch.cuda()
    assert [(each.direction, each.nbytes) for each in log] == [("d2h", 48), ("h2d", 3)]
    assert [bytes(each) for each in on_host] == [b"abc", HOST.tobytes()]
    assert bytes(on_device[0].cpu()) == b"abc"
    assert on_host.cpu() is on_host
    assert on_device.cuda() is on_device


def test_one_buffer_is_carved() -> None:
    values = cp.arange(100, dtype="u1")
    batch = nvcomp.as_arrays(values, [0, 16, 32], [10, 16, 68])
    assert batch.buffer_sizes == [10, 16, 68]
    assert cp.asarray(batch[1]).tolist() == list(range(16, 32))
    host = nvcomp.as_arrays(buffer=HOST, offsets=[16], sizes=[16])
    assert np.asarray(host[0]).tolist() == [4, 5, 6, 7]


@pytest.mark.parametrize(
    ("offsets", "sizes", "message"),
    [
        ([0, 1], [1], "2 offsets and 1 sizes"),
        ([], [], "empty list"),
        ([40], [12], "not in a buffer of 48 bytes"),
        ([-4], [4], "not in a buffer"),
        ([0], [6], "whole elements"),
    ],
)
def test_carving_is_checked(offsets: list[int], sizes: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        nvcomp.as_arrays(HOST, offsets, sizes)


def test_a_batch_is_not_empty_and_is_contiguous() -> None:
    with pytest.raises(ValueError, match="Cannot create a BatchArray from an empty list"):
        nvcomp.as_arrays([])
    with pytest.raises(RuntimeError, match="C-contiguous"):
        nvcomp.as_arrays([HOST[:, ::2]])
    with pytest.raises(TypeError, match=r"as_arrays\(\): incompatible function arguments"):
        nvcomp.as_arrays(5)


def test_a_batch_keeps_its_sources_alive() -> None:
    before = memory_in_use()
    batch = nvcomp.as_arrays([cp.arange(1000), cp.arange(1000)])
    assert memory_in_use() > before
    assert cp.asarray(batch[0]).sum() == 499500
    del batch
    assert memory_in_use() == before


def test_a_view_that_outlives_its_batch_reads_overwritten_memory() -> None:
    codec = nvcomp.Codec(algorithm="Zstd")
    data = cp.arange(100, dtype="u1")
    batch = codec.decode(codec.encode(nvcomp.as_arrays([data])))
    kept, copied = cp.asarray(batch[0]), cp.asarray(batch[0]).copy()
    assert kept.tolist() == list(range(100))
    del batch
    assert set(kept.view("u1").tolist()) == {0xA5}
    assert copied.tolist() == list(range(100))


def test_version_5_has_lists(five: None) -> None:
    arrays: Any = nvcomp.as_arrays([HOST, b"ab"])
    assert type(arrays) is list
    assert [each.shape for each in arrays] == [(3, 4), (2,)]
    assert nvcomp.as_arrays([]) == []
    with pytest.raises(TypeError, match="incompatible function arguments"):
        nvcomp.as_arrays(HOST, [0], [4])
