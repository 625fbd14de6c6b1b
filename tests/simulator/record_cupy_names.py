"""Record the public names of CuPy's modules.

Run with CuPy and a device: ``python tests/simulator/record_cupy_names.py``. It writes
``zarr_devbuf/simulator/_replace/cupy_names.json``: by module, what each public name is. Modules
that cannot be imported are listed.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOTS = ("cupy", "cupyx", "cupy_backends")
RECORD = Path(__file__).parents[2] / "zarr_devbuf/simulator/_replace/cupy_names.json"
FAILED: dict[str, str] = {}


def modules(name: str) -> Iterator[ModuleType]:
    """Import a module and its public submodules, in order of their names."""
    try:
        module = importlib.import_module(name)
    except Exception as error:
        FAILED[name] = f"{type(error).__name__}: {error}"
        return
    yield module
    submodules = {found.name for found in pkgutil.iter_modules(getattr(module, "__path__", ()))}
    for submodule in sorted(submodules):
        if not submodule.startswith("_"):
            yield from modules(f"{name}.{submodule}")


def private_modules() -> list[str]:
    """Return the names of the private modules, which are not imported."""
    found = set()
    for root in ROOTS[:2]:
        folder = Path(str(importlib.import_module(root).__file__)).parent
        for file in [*folder.rglob("*.py"), *folder.rglob("*.so")]:
            parts = file.relative_to(folder.parent).parent.parts
            name = file.name.partition(".")[0]
            found.add(".".join(parts if name == "__init__" else (*parts, name)))
    return sorted(name for name in found if "._" in name)


def is_public(name: str, value: object) -> bool:
    """Return whether a name is part of CuPy, and not only imported by it."""
    if name.startswith("_"):
        return False
    if isinstance(value, ModuleType):
        return value.__name__.partition(".")[0] in ROOTS
    home = getattr(value, "__module__", None) or type(value).__module__
    simple = value is None or isinstance(value, bool | int | float | str)
    return simple or home.partition(".")[0] not in sys.stdlib_module_names - {"builtins"}


def entry(path: str, name: str, value: object, homes: dict[int, str]) -> object:
    """Return what a name is, as an entry of the record."""
    if isinstance(value, ModuleType):
        return ["module", value.__name__]
    if value is None or isinstance(value, bool | int | float | str):
        return ["value", value]
    if getattr(np, name, None) is value:
        return ["alias", f"numpy.{name}"]
    if homes[id(value)] != path:
        return ["alias", homes[id(value)]]
    if isinstance(value, type):
        if issubclass(value, BaseException):
            return "warning" if issubclass(value, Warning) else "exception"
        return "class"
    return "function" if callable(value) else "other"


def record() -> dict[str, object]:
    """Return the names of all modules, and the version of CuPy."""
    import cupy

    found = {module.__name__: module for root in ROOTS for module in modules(root)}
    names = {
        path: {
            name: value for name, value in sorted(vars(module).items()) if is_public(name, value)
        }
        for path, module in found.items()
    }
    # An object has its own name, in the shortest path; others are aliases.
    homes: dict[int, str] = {}
    for is_own in (True, False):
        for path in sorted(found, key=lambda path: (path.count("."), path)):
            for name, value in names[path].items():
                if (getattr(value, "__name__", None) == name) is is_own:
                    homes.setdefault(id(value), f"{path}.{name}")
    return {
        "version": cupy.__version__,
        "failed": sorted(FAILED),
        "private": private_modules(),
        "modules": {
            path: {
                name: entry(f"{path}.{name}", name, value, homes)
                for name, value in names[path].items()
            }
            for path in found
        },
    }


if __name__ == "__main__":
    RECORD.write_text(json.dumps(record(), separators=(",", ":")).replace('},"', '},\n"') + "\n")
    print(*(f"{name}: {error}" for name, error in FAILED.items()), sep="\n")
