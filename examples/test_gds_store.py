"""The store of `gds_store`, on the host and on a simulated GPU."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import zarr
from zarr.storage import LocalStore

from examples.gds_store import GdsStore
from zarr_devbuf import record_transfers, simulate_gpu
from zarr_devbuf.checks import check_store


@pytest.fixture(autouse=True)
def gpu():
    with simulate_gpu(force=True) as cupy:
        yield cupy


def failed_checks(make_store, folder, backend):
    folders = itertools.count()
    report = check_store(lambda: make_store(folder / str(next(folders))), backend, on_fail=None)
    return report.verdict, {result.check for result in report.failed}


@pytest.mark.parametrize("backend", ["cpu", "sim", "gpu"])
def test_it_passes_the_checks(backend, tmp_path):
    verdict, failed = failed_checks(GdsStore, tmp_path / "ours", backend)
    if failed:
        # zarr's store, from which the rest is inherited, fails them, too.
        assert failed <= failed_checks(LocalStore, tmp_path / "zarrs", "cpu")[1]
    if backend != "cpu":
        assert verdict == "device-native"


def test_no_value_passes_host_memory(gpu, tmp_path):
    values = gpu.arange(10_000, dtype="i4")
    with zarr.config.enable_gpu():
        array = zarr.create_array(
            GdsStore(tmp_path),
            shape=values.shape,
            chunks=2500,
            dtype="i4",
            compressors=None,
            config={"write_empty_chunks": True},
        )
        with record_transfers() as log:
            array[:] = values
            result = array[:]
    assert (result == values).all()
    assert log.device_to_storage.nbytes == log.storage_to_device.nbytes == 40_000
    assert len(log) == 0


def test_host_memory(tmp_path):
    array = zarr.create_array(GdsStore(tmp_path), shape=100, chunks=10, dtype="i4")
    array[:] = np.arange(100)
    np.testing.assert_array_equal(zarr.open_array(tmp_path)[:], np.arange(100))
