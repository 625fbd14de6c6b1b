"""Modules with the names of a library's modules and the contents of the simulator's."""

from __future__ import annotations

import importlib
import pkgutil
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any, final

from zarr_devbuf.simulator import cupy, cupy_backends, cupyx
from zarr_devbuf.simulator._core.visible_modules import ORIGIN
from zarr_devbuf.simulator._replace.cupy_names import (
    cupy_names,
    placeholder,
    unknown_module,
    unknown_modules,
)
from zarr_devbuf.simulator._replace.libraries import library_names, package_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from zarr_devbuf.simulator._replace.cupy_names import Entry

__all__ = ["ORIGIN", "build_cupy", "build_library"]

_SOURCES = {"cupy": cupy, "cupyx": cupyx, "cupy_backends": cupy_backends}
# Of the public modules of CuPy, only these list their names: `import *` takes all of the others.
_LISTED = ("cupy.fft", "cupy.linalg")
_SPECIAL_NAMES = (
    "__cuda_version__",
    "__doc__",
    "__file__",
    "__getattr__",
    "__git_commit__",
    "__ua_convert__",
    "__ua_domain__",
    "__ua_function__",
    "__version__",
    # Names that a module has when it is asked for them.
    "_LAZY_NAMES",
    # CuPy's own tests take these from public modules.
    "_allocation_unit_size",
    "_getCUDAMajorVersion",
    # And rmm's.
    "_get_descriptive_name_of_object",
    "_is_cuda_python",
    "_malloc",
    "_parse_limit_string",
    "_scipy_available",
    "_spbase",
)
_IMPORTED_NAMES = {"Any", "TYPE_CHECKING", "annotations"}


def build_cupy() -> dict[str, ModuleType]:
    """Return a module for each module of CuPy, by name.

    The modules are new, so that attributes that a program sets on them do not persist. Their
    contents are those of the simulator's modules, and placeholders for CuPy's other names. Names
    that CuPy does not have are left out.
    """
    sources = {
        name: module for root, source in _SOURCES.items() for name, module in _named(root, source)
    }
    fakes = _build(sources, cupy_names(), unknown_modules())
    for name, fake in fakes.items():
        parent, _, child = name.rpartition(".")
        # Some modules of CuPy have a function with the name of a submodule.
        if parent and child not in vars(fakes[parent]):
            setattr(fakes[parent], child, fake)
    # As in CuPy, the settings of transforms can be imported as a module.
    fakes["cupy.fft.config"] = fakes["cupy.fft"].config
    return fakes


def build_library(library: str) -> dict[str, ModuleType]:
    """Return a module for each module of a library other than CuPy, by name.

    A package has a submodule as an attribute if the library's own package has it at once. Others
    are attributes when they have been imported.
    """
    recorded = library_names(library)
    names = {*recorded["modules"], *recorded["private"]}
    sources = {
        name: module
        for name, module in _named(library, importlib.import_module(package_of(library)))
        if name in names
    }
    return _build(sources, recorded["modules"], recorded["private"])


def _named(root: str, source: ModuleType) -> Iterator[tuple[str, ModuleType]]:
    for module in _tree(source):
        yield f"{root}{module.__name__.removeprefix(source.__name__)}", module


def _build(
    sources: Mapping[str, ModuleType],
    recorded: Mapping[str, Mapping[str, Entry]],
    unknown: Sequence[str],
) -> dict[str, ModuleType]:
    fakes = {name: ModuleType(name) for name in sorted({*sources, *recorded})}
    for name in unknown:
        module = unknown_module(name)
        # Of a private module, the simulator may have some names.
        vars(fakes.setdefault(name, module))["__getattr__"] = vars(module)["__getattr__"]
    by_source = {id(source): fakes[name] for name, source in sources.items()}
    for name, source in sources.items():
        _fill(fakes[name], source, by_source, recorded.get(name))
    _add_placeholders(fakes, recorded)
    packages = {name.rpartition(".")[0] for name in fakes}
    for name, fake in fakes.items():
        _set_spec(fake, is_package=name in packages)
    return fakes


def _tree(module: ModuleType) -> Iterator[ModuleType]:
    yield module
    for found in pkgutil.iter_modules(getattr(module, "__path__", ())):
        yield from _tree(importlib.import_module(f"{module.__name__}.{found.name}"))


def _fill(
    fake: ModuleType,
    source: ModuleType,
    by_source: Mapping[int, ModuleType],
    recorded: Mapping[str, Entry] | None,
) -> None:
    # CuPy's own tests import private names of private modules.
    is_private = any(part.startswith("_") for part in fake.__name__.split("."))
    for name, value in vars(source).items():
        if name.startswith("__" if is_private else "_") and name not in _SPECIAL_NAMES:
            continue
        if name in _IMPORTED_NAMES or (
            recorded is not None and not name.startswith("_") and name not in recorded
        ):
            continue
        if isinstance(value, ModuleType):
            # Modules that the source only imports are not part of CuPy.
            if id(value) in by_source:
                setattr(fake, name, by_source[id(value)])
            continue
        setattr(fake, name, value)
    if fake.__name__ in _LISTED and recorded:
        vars(fake)["__all__"] = [name for name in vars(source)["__all__"] if name in recorded]


def _add_placeholders(
    fakes: Mapping[str, ModuleType], recorded: Mapping[str, Mapping[str, Entry]]
) -> None:
    for module, names in recorded.items():
        fake = fakes[module]
        for name, entry in names.items():
            if name not in vars(fake).get("_LAZY_NAMES", ()) and not hasattr(fake, name):
                setattr(fake, name, _resolve(f"{module}.{name}", entry, fakes, recorded))


def _resolve(
    path: str,
    entry: Entry,
    fakes: Mapping[str, ModuleType],
    recorded: Mapping[str, Mapping[str, Entry]],
) -> Any:
    """Return the object for a name of CuPy that its module does not have yet."""
    match entry:
        case ["module", str(target)]:
            # A private module of CuPy, of which nothing is known.
            return fakes[target] if target in fakes else placeholder(path, "other")
        case ["alias", str(target)] if not target.startswith("numpy."):
            module, _, name = target.rpartition(".")
            fake = fakes[module]
            if not hasattr(fake, name):
                setattr(fake, name, _resolve(target, recorded[module][name], fakes, recorded))
            return getattr(fake, name)
        case _:
            return placeholder(path, entry)


def _set_spec(fake: ModuleType, *, is_package: bool) -> None:
    loader = FakeModuleLoader(fake)
    # `repr` shows the origin.
    spec = ModuleSpec(fake.__name__, loader, origin=ORIGIN, is_package=is_package)
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
