"""`kvikio.zarr.GDSStore`, with the simulator or with kvikio itself, on Zarr's GPU buffers."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import zarr
from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest

from zarr_devbuf import get_backend, record_transfers
from zarr_devbuf.simulator import simulate_gpu

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

cupy: Any = None
is_real = False


@pytest.fixture(scope="module", autouse=True)
def _libraries() -> Iterator[None]:
    global cupy, is_real  # noqa: PLW0603
    real = get_backend("gpu")
    is_real = real.unavailable_reason() is None and "simulated" not in real.device_names()[0]
    if is_real:
        pytest.importorskip("kvikio")
        cupy = import_module("cupy")
        yield
        return
    with simulate_gpu() as cupy:
        yield


@pytest.fixture
def store(tmp_path: Path) -> Any:
    return import_module("kvikio.zarr").GDSStore(tmp_path / "data")


def test_an_array(store: Any, tmp_path: Path) -> None:
    values = np.arange(10_000, dtype="i4").reshape(100, 100)
    with zarr.config.enable_gpu():
        array = zarr.create_array(
            store, shape=values.shape, chunks=(40, 40), dtype="i4", compressors=None, filters=None
        )
        array[:] = cupy.asarray(values)
        result = array[5:95, 3:]
        assert isinstance(result, cupy.ndarray)
        np.testing.assert_array_equal(cupy.asnumpy(result), values[5:95, 3:])
    host = zarr.open_array(tmp_path / "data", mode="r")
    np.testing.assert_array_equal(host[:], values)


def test_values_are_read_into_device_memory(store: Any) -> None:
    if is_real:
        pytest.skip("of the simulator alone")
    values = cupy.arange(1000, dtype="u1")
    with zarr.config.enable_gpu():
        array = zarr.create_array(
            store, shape=(1000,), chunks=(500,), dtype="u1", compressors=None, filters=None,
            config={"write_empty_chunks": True},
        )  # fmt: skip
        with record_transfers() as log:
            array[:] = values
            result = array[:]
    assert (result == values).all()
    assert [(each.direction, each.nbytes) for each in log.storage] == [
        ("d2s", 500), ("d2s", 500), ("s2d", 500), ("s2d", 500)
    ]  # fmt: skip
    assert len(log) == 0


async def test_byte_ranges(store: Any) -> None:
    gpu = zarr.core.buffer.gpu
    prototype = zarr.buffer.gpu.buffer_prototype
    await store.set("key", gpu.Buffer.from_bytes(bytes(range(20))))
    ranges = {
        None: bytes(range(20)),
        RangeByteRequest(3, 7): bytes(range(3, 7)),
        OffsetByteRequest(15): bytes(range(15, 20)),
        OffsetByteRequest(30): b"",
        SuffixByteRequest(4): bytes(range(16, 20)),
        SuffixByteRequest(40): bytes(range(20)),
    }
    for byte_range, expected in ranges.items():
        found = await store.get("key", prototype, byte_range)
        assert isinstance(found, gpu.Buffer)
        assert found.to_bytes() == expected
    assert await store.get("none", prototype) is None
    with pytest.raises(TypeError, match="Unexpected byte_range"):
        await store.get("key", prototype, (1, 2))


async def test_host_buffers(store: Any) -> None:
    buffer = zarr.buffer.cpu.Buffer.from_bytes(b"abc")
    await store.set("folder/key", buffer)
    found = await store.get("folder/key", zarr.buffer.cpu.buffer_prototype)
    assert found.to_bytes() == b"abc"
    await store.set_if_not_exists("folder/key", zarr.buffer.cpu.Buffer.from_bytes(b"other"))
    assert (await store.get("folder/key")).to_bytes() == b"abc"
    with pytest.raises(TypeError, match="must be a Buffer instance"):
        await store.set("key", b"abc")
    assert repr(store).startswith("GDSStore('file://")
