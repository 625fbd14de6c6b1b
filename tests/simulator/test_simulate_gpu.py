"""`simulate_gpu`: CuPy is replaced by the simulator, and restored afterwards."""

from __future__ import annotations

import importlib
import importlib.util
import pickle
import subprocess
import sys
import textwrap
import threading
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import zarr
import zarr.buffer.gpu
import zarr.core.buffer.gpu
import zarr.testing.utils

import zarr_devbuf.simulator
from zarr_devbuf import BackendUnavailableError, get_backend, record_transfers, simulate_gpu
from zarr_devbuf.simulator._replace.simulate import _raise_if_cupy_works

if TYPE_CHECKING:
    from collections.abc import Callable


# `Any`, because the attributes for CuPy are not part of the types of the module.
zarrs_module: Any = zarr.core.buffer.gpu


def is_simulated(module: object) -> bool:
    return "simulated by zarr_devbuf" in repr(module)


def state() -> dict[str, Any]:
    """Return the objects that a simulation replaces."""
    roots = ("cupy", "cupyx", "cupy_backends", "cuda", "nvidia", "kvikio", "nvtx", "rmm")
    modules = {name: sys.modules[name] for name in sys.modules if name.split(".")[0] in roots}
    return {
        **modules,
        "zarr's cp": zarrs_module.cp,
        "zarr's mark": zarr.testing.utils.skip_if_no_gpu,
        "finders": list(sys.meta_path),
    }


