"""Why backend `gpu` is unavailable: one line, different for each cause."""

from __future__ import annotations

import sys
import types
from typing import Any

import numpy as np
import pytest

import zarr_devbuf
from zarr_devbuf import BackendUnavailableError, gpu


class CUDARuntimeError(RuntimeError):
    pass


def fake_cupy(
    count: int | Exception = 1, arange: Any = lambda n: FakeArray(range(n))
) -> types.ModuleType:
    """Make a module for which the probe succeeds, as for CuPy."""

    def get_device_count() -> int:
        if isinstance(count, Exception):
            raise count
        return count

    cupy = types.ModuleType("cupy")
    cupy.__version__ = "99.1"  # type: ignore[attr-defined]
    cupy.ndarray = FakeArray  # type: ignore[attr-defined]
    cupy.arange = arange  # type: ignore[attr-defined]
    cupy.cuda = types.SimpleNamespace(  # type: ignore[attr-defined]
        runtime=types.SimpleNamespace(
            getDeviceCount=get_device_count,
            getDeviceProperties=lambda _: {"name": b"Fake 9000"},
            runtimeGetVersion=lambda: 12090,
            driverGetVersion=lambda: 13000,
        )
    )
    return cupy


class FakeArray:
    def __init__(self, values: Any) -> None:
        self.values = np.asarray(list(values))

    def __add__(self, other: int) -> FakeArray:
        return FakeArray(self.values + other)

    def sum(self) -> FakeArray:
        return FakeArray([self.values.sum()])

    def get(self) -> Any:
        return self.values[0]


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> gpu.GpuBackend:
    """A backend that has not been probed yet."""
    monkeypatch.delitem(sys.modules, "cupy", raising=False)
    return gpu.GpuBackend()


def failing(message: str) -> Any:
    def arange(_: int) -> Any:
        raise CUDARuntimeError(message)

    return arange


@pytest.mark.parametrize(
    ("cupy", "reason"),
    [
        (
            fake_cupy(CUDARuntimeError("cudaErrorInsufficientDriver: too old\nsecond line")),
            (
                "CuPy 99.1 finds no CUDA driver: "
                "CUDARuntimeError: cudaErrorInsufficientDriver: too old"
            ),
        ),
        (fake_cupy(0), "CuPy 99.1 finds no CUDA device"),
        (
            fake_cupy(arange=failing("cudaErrorNoKernelImageForDevice")),
            "CuPy 99.1 cannot run a kernel: CUDARuntimeError: cudaErrorNoKernelImageForDevice",
        ),
        (fake_cupy(arange=lambda n: FakeArray([9] * n)), "CuPy 99.1 computes 1 + 2 + 3 = 30"),
    ],
    ids=["no driver", "no device", "no kernel", "wrong answer"],
)
def test_each_failure_has_a_reason_of_its_own(
    backend: gpu.GpuBackend, cupy: types.ModuleType, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    assert backend.unavailable_reason() == reason
    assert backend.device_count() == 0
    assert backend.device_names() == ()
    assert backend.versions() == {}
    with pytest.raises(BackendUnavailableError, match=r"backend 'gpu' is unavailable: CuPy 99\.1"):
        backend.xp  # noqa: B018


class Finder:
    """Raises if CuPy is imported."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def find_spec(self, name: str, *_: Any) -> None:
        if name == "cupy":
            raise self.error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            ModuleNotFoundError("No module named 'cupy'", name="cupy"),
            'CuPy is not installed (pip install "zarr-devbuf[gpu]")',
        ),
        (
            ModuleNotFoundError("No module named 'fastrlock'", name="fastrlock"),
            "CuPy does not import: ModuleNotFoundError: No module named 'fastrlock'",
        ),
        (
            ImportError("libcuda.so.1: cannot open\nmore"),
            "CuPy does not import: ImportError: libcuda.so.1: cannot open",
        ),
        (OSError(), "CuPy does not import: OSError: no message"),
    ],
    ids=["missing", "missing dependency", "missing library", "no message"],
)
def test_import_failures(
    backend: gpu.GpuBackend, error: Exception, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "meta_path", [Finder(error), *sys.meta_path])
    assert backend.unavailable_reason() == reason


def test_available(backend: gpu.GpuBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    cupy = fake_cupy(2)
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    assert backend.unavailable_reason() is None
    assert backend.xp is cupy
    assert backend.device_count() == 2
    assert backend.device_names() == ("Fake 9000", "Fake 9000")
    assert backend.versions() == {"cupy": "99.1", "cuda-runtime": "12.9", "cuda-driver": "13.0"}
    assert issubclass(backend.TestNDArrayLike, FakeArray)


def test_another_cupy_module_is_probed_again(
    backend: gpu.GpuBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cupy", fake_cupy())
    assert backend.unavailable_reason() is None
    monkeypatch.setitem(sys.modules, "cupy", fake_cupy(0))
    assert backend.unavailable_reason() == "CuPy 99.1 finds no CUDA device"
    with pytest.raises(BackendUnavailableError):
        backend.array_type  # noqa: B018


def test_the_classes_raise_the_reason_without_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cupy", fake_cupy(0))
    host = np.zeros(3, "u1")
    for use in (
        lambda: gpu.TestBuffer(host),
        lambda: gpu.TestBuffer.from_bytes(b"abc"),
        gpu.TestBuffer.create_zero_length,
        lambda: gpu.TestBuffer.from_buffer(zarr_devbuf.TestBuffer.from_bytes(b"abc")),
        lambda: gpu.NDBufferUsingTestNDArrayLike(host),
        lambda: gpu.NDBufferUsingTestNDArrayLike.create(shape=(3,), dtype="f4", fill_value=0),
        lambda: gpu.NDBufferUsingTestNDArrayLike.empty((3,), "f4"),
        lambda: gpu.NDBufferUsingTestNDArrayLike.from_numpy_array(host),
        lambda: gpu.TestNDArrayLike,
    ):
        with pytest.raises(BackendUnavailableError, match="finds no CUDA device"):
            use()
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        gpu.nothing  # noqa: B018
