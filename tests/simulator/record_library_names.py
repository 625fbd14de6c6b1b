"""Record the public names of the libraries that the simulator replaces, other than CuPy.

Run where a library is installed; no device is needed: ``python
tests/simulator/record_library_names.py kvikio rmm``. For each library it writes
``zarr_devbuf/simulator/_replace/names/LIBRARY.json``: by module, what each public name is. And
``tests/simulator/members/LIBRARY.json``: the members of the classes, and the signatures.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = Path(__file__).parents[2] / "zarr_devbuf/simulator/_replace/names"
MEMBERS = Path(__file__).parent / "members"
# The same modules once more, for a version of CUDA each.
INTERNAL = ("cuda.core.cu12", "cuda.core.cu13", "kvikio.benchmarks")


def modules(name: str) -> Iterator[tuple[str, ModuleType | None]]:
    """Import the public modules of a package, in order of their names; private ones are None."""
    if "._" in name:
        yield name, None
        return
    try:
        module = importlib.import_module(name)
    except Exception as error:
        print(f"{name}: {type(error).__name__}: {error}")
        yield name, None
        return
    yield name, module
    for submodule in sorted(
        {each.name for each in pkgutil.iter_modules(vars(module).get("__path__", ()))}
    ):
        if f"{name}.{submodule}" not in INTERNAL and submodule != "__main__":
            yield from modules(f"{name}.{submodule}")


def is_public(library: str, name: str, value: object) -> bool:
    """Return whether a name is part of the library, and not only imported by it."""
    if name.startswith("_") or name == "TYPE_CHECKING":
        return False
    if isinstance(value, ModuleType):
        return value.__name__.startswith(library) and value.__name__ not in INTERNAL
    if value is None or isinstance(value, bool | int | float | str):
        return True
    home = getattr(value, "__module__", None) or type(value).__module__ or library
    if type(value).__module__ == "typing":
        return False
    return home.startswith((library, "numpy")) or home == "builtins"


def entry(path: str, value: object, homes: dict[int, str]) -> object:
    """Return what a name is, as an entry of the record."""
    if isinstance(value, ModuleType):
        return ["module", value.__name__]
    if value is None or type(value) in (bool, int, float, str):
        return ["value", value]
    if homes.get(id(value), path) != path:
        return ["alias", homes[id(value)]]
    if isinstance(value, type):
        if issubclass(value, BaseException):
            return "warning" if issubclass(value, Warning) else "exception"
        return "class"
    return "function" if callable(value) else "other"


def signature(value: object) -> str | None:
    """Return the parameters of a function, without annotations."""
    try:
        found = inspect.signature(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    parameters = [
        each.replace(annotation=inspect.Parameter.empty) for each in found.parameters.values()
    ]
    try:
        bare = found.replace(parameters=parameters, return_annotation=inspect.Signature.empty)
    except ValueError:
        return None
    return re.sub(" at 0x[0-9a-f]+", "", str(bare))


def members(value: object) -> object:
    """Return the members of a class with their signatures, or the signature of a function."""
    if not isinstance(value, type):
        return signature(value)
    names = {
        name
        for each in value.__mro__
        if each.__module__ not in {"builtins", "enum"}
        for name in vars(each)
    }
    return {
        name: signature(getattr(value, name, None)) or ""
        for name in sorted(names)
        if not name.startswith("_")
    }


def record_root(library: str) -> dict[str, list[str]]:
    """Return the modules that a module has as attributes after it alone was imported."""
    code = (
        f"import {library}, sys, json, types\n"
        "is_module = lambda value: isinstance(value, types.ModuleType)\n"
        "print(json.dumps({m: sorted(n for n, v in vars(x).items() if is_module(v))"
        f" for m, x in list(sys.modules.items()) if m.startswith({library!r})}}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def record(library: str) -> tuple[dict[str, object], dict[str, object]]:
    """Return the names of all modules of a library, and the members of their classes."""
    at_first = record_root(library)
    every = dict(modules(library))
    found = {path: module for path, module in every.items() if module is not None}
    names = {
        path: {
            name: value
            for name, value in sorted(vars(module).items())
            if is_public(library, name, value)
            and (not isinstance(value, ModuleType) or name in at_first.get(path, [name]))
        }
        for path, module in found.items()
    }
    homes: dict[int, str] = {}
    for full in (True, False):
        for path in sorted(found, key=lambda path: (path.count("."), path)):
            for name, value in names[path].items():
                own = f"{getattr(value, '__module__', '')}.{getattr(value, '__name__', '')}"
                if own == f"{path}.{name}" or not full:
                    homes.setdefault(id(value), f"{path}.{name}")
    entries = {
        path: {name: entry(f"{path}.{name}", value, homes) for name, value in names[path].items()}
        for path in found
    }
    described = {
        path: members(getattr(found[path.rpartition(".")[0]], path.rpartition(".")[2]))
        for path in sorted(set(homes.values()))
        if callable(value := getattr(found[path.rpartition(".")[0]], path.rpartition(".")[2]))
        # There are hundreds of structures and enumerations.
        and not (library == "cuda.bindings" and isinstance(value, type))
    }
    version = getattr(found[library], "__version__", "")
    private = [path for path, module in every.items() if module is None]
    loaded = sorted(path for path in at_first if path in found)
    return (
        {
            "version": version,
            "private": private,
            "loaded": loaded,
            "modules": entries,
        },
        described,
    )


def write(path: Path, value: object) -> None:
    text = json.dumps(value, separators=(",", ":")).replace('},"', '},\n"')
    path.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    for each in sys.argv[1:]:
        recorded, described = record(each)
        write(NAMES / f"{each}.json", recorded)
        write(MEMBERS / f"{each}.json", described)
