"""`use_backend`, and the reference classes in Zarr's own configuration."""

from __future__ import annotations

import numpy as np
import pytest
import zarr
from zarr.registry import get_buffer_class, get_ndbuffer_class

import zarr_devbuf
from zarr_devbuf import BackendUnavailableError, cpu, get_backend, gpu, use_backend


def in_force() -> tuple[object, object]:
    return zarr.config.get("buffer"), zarr.config.get("ndbuffer")


def test_sets_and_restores() -> None:
    before = in_force()
    with use_backend("cpu") as backend:
        assert backend is cpu.BACKEND
        assert get_buffer_class() is cpu.TestBuffer
        assert get_ndbuffer_class() is cpu.NDBufferUsingTestNDArrayLike
    assert in_force() == before


def test_restores_after_errors() -> None:
    before = in_force()
    with pytest.raises(KeyError, match="mine"), use_backend("cpu"):
        raise KeyError("mine")
    assert in_force() == before


def test_nests() -> None:
    outer = in_force()
    with use_backend("cpu"):
        inner = in_force()
        with zarr.config.set({"buffer": "zarr.buffer.cpu.Buffer"}):
            with use_backend(get_backend("cpu")):
                assert in_force() == inner
            assert in_force()[0] == "zarr.buffer.cpu.Buffer"
        assert in_force() == inner
    assert in_force() == outer


@pytest.mark.parametrize("error", [ValueError, BackendUnavailableError])
def test_a_refusal_changes_nothing(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(gpu.BACKEND), "unavailable_reason", lambda _: "no fan")
    before = in_force()
    name = "gpu" if error is BackendUnavailableError else "nothing"
    with pytest.raises(error), use_backend(name):
        raise AssertionError("the block was entered")
    assert in_force() == before


def test_arrays_made_inside_hold_the_class() -> None:
    with use_backend("cpu"):
        store = zarr_devbuf.StoreExpectingTestBuffer()
        array = zarr.create_array(store, shape=(10, 10), chunks=(4, 4), shards=(8, 8), dtype="f4")
        array[:] = np.arange(100).reshape(10, 10)
        read: object = array[2:8, ::3]
        assert isinstance(read, cpu.TestNDArrayLike)
        np.testing.assert_array_equal(read, np.arange(100).reshape(10, 10)[2:8, ::3])


@pytest.mark.parametrize("module", ["cpu", "gpu", "sim"])
def test_importing_the_package_registers_every_class_with_zarr(module: str) -> None:
    names = {
        "buffer": f"zarr_devbuf.{module}.TestBuffer",
        "ndbuffer": f"zarr_devbuf.{module}.NDBufferUsingTestNDArrayLike",
    }
    with zarr.config.set(names):
        found = (get_buffer_class(), get_ndbuffer_class())
    assert found == get_backend(module).prototype
    assert getattr(zarr_devbuf, module).buffer_prototype == found
