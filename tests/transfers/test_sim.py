"""Transfers on the simulated device: the log has the same entries as with CuPy."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import zarr
import zarr.core.codec_pipeline
from zarr.codecs import GzipCodec

import zarr_devbuf.sim  # noqa: F401
from tests.shared.transfer_paths import HOST, PATHS, movements
from zarr_devbuf import get_backend, use_backend
from zarr_devbuf.transfers import (
    Traffic,
    TransferError,
    record_transfers,
    transfer_guard,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

# Older zarrs have no fused pipeline.
PIPELINES = [
    name
    for name in ("BatchedCodecPipeline", "FusedCodecPipeline")
    if hasattr(zarr.core.codec_pipeline, name)
]

backend = get_backend("sim")


@pytest.fixture
def array() -> Any:
    return backend.xp.arange(1000, dtype="f8")


class TestEveryPath:
    @pytest.mark.parametrize("name", PATHS)
    def test_it_is_recorded(self, name: str, array: Any) -> None:
        path, expected = PATHS[name]
        with record_transfers() as log:
            path(backend.xp, array)
        assert movements(log) == expected

    @pytest.mark.parametrize("name", [name for name in PATHS if PATHS[name][1]])
    def test_a_guard_blocks_it_before_any_data_moves(self, name: str, array: Any) -> None:
        path, _ = PATHS[name]
        with transfer_guard("disallow"), record_transfers() as log, pytest.raises(TransferError):
            path(backend.xp, array)
        assert len(log) == 0
        np.testing.assert_array_equal(array.get(), HOST)

    def test_the_call_site_is_the_users_line(self, array: Any) -> None:
        with record_transfers() as log:
            array.get()
            array[[0]]
            bool(array[0])
        assert len(log) == 3
        for transfer in log:
            assert transfer.where.startswith(f"{__file__}:")
            assert transfer.where.endswith("test_the_call_site_is_the_users_line")


@pytest.mark.parametrize("pipeline", PIPELINES)
class TestArrays:
    @pytest.fixture(autouse=True)
    def _pipeline(self, pipeline: str) -> Iterator[None]:
        path = f"zarr.core.codec_pipeline.{pipeline}"
        with zarr.config.set({"codec_pipeline.path": path}), use_backend("sim"):
            yield

    def test_counts_are_exact_on_every_thread(self) -> None:
        values = backend.from_host(np.random.default_rng(0).random((64, 64)))
        array = zarr.create_array(
            {},
            shape=(64, 64),
            chunks=(16, 16),
            dtype="f8",
            compressors=GzipCodec(),
            config={"write_empty_chunks": True},
        )
        with record_transfers() as written:
            array[:] = values
        with record_transfers() as read:
            result = array[:]
        encoded = written.host_to_device
        # gzip works on the host: each of the 16 chunks is downloaded, and the result uploaded.
        assert written.device_to_host == Traffic(16, 64 * 64 * 8)
        assert encoded.count == 16
        assert read.device_to_host == encoded
        assert read.host_to_device == Traffic(16, 64 * 64 * 8)
        assert not written.implicit
        assert not read.implicit
        assert backend.owns(result)
        np.testing.assert_array_equal(backend.to_host(result), backend.to_host(values))

    def test_the_call_site_is_zarrs_line(self) -> None:
        array = zarr.create_array({}, shape=(4,), chunks=(4,), dtype="f8", compressors=GzipCodec())
        with record_transfers() as log:
            array[:] = backend.from_host(np.arange(4.0))
            array[:]
        mine, *zarrs = [transfer.where for transfer in log]
        assert mine.startswith(f"{__file__}:")
        assert len(zarrs) >= 4
        assert all("/zarr/co" in where for where in zarrs)
        assert any("GzipCodec" in where for where in zarrs)

    def test_the_error_is_raised_at_the_line_that_caused_it(self) -> None:
        array = zarr.create_array(
            {},
            shape=(4,),
            chunks=(4,),
            dtype="f8",
            compressors=GzipCodec(),
            config={
                "write_empty_chunks": True
            },  # otherwise zarr downloads a byte to find out if the chunk is empty
        )
        values = backend.from_host(np.arange(4.0))
        with transfer_guard("disallow"), pytest.raises(TransferError, match="GzipCodec") as caught:
            array[:] = values
        functions = [entry.frame.code.name for entry in caught.traceback]
        assert "test_the_error_is_raised_at_the_line_that_caused_it" in functions
        assert any("encode" in function for function in functions)

    def test_an_uncompressed_array_moves_no_data(self) -> None:
        array = zarr.create_array(
            {},
            shape=(64, 64),
            chunks=(16, 16),
            dtype="f8",
            compressors=None,
            config={"write_empty_chunks": True},
        )
        values = backend.from_host(np.ones((64, 64)))
        with transfer_guard("disallow"):
            array[:] = values
            result = array[:]
        assert backend.owns(result)


def test_many_threads() -> None:
    def work() -> None:
        for _ in range(50):
            backend.to_host(backend.from_host(HOST))

    threads = [threading.Thread(target=work) for _ in range(8)]
    with record_transfers() as log:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert log.host_to_device == log.device_to_host == Traffic(400, 400 * 8000)