def is_same(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Compare by identity, except for the list of finders."""
    finders = before.pop("finders") == after.pop("finders")
    return finders and {k: id(v) for k, v in before.items()} == {k: id(v) for k, v in after.items()}


@pytest.fixture(autouse=True)
def _import_cupy_before() -> None:
    # This imports CuPy if it is installed, including parts that are imported on first use.
    get_backend("gpu").unavailable_reason()


def test_exported_in_both_places() -> None:
    assert zarr_devbuf.simulator.simulate_gpu is simulate_gpu


def test_import_gives_the_simulator() -> None:
    with simulate_gpu(force=True) as given:
        import cupy
        import cupyx

        assert cupy is given is sys.modules["cupy"]
        assert cupy.__name__ == "cupy"
        assert is_simulated(cupy)
        assert is_simulated(cupyx)
        assert cupy.ndarray is get_backend("sim").array_type
        assert (cupy.arange(3) + 1).get().tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "name",
    [
        "cupy.cuda",
        "cupy.cuda.runtime",
        "cupy.cuda.memory",
        "cupy.cuda.stream",
        "cupy.random",
        "cupy.testing",
    ],
)
def test_submodules(name: str) -> None:
    with simulate_gpu(force=True):
        module = importlib.import_module(name)
        assert is_simulated(module)
        assert module.__name__ == name
        parent, _, child = name.rpartition(".")
        assert getattr(sys.modules[parent], child) is module


def test_submodules_are_attributes_of_packages() -> None:
    with simulate_gpu(force=True) as cupy:
        held = [value for value in vars(cupy).values() if isinstance(value, ModuleType)]
        assert len(held) > 3
        assert all(is_simulated(module) for module in held)
        # Names that the simulator only imports are not names of CuPy.
        assert not hasattr(cupy, "np")
        assert not hasattr(cupy, "TYPE_CHECKING")
        assert "TYPE_CHECKING" not in vars(cupy.cuda)


def test_the_import_system_finds_it() -> None:
    with simulate_gpu(force=True) as cupy:
        spec = importlib.util.find_spec("cupy.cuda")
        assert spec is not None
        assert spec.origin == "simulated by zarr_devbuf"
        del sys.modules["cupy.testing"]
        assert importlib.import_module("cupy.testing") is cupy.testing


@pytest.mark.parametrize(
    "name", ["cupy.no_such_part", "cupy._core.none", "cupyx.scipy._none", "cupy_backends.none"]
)
def test_the_error_names_what_is_not_implemented(name: str) -> None:
    with (
        simulate_gpu(force=True),
        pytest.raises(ModuleNotFoundError, match="not implemented by the simulated GPU") as error,
    ):
        importlib.import_module(name)
    assert error.value.name is not None
    assert name.startswith(error.value.name)


def test_other_imports_are_left_alone() -> None:
    with simulate_gpu(force=True), pytest.raises(ModuleNotFoundError, match="No module named"):
        importlib.import_module("cupy_no_such_package")


def test_zarr_works_on_it() -> None:
    with simulate_gpu(force=True) as cupy, zarr.config.enable_gpu():
        assert zarr.testing.utils.has_cupy()
        assert zarrs_module.cp is cupy
        array = zarr.create_array({}, shape=(4,), dtype="i4", compressors=None)
        array[:] = cupy.arange(4, dtype="i4")
        values = array[1:3]
        assert isinstance(values, cupy.ndarray)
        assert cupy.asnumpy(values).tolist() == [1, 2]
        buffer = zarr.buffer.gpu.Buffer.from_bytes(b"abc")
        assert isinstance(buffer.as_array_like(), cupy.ndarray)
        assert buffer.to_bytes() == b"abc"


@pytest.mark.parametrize("devices", [0, 1])
def test_zarrs_mark_is_updated(devices: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zarr_devbuf.simulator._core.current_device._count", devices)
    with simulate_gpu(force=True):
        assert zarr.testing.utils.skip_if_no_gpu.args == (devices == 0,)
        assert zarr.testing.utils.skip_if_no_gpu.kwargs["reason"]


def test_backend_gpu_works_on_it() -> None:
    gpu = get_backend("gpu")
    with simulate_gpu(force=True) as cupy:
        assert gpu.unavailable_reason() is None
        assert gpu.xp is cupy
        assert "simulated" in gpu.device_names()[0]
        with record_transfers() as log:
            array = gpu.from_host(np.arange(3))
            assert gpu.to_host(array).tolist() == [0, 1, 2]
        sizes = [(transfer.direction, transfer.nbytes) for transfer in log]
        assert sizes == [("h2d", 24), ("d2h", 24)]
        buffer = gpu.TestBuffer.from_bytes(b"abc")
        assert isinstance(buffer, zarr.buffer.gpu.Buffer)
        assert gpu.owns(buffer.as_array_like())


def test_backend_gpu_is_tested_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with simulate_gpu(force=True):
        assert get_backend("gpu").unavailable_reason() is None
    monkeypatch.setattr("zarr_devbuf.simulator._core.current_device._count", 0)
    with simulate_gpu(force=True):
        assert "no CUDA" in str(get_backend("gpu").unavailable_reason())
        with pytest.raises(BackendUnavailableError):
            get_backend("gpu").require()


def test_arrays_are_pickled() -> None:
    with simulate_gpu(force=True) as cupy:
        array = pickle.loads(pickle.dumps(cupy.arange(3)))
        assert isinstance(array, cupy.ndarray)
        assert array.get().tolist() == [0, 1, 2]


def test_everything_is_restored() -> None:
    before = state()
    with simulate_gpu(force=True):
        assert not is_same(dict(before), state())
    assert is_same(before, state())


def test_everything_is_restored_after_an_error() -> None:
    before = state()
    with pytest.raises(ZeroDivisionError), simulate_gpu(force=True):
        raise ZeroDivisionError
    assert is_same(before, state())


def test_attributes_set_on_the_modules_do_not_persist() -> None:
    with simulate_gpu(force=True) as cupy:
        cupy.no_such_name = 1  # type: ignore[attr-defined]
    with simulate_gpu(force=True) as cupy:
        assert not hasattr(cupy, "no_such_name")


@pytest.mark.parametrize("placeholder", [None, ModuleType("cupy")])
def test_a_placeholder_is_restored(
    placeholder: ModuleType | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cupy", placeholder)
    monkeypatch.setattr(zarrs_module, "cp", placeholder)
    with simulate_gpu(force=True) as cupy:
        assert sys.modules["cupy"] is zarrs_module.cp is cupy
    assert sys.modules["cupy"] is placeholder
    assert zarrs_module.cp is placeholder


def test_without_cupy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(sys.modules):
        if name.split(".")[0] in ("cupy", "cupyx", "cupy_backends"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(zarrs_module, "cp", None)
    with simulate_gpu(force=True):
        pass
    assert "cupy" not in sys.modules
    assert zarrs_module.cp is None


def test_nested() -> None:
    before = state()
    with simulate_gpu(force=True) as outer:
        with simulate_gpu() as inner:
            assert inner is outer
        assert sys.modules["cupy"] is outer
    assert is_same(before, state())


def test_overlapping_in_threads() -> None:
    before = state()
    inside, leave = threading.Barrier(3), threading.Event()
    seen = []

    def work() -> None:
        with simulate_gpu(force=True) as cupy:
            inside.wait(10)
            leave.wait(10)
            seen.append(cupy)

    threads = [threading.Thread(target=work) for _ in range(2)]
    with simulate_gpu(force=True) as cupy:
        for thread in threads:
            thread.start()
        inside.wait(10)
    # The block of this thread has ended, those of the others have not.
    assert sys.modules["cupy"] is cupy
    leave.set()
    for thread in threads:
        thread.join()
    assert seen == [cupy, cupy]
    assert is_same(before, state())


def test_as_a_decorator() -> None:
    @simulate_gpu(force=True)
    def double(value: int) -> tuple[int, bool]:
        """Double."""
        return 2 * value, is_simulated(sys.modules["cupy"])

    assert double(2) == double(2) == (4, True)
    assert double.__name__ == "double"
    assert double.__doc__ == "Double."
    assert not is_simulated(sys.modules.get("cupy"))


async def test_as_a_decorator_of_a_coroutine_function() -> None:
    @simulate_gpu(force=True)
    async def name() -> str:
        return repr(sys.modules["cupy"])

    assert "simulated" in await name()
    assert not is_simulated(sys.modules.get("cupy"))


def test_not_a_decorator_of_generator_functions() -> None:
    def generate() -> Any:
        yield

    async def generate_async() -> Any:
        yield

    functions: list[Callable[[], Any]] = [generate, generate_async]
    for function in functions:
        with pytest.raises(TypeError, match="generator function"):
            simulate_gpu(force=True)(function)


def test_raises_if_cupy_works(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = get_backend("gpu")
    monkeypatch.setattr(type(gpu), "unavailable_reason", lambda self: None)
    monkeypatch.setattr(type(gpu), "device_names", lambda self: ("NVIDIA H200",))
    before = state()
    with pytest.raises(RuntimeError, match=r"NVIDIA H200.*force=True"), simulate_gpu():
        pass
    assert is_same(before, state())
    with pytest.raises(RuntimeError, match="CUDA_VISIBLE_DEVICES"):
        _raise_if_cupy_works()


def test_sessions_may_end_inside() -> None:
    with simulate_gpu(force=True) as cupy, record_transfers() as log:
        cupy.arange(3).get()
    assert log.device_to_host.count == 1
    session = record_transfers()
    log = session.__enter__()
    with simulate_gpu(force=True) as cupy:
        cupy.arange(3).get()
        session.__exit__(None, None, None)
        cupy.arange(3).get()
    assert log.device_to_host.count == 1


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_modules_of_zarr_imported_inside_refer_to_the_real_cupy_afterwards() -> None:
    # As if they had been imported outside.
    out = run("""
        import sys
        from zarr_devbuf import simulate_gpu
        for name in [name for name in sys.modules if name.startswith("zarr.testing")]:
            del sys.modules[name]
        del sys.modules["zarr.core.buffer.gpu"]
        with simulate_gpu(force=True) as cupy:
            import importlib
            import zarr.testing.utils as utils
            gpu = importlib.import_module("zarr.core.buffer.gpu")
            assert gpu.cp is cupy and utils.has_cupy()
            assert utils.skip_if_no_gpu.args == (False,)
        assert gpu.cp is sys.modules.get("cupy"), gpu.cp
        assert utils.skip_if_no_gpu.args == (not utils.has_cupy(),)
        print("fine")
    """)
    assert out == "fine\n"


def test_import_zarr_devbuf_does_not_load_the_simulator() -> None:
    out = run("""
        import sys, zarr_devbuf
        parts = ("_core", "_functions", "cupy", "cupyx")
        loaded = [part for part in parts if f"zarr_devbuf.simulator.{part}" in sys.modules]
        print(loaded)
        from zarr_devbuf.simulator import Device
        print("zarr_devbuf.simulator._core.array" in sys.modules)
    """)
    assert out == "[]\nTrue\n"


def test_names_of_the_simulator_are_loaded_on_first_use() -> None:
    for name in zarr_devbuf.simulator.__all__:
        assert getattr(zarr_devbuf.simulator, name) is not None
        assert name in dir(zarr_devbuf.simulator)
    with pytest.raises(AttributeError, match="has no attribute 'no_such_name'"):
        _ = zarr_devbuf.simulator.no_such_name


def test_arrays_made_right_after_the_import_dispatch_numpys_functions() -> None:
    out = run("""
        import numpy
        from zarr_devbuf.simulator import ndarray
        array = ndarray(2, "i4")
        array.fill(3)
        print(numpy.add(array, 1), type(numpy.concatenate([array, array])))
    """)
    assert out == "[4 4] <class 'cupy.ndarray'>\n"
