"""The libraries other than CuPy that a simulation replaces: when, with what, and until when."""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
import textwrap
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from zarr_devbuf.simulator import simulate_gpu
from zarr_devbuf.simulator._replace.libraries import (
    LIBRARIES,
    NAMESPACES,
    is_replaced,
    library_of,
    package_of,
)

if TYPE_CHECKING:
    from pathlib import Path

ORIGIN = "simulated by zarr_devbuf"


def run(code: str, *paths: Path) -> str:
    """Run a program in a process of its own, which finds packages in some folders."""
    start = f"import sys; sys.path[:0] = {[str(path) for path in paths]!r}\n"
    done = subprocess.run(
        [sys.executable, "-c", start + textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder with packages that look like the real libraries."""
    for name in ("nvtx", "kvikio", "kvikio/zarr", "nvidia/nvcomp", "nvidia/other", "cuda/core"):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text(f"real = {name!r}\n")
    (tmp_path / "kvikio/zarr/part.py").write_text("import kvikio.buffer\nreal = 'part'\n")
    return tmp_path


def test_the_table() -> None:
    assert "nvtx" in LIBRARIES
    assert library_of("nvtx.colors") == "nvtx"
    assert library_of("nvtxes") is None
    assert library_of("nvidia") is None
    assert is_replaced("cupyx.scipy")
    assert not is_replaced("cuda")


@pytest.mark.parametrize("name", LIBRARIES)
def test_import_gives_the_simulator(name: str) -> None:
    with simulate_gpu(force=True):
        module = importlib.import_module(name)
        assert ORIGIN in repr(module)
        assert module.__name__ == name
        assert importlib.import_module(name) is module
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin == ORIGIN
    assert name not in sys.modules


@pytest.mark.parametrize("name", [name for name in LIBRARIES if "." in name])
def test_from_import_of_a_part(name: str) -> None:
    namespace, _, part = name.rpartition(".")
    with simulate_gpu(force=True):
        scope: dict[str, Any] = {}
        exec(f"from {namespace} import {part}", scope)
        assert scope[part] is sys.modules[name]


@pytest.mark.parametrize("name", LIBRARIES)
def test_unknown_modules_are_named(name: str) -> None:
    with (
        simulate_gpu(force=True),
        pytest.raises(ModuleNotFoundError, match=f"{name}.nothing is not implemented") as error,
    ):
        importlib.import_module(f"{name}.nothing")
    assert error.value.name == f"{name}.nothing"


@pytest.mark.parametrize(
    "name",
    [
        "kvikio",
        *(pytest.param(n, marks=pytest.mark.exhaustive) for n in LIBRARIES if n != "kvikio"),
    ],
)
def test_a_library_is_loaded_when_it_is_imported(name: str) -> None:
    out = run(f"""
        import sys
        from zarr_devbuf import simulate_gpu
        with simulate_gpu(force=True):
            import cupy
            print([name for name in {LIBRARIES!r} if name in sys.modules])
            print({package_of(name)!r} in sys.modules)
            import importlib
            importlib.import_module({name!r})
            print({package_of(name)!r} in sys.modules)
    """)
    assert out == "[]\nFalse\nTrue\n"


def test_each_simulation_has_new_modules() -> None:
    with simulate_gpu(force=True):
        first = importlib.import_module("nvtx")
        first.no_such_name = 1  # type: ignore[attr-defined]
    with simulate_gpu(force=True):
        second = importlib.import_module("nvtx")
        assert second is not first
        assert not hasattr(second, "no_such_name")


def test_what_is_installed_is_hidden_and_restored(installed: Path) -> None:
    out = run(
        """
        import nvtx, cuda.core, nvidia.other
        real = dict(sys.modules)
        assert nvtx.real == "nvtx" and cuda.core.real == "cuda/core"
        parts = dict(vars(cuda)), dict(vars(nvidia))
        finders = list(sys.meta_path)
        from zarr_devbuf import simulate_gpu
        with simulate_gpu(force=True):
            import nvtx as simulated
            assert simulated is not nvtx and not hasattr(simulated, "real")
            assert "nvtx" in sys.modules and "cuda.core" not in sys.modules
            assert not hasattr(cuda, "core")
            import nvidia.other
            assert nvidia.other.real == "nvidia/other"
        assert sys.modules["nvtx"] is nvtx
        same = [name for name in real if sys.modules.get(name) is not real[name]]
        assert not same, same
        assert (dict(vars(cuda)), dict(vars(nvidia))) == parts
        assert sys.meta_path == finders
        print("fine")
        """,
        installed,
    )
    assert out == "fine\n"


def test_what_is_imported_first_in_the_simulation_is_real_afterwards(installed: Path) -> None:
    out = run(
        """
        from zarr_devbuf import simulate_gpu
        with simulate_gpu(force=True):
            import nvtx, cuda.core, nvidia.other
            assert not hasattr(cuda.core, "real")
            other = nvidia.other
        assert "nvtx" not in sys.modules and "cuda.core" not in sys.modules
        assert sys.modules["nvidia.other"] is other
        import nvtx, nvidia.nvcomp, cuda.core
        print(nvtx.real, nvidia.nvcomp.real, cuda.core.real)
        """,
        installed,
    )
    assert out == "nvtx nvidia/nvcomp cuda/core\n"


@pytest.mark.parametrize("name", [name for name in LIBRARIES if "." in name])
def test_the_namespace_is_not_left_behind(name: str) -> None:
    namespace = name.partition(".")[0]
    assert namespace in NAMESPACES
    before = sys.modules.get(namespace)
    with simulate_gpu(force=True):
        importlib.import_module(name)
        assert getattr(sys.modules[namespace], name.rpartition(".")[2]) is sys.modules[name]
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module(f"{namespace}.no_such_part")
    if before is None:
        assert not hasattr(sys.modules.get(namespace), name.rpartition(".")[2])
    else:
        assert sys.modules[namespace] is before


@pytest.mark.parametrize("placeholder", [None, ModuleType("nvtx")])
def test_placeholders_are_restored(
    placeholder: ModuleType | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nvtx", placeholder)
    monkeypatch.setitem(sys.modules, "nvidia", placeholder)
    with simulate_gpu(force=True):
        assert ORIGIN in repr(importlib.import_module("nvtx"))
    assert sys.modules["nvtx"] is placeholder
    assert sys.modules["nvidia"] is placeholder


def test_parts_of_an_installed_library_run_on_the_simulators_rest(installed: Path) -> None:
    out = run(
        """
        from zarr_devbuf import simulate_gpu
        with simulate_gpu(force=True):
            import kvikio.zarr, kvikio.zarr.part
            print(kvikio.zarr.real, kvikio.zarr.part.real, hasattr(kvikio, "real"))
            print(kvikio.zarr.part.kvikio is kvikio, "simulated" in repr(kvikio.buffer))
        import sys
        print([name for name in sys.modules if name.startswith("kvikio")])
        """,
        installed,
    )
    assert out == "kvikio/zarr part False\nTrue True\n[]\n"


def test_without_the_library_its_parts_are_the_simulators() -> None:
    with simulate_gpu(force=True):
        module = importlib.import_module("kvikio.zarr")
        if ORIGIN not in repr(module):
            pytest.skip("kvikio is installed")
        assert module.GDSStore.__module__ == "zarr_devbuf.simulator.kvikio.zarr"
