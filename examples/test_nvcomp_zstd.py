"""The tests of `NvcompZstd`: they run on a simulated GPU."""

from __future__ import annotations

import importlib
import sys
from dataclasses import replace

import numpy as np
import pytest
import zarr
from zarr.codecs import ZstdCodec

from zarr_devbuf import use_backend
from zarr_devbuf.checks import check_codec
from zarr_devbuf.simulator import simulate_gpu
from zarr_devbuf.transfers import record_transfers


@pytest.fixture
def codec(monkeypatch):
    with simulate_gpu(force=True):
        monkeypatch.delitem(sys.modules, "examples.nvcomp_zstd", raising=False)
        yield importlib.import_module("examples.nvcomp_zstd").NvcompZstd()
        monkeypatch.delitem(sys.modules, "examples.nvcomp_zstd", raising=False)


@pytest.mark.parametrize("backend", ["sim", pytest.param("gpu", marks=pytest.mark.exhaustive)])
def test_the_codec_stays_on_the_device(codec, backend):
    report = check_codec(codec, backend=backend, reference=ZstdCodec(), max_transfers=0)
    assert report.verdict == "device-native"


def test_zarrs_own_codec_reads_what_it_wrote(codec):
    values = np.arange(10_000, dtype="i4").reshape(100, 100)
    store = zarr.storage.MemoryStore()
    with use_backend("gpu"):
        array = zarr.create_array(
            store, shape=values.shape, chunks=(10, 100), dtype="i4", compressors=codec
        )
        with record_transfers() as log:
            array[:] = sys.modules["cupy"].asarray(values)
            assert sys.modules["cupy"].asnumpy(array[:]).tolist() == values.tolist()
    assert {transfer.explicit for transfer in log} == {True}
    np.testing.assert_array_equal(zarr.open_array(store, mode="r")[:], values)


def test_frames_with_checksums_are_read_and_not_written(codec):
    values = np.arange(1000, dtype="i4")
    written, read = zarr.storage.MemoryStore(), zarr.storage.MemoryStore()
    zarr.create_array(written, data=values, compressors=ZstdCodec(checksum=True))
    with use_backend("gpu"):
        array = zarr.create_array(
            read, shape=values.shape, dtype="i4", compressors=replace(codec, checksum=True)
        )
        read._store_dict["c/0"] = written._store_dict["c/0"]
        assert sys.modules["cupy"].asnumpy(array[:]).tolist() == values.tolist()
        with pytest.raises(ValueError, match="no checksums"):
            array[:] = sys.modules["cupy"].asarray(values)
