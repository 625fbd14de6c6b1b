"""`import zarr_devbuf` loads only what every process needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import zarr_devbuf

# zarr itself imports CuPy if it is installed: hide it, to see what zarr_devbuf imports.
HIDE_CUPY = """
import sys

class Hide:
    def find_spec(self, name, path=None, target=None):
        if name == "cupy":
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Hide())
"""
# `import pytest` loads `_pytest`.
HEAVY = ("cupy", "click", "rich", "jinja2", "hypothesis", "pytest", "_pytest")


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules that a fresh interpreter has loaded after the import."""
    code = f"{HIDE_CUPY}\nimport zarr_devbuf, zarr_devbuf.gpu\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_package_is_loaded(loaded: set[str]) -> None:
    assert {"zarr", "zarr_devbuf.reference", "zarr_devbuf.sim"} <= loaded


def test_the_simulator_is_not_loaded(loaded: set[str]) -> None:
    assert [name for name in loaded if name.startswith("zarr_devbuf.simulator")] == []


@pytest.mark.parametrize("name", HEAVY)
def test_optional_libraries_are_not_loaded(loaded: set[str], name: str) -> None:
    assert name not in loaded


def test_the_simulator_is_loaded_when_it_is_used() -> None:
    assert zarr_devbuf.simulate_gpu is zarr_devbuf.simulator.simulate_gpu
    with pytest.raises(AttributeError, match="'zarr_devbuf' has no attribute 'nothing'"):
        zarr_devbuf.nothing  # noqa: B018
