"""The check of use: an array on the store is read as it was written, on the device."""

from __future__ import annotations

from itertools import product

import numpy as np
import zarr

from zarr_devbuf._backends.zarr_internals import codec_pipeline, pipeline_paths
from zarr_devbuf.checks._assertions import assert_in_memory_of, assert_same
from zarr_devbuf.checks._harness import on_device
from zarr_devbuf.checks.store.harness import StoreHarness, store_check
from zarr_devbuf.config import use_backend
from zarr_devbuf.transfers import unrecorded_transfers

_HOST = np.arange(1, 43, dtype="int32").reshape(7, 6)
_SELECTIONS = (np.s_[:], np.s_[1:6, 2:5], np.s_[3:5], np.s_[6, 5])


@store_check(advice="See which other checks fail: arrays read and write by several methods.")
def check_arrays(harness: StoreHarness) -> None:
    """An array on the store is read as it was written, on the device, by every pipeline.

    With both of zarr's codec pipelines, whole and in part, also read by the pipeline that did not
    write it: they call different methods of a store. Sharded arrays only on the host: zarr's own
    sharding moves data for which no store is responsible. `check_shard_reads` makes the requests of
    a shard on a device.
    """
    pipelines = pipeline_paths()
    for shards, writer in product(
        (None, (4, 6)) if harness.backend.is_host else (None,), pipelines
    ):
        name = f"{'shards' if shards else 'chunks'}/{writer.rpartition('.')[2]}"
        with use_backend(harness.backend), codec_pipeline(writer):
            array = zarr.create_array(
                harness.store,
                name=harness.key(name),
                shape=_HOST.shape,
                chunks=(2, 3),
                shards=shards,
                dtype=_HOST.dtype,
                compressors=None,
                filters=None,
                fill_value=0,
            )
            array[:] = on_device(harness.backend, _HOST)
        for reader in pipelines:
            with use_backend(harness.backend), codec_pipeline(reader):
                _assert_array(harness, name, f"{name}, read by {reader.rpartition('.')[2]}")


def _assert_array(harness: StoreHarness, name: str, case: str) -> None:
    backend, advice = harness.backend, harness.advice
    array = zarr.open_array(harness.store, path=harness.key(name), mode="r+")
    for selection in _SELECTIONS:
        found, expected = array[selection], _HOST[selection]
        if np.ndim(expected):
            assert_in_memory_of(found, backend, f"{case}, selection {selection}", advice=advice)
        with unrecorded_transfers():
            host = backend.to_host(found) if backend.owns(found) else found
        assert_same(host, expected, f"{case}, selection {selection}", advice=advice)
