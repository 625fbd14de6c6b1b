"""Modules that go by CuPy's names and hold what the simulator's modules hold."""

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

__all__ = ["ROOTS", "FacadeFinder", "build_facades"]

ROOTS = ("cupy", "cupyx", "cupy_backends")
"""The top packages of a CuPy installation."""

_SOURCES = {"cupy": cupy, "cupyx": cupyx}
_KEPT = ("__all__", "__doc__", "__file__", "__getattr__", "__version__")
_SCAFFOLDING = {"Any", "TYPE_CHECKING", "annotations"}


def build_facades() -> dict[str, ModuleType]:
    """Make a module for each module of CuPy that is modelled, by its name in ``sys.modules``.

    The modules are new, so that whatever is set on them is forgotten with them; what they hold is
    the simulator's own.
    """
    sources = {
        f"{root}{module.__name__.removeprefix(source.__name__)}": module
        for root, source in _SOURCES.items()
        for module in _tree(source)
    }
    facades = {name: ModuleType(name) for name in sources}
    by_source = {id(source): facades[name] for name, source in sources.items()}
    for name, source in sources.items():
        _fill(facades[name], source, by_source)
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(facades[parent], child, facades[name])
    return facades


def _tree(module: ModuleType) -> Iterator[ModuleType]:
    yield module
    for found in pkgutil.iter_modules(getattr(module, "__path__", ())):
        if not found.name.startswith("_"):
            yield from _tree(importlib.import_module(f"{module.__name__}.{found.name}"))


def _fill(facade: ModuleType, source: ModuleType, by_source: Mapping[int, ModuleType]) -> None:
    for name, value in vars(source).items():
        if name.startswith("_") and name not in _KEPT:
            continue
        if name in _SCAFFOLDING:
            continue
        if isinstance(value, ModuleType):
            # Modules that the source imports for itself are no part of CuPy's names.
            if id(value) in by_source:
                setattr(facade, name, by_source[id(value)])
            continue
        setattr(facade, name, value)
    is_package = hasattr(source, "__path__")
    loader = FacadeLoader(facade)
    # The origin is what `repr` shows, so that nobody mistakes it for CuPy's.
    origin = "simulated by zarr_devbuf"
    spec = ModuleSpec(facade.__name__, loader, origin=origin, is_package=is_package)
    facade.__spec__ = spec
    facade.__loader__ = loader
    facade.__package__ = spec.parent
    if is_package:
        # Empty: what is not here is not found elsewhere either.
        facade.__path__ = []


@final
class FacadeLoader(Loader):
    """Gives the module that it was made for, which is complete."""

    def __init__(self, facade: ModuleType) -> None:
        self._facade = facade

    def create_module(self, spec: ModuleSpec) -> ModuleType:  # noqa: ARG002
        """Return the module."""
        return self._facade

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing."""


@final
class FacadeFinder(MetaPathFinder):
    """Finds the modules that stand in CuPy's place, and names those that are missing there."""

    def __init__(self, facades: Mapping[str, ModuleType]) -> None:
        self._facades = facades

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002
        target: Any = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Find one of the modules; refuse CuPy's other ones, which must not be the real ones."""
        if fullname.partition(".")[0] not in ROOTS:
            return None
        if fullname in self._facades:
            return self._facades[fullname].__spec__
        raise ModuleNotFoundError(
            f"{fullname} is not modelled by the simulated device of zarr-devbuf, which stands in "
            "CuPy's place",
            name=fullname,
        )
