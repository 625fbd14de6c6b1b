"""Finders, by which imports of CuPy and of other libraries find the simulator's modules."""

from __future__ import annotations

import sys
import threading
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from typing import TYPE_CHECKING, Any, final

from zarr_devbuf.simulator._replace.fake_modules import ORIGIN, build_library
from zarr_devbuf.simulator._replace.libraries import (
    CUPY,
    NAMESPACES,
    REAL_PARTS,
    is_part_of,
    library_names,
    library_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType

__all__ = ["CupyFinder", "LibraryFinder", "NamespaceFinder"]


@final
class CupyFinder(MetaPathFinder):
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
        if fullname.partition(".")[0] not in CUPY:
            return None
        if fullname in self._fakes:
            return self._fakes[fullname].__spec__
        raise _missing(fullname, "CuPy")


@final
class LibraryFinder(MetaPathFinder):
    """Finds the modules of the libraries other than CuPy; each library is built on first import."""

    def __init__(self) -> None:
        self._fakes: dict[str, dict[str, ModuleType]] = {}
        self._lock = threading.Lock()

    def modules(self, library: str) -> dict[str, ModuleType]:
        """Return the modules of a library, by name."""
        with self._lock:
            if library not in self._fakes:
                self._fakes[library] = build_library(library)
            return self._fakes[library]

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: Any = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Find a module of the simulator; raise for others, so that real ones are not imported."""
        library = library_of(fullname)
        if library is None:
            return None
        if fullname == library:
            return ModuleSpec(fullname, _LibraryLoader(self), origin=ORIGIN, is_package=True)
        if any(is_part_of(fullname, part) for part in REAL_PARTS):
            real = _find_real(fullname, library, path)
            if real is not None:
                return real
        fakes = self.modules(library)
        if fullname in fakes:
            return fakes[fullname].__spec__
        raise _missing(fullname, library)


def _find_real(fullname: str, library: str, path: Sequence[str] | None) -> ModuleSpec | None:
    """Find a module of the library itself, if it is installed."""
    if fullname in REAL_PARTS:
        installed = PathFinder.find_spec(library)
        path = None if installed is None else installed.submodule_search_locations
    return PathFinder.find_spec(fullname, path) if path else None


def _missing(fullname: str, library: str) -> ModuleNotFoundError:
    return ModuleNotFoundError(
        f"{fullname} is not implemented by the simulated GPU of zarr-devbuf, which replaces "
        f"{library} here",
        name=fullname,
    )


@final
class _LibraryLoader(Loader):
    """Builds a library, and makes the modules available that its import loads."""

    def __init__(self, finder: LibraryFinder) -> None:
        self._finder = finder

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the library's package."""
        return self._finder.modules(spec.name)[spec.name]

    def exec_module(self, module: ModuleType) -> None:
        """Put the other modules in ``sys.modules``."""
        fakes = self._finder.modules(module.__name__)
        for name in library_names(module.__name__)["loaded"]:
            sys.modules[name] = fakes[name]


@final
class NamespaceFinder(MetaPathFinder):
    """Finds an empty package ``cuda`` or ``nvidia``; the last finder, if none is installed."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002
        target: Any = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Find the package by its name."""
        if fullname not in NAMESPACES:
            return None
        return ModuleSpec(fullname, _EmptyLoader(), origin=ORIGIN, is_package=True)


@final
class _EmptyLoader(Loader):
    """Loads a package without contents."""

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:  # noqa: ARG002
        """Return None: the import system creates the module."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing."""
