"""Modules with the names of CuPy's modules and the contents of the simulator's."""

from __future__ import annotations

import importlib
import pkgutil
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any, final

from zarr_devbuf.simulator import cupy, cupyx

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["ROOTS", "FakeModuleFinder", "build_fake_modules"]

ROOTS = ("cupy", "cupyx", "cupy_backends")
"""The top-level packages of CuPy."""

_SOURCES = {"cupy": cupy, "cupyx": cupyx}
_SPECIAL_NAMES = ("__all__", "__doc__", "__file__", "__getattr__", "__version__")
_IMPORTED_NAMES = {"Any", "TYPE_CHECKING", "annotations"}


def build_fake_modules() -> dict[str, ModuleType]:
    """Return a module for each module of CuPy that the simulator has, by name.

    The modules are new, so that attributes that a program sets on them do not persist. Their
    contents are those of the simulator's modules.
    """
    sources = {
        f"{root}{module.__name__.removeprefix(source.__name__)}": module
        for root, source in _SOURCES.items()
        for module in _tree(source)
    }
    fakes = {name: ModuleType(name) for name in sources}
    by_source = {id(source): fakes[name] for name, source in sources.items()}
    for name, source in sources.items():
        _fill(fakes[name], source, by_source)
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(fakes[parent], child, fakes[name])
    return fakes


def _tree(module: ModuleType) -> Iterator[ModuleType]:
    yield module
    for found in pkgutil.iter_modules(getattr(module, "__path__", ())):
        if not found.name.startswith("_"):
            yield from _tree(importlib.import_module(f"{module.__name__}.{found.name}"))


def _fill(fake: ModuleType, source: ModuleType, by_source: Mapping[int, ModuleType]) -> None:
    for name, value in vars(source).items():
        if name.startswith("_") and name not in _SPECIAL_NAMES:
            continue
        if name in _IMPORTED_NAMES:
            continue
        if isinstance(value, ModuleType):
            # Modules that the source only imports are not part of CuPy.
            if id(value) in by_source:
                setattr(fake, name, by_source[id(value)])
            continue
        setattr(fake, name, value)
    is_package = hasattr(source, "__path__")
    loader = FakeModuleLoader(fake)
    # `repr` shows the origin.
    origin = "simulated by zarr_devbuf"
    spec = ModuleSpec(fake.__name__, loader, origin=origin, is_package=is_package)
    fake.__spec__ = spec
    fake.__loader__ = loader
    fake.__package__ = spec.parent
    if is_package:
        # Empty, so that no other submodules are found.
        fake.__path__ = []


@final
class FakeModuleLoader(Loader):
    """A loader for a module that is already complete."""

    def __init__(self, fake: ModuleType) -> None:
        self._fake = fake

    def create_module(self, spec: ModuleSpec) -> ModuleType:  # noqa: ARG002
        """Return the module."""
        return self._fake

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing."""


@final
class FakeModuleFinder(MetaPathFinder):
    """Finds the simulator's modules, and raises an error for all others of CuPy."""

    def __init__(self, fakes: Mapping[str, ModuleType]) -> None:
        self._fakes = fakes

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002
        target: Any = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Find a module of the simulator; raise for others, so that CuPy's own are not imported."""
        if fullname.partition(".")[0] not in ROOTS:
            return None
        if fullname in self._fakes:
            return self._fakes[fullname].__spec__
        raise ModuleNotFoundError(
            f"{fullname} is not implemented by the simulated GPU of zarr-devbuf, which replaces "
            "CuPy here",
            name=fullname,
        )
