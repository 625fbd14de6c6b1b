"""The names, members and signatures of the libraries, as `record_library_names.py` found them."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from zarr.storage import LocalStore

from zarr_devbuf.simulator import simulate_gpu
from zarr_devbuf.simulator._replace.libraries import LIBRARIES, library_names

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULES = [
    (library, module) for library in LIBRARIES for module in library_names(library)["modules"]
]

# A folder with a C library has no Python names.
WITH_NAMES = [library for library in LIBRARIES if library != "nvidia.libnvcomp"]

# Of enumerations and exceptions.
INHERITED = {*dir(int), *dir(Exception), "name", "value"}


@pytest.fixture(scope="module", autouse=True)
def simulated() -> Iterator[None]:
    with simulate_gpu(force=True):
        yield


def members(library: str) -> dict[str, Any]:
    file = Path(__file__).parent / "members" / f"{library}.json"
    found: dict[str, Any] = json.loads(file.read_text())
    return found


@pytest.mark.parametrize(("library", "module"), MODULES)
def test_modules_have_the_names_of_the_library_and_no_others(library: str, module: str) -> None:
    found = importlib.import_module(module)
    names = library_names(library)["modules"][module]
    submodules = {
        name.rpartition(".")[2]
        for name in [*library_names(library)["modules"], *library_names(library)["private"]]
        if name.rpartition(".")[0] == module
    }
    public = {name for name in vars(found) if not name.startswith("_")}
    assert public - submodules == set(names) - submodules
    assert set(getattr(found, "__all__", ())) <= {*vars(found)}


@pytest.mark.parametrize("library", LIBRARIES)
def test_versions(library: str) -> None:
    version = library_names(library)["version"]
    assert getattr(importlib.import_module(library), "__version__", "") == version


@pytest.mark.parametrize("library", ["kvikio", "rmm"])
def test_commits(library: str) -> None:
    assert isinstance(importlib.import_module(library).__git_commit__, str)


@pytest.mark.parametrize(("library", "module"), MODULES)
def test_names_are_of_the_kind_of_the_librarys(library: str, module: str) -> None:
    found = importlib.import_module(module)
    for name, entry in library_names(library)["modules"][module].items():
        value = getattr(found, name)
        if entry == "function":
            assert callable(value), name
        elif entry in ("class", "exception", "warning"):
            assert isinstance(value, type), name
        elif isinstance(entry, list) and entry[0] == "value":
            assert value == entry[1], name


def modelled(library: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield the path, the object and the recorded members of what the simulator models."""
    for path, every in members(library).items():
        recorded = every
        if path == "kvikio.zarr.GDSStore":
            # What it inherits depends on the version of zarr.
            of_zarr = {*dir(LocalStore)}
            recorded = {name: each for name, each in every.items() if name in of_zarr}
        module, _, name = path.rpartition(".")
        value = getattr(importlib.import_module(module), name)
        if is_modelled(value):
            yield path, value, recorded


@pytest.mark.parametrize("library", WITH_NAMES)
def test_something_is_modelled(library: str) -> None:
    assert list(modelled(library))


@pytest.mark.parametrize("library", WITH_NAMES)
def test_classes_have_all_members(library: str) -> None:
    missing = [
        f"{path}.{name}"
        for path, value, recorded in modelled(library)
        if isinstance(recorded, dict)
        for name in recorded
        if not hasattr(value, name)
    ]
    assert missing == []


@pytest.mark.parametrize("library", WITH_NAMES)
def test_classes_have_no_other_members(library: str) -> None:
    others = [
        f"{path}.{name}"
        for path, value, recorded in modelled(library)
        if isinstance(recorded, dict)
        for name in dir(value)
        if not name.startswith("_") and name not in {*recorded, *INHERITED}
    ]
    assert others == []


def parameters(text: str) -> list[str]:
    """Return the names of the parameters in a signature."""
    bare = "".join(text.replace("/, ", "").replace("/", ""))
    # Default values such as ``<Mode.ON: 1>`` are no code.
    while "<" in bare:
        start, end = bare.index("<"), bare.index(">")
        bare = f"{bare[:start]}0{bare[end + 1 :]}"
    function = ast.parse(f"def function{bare}: ...").body[0]
    assert isinstance(function, ast.FunctionDef)
    every = function.args
    named = [each.arg for each in [*every.posonlyargs, *every.args]]
    starred = [each.arg for each in (every.vararg, every.kwarg) if each]
    return [
        *named,
        *starred[: every.vararg is not None],
        *(each.arg for each in every.kwonlyargs),
        *starred[every.vararg is not None :],
    ]


def is_modelled(value: Any) -> bool:
    placeholders = ("Raise ``NotImplementedError``", "Not implemented")
    return not (value.__doc__ or "").startswith(placeholders)


@pytest.mark.parametrize("library", WITH_NAMES)
def test_signatures(library: str) -> None:
    wrong = []
    for path, value, recorded in modelled(library):
        each = recorded if isinstance(recorded, dict) else {"": recorded}
        for name, text in each.items():
            function = getattr(value, name) if name else value
            if not text or not inspect.isroutine(function) or not is_modelled(function):
                continue
            if parameters(text) != (own := list(inspect.signature(function).parameters)):
                wrong.append(f"{path}.{name}{text}: {own}")
    assert wrong == []
