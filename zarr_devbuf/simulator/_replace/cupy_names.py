"""The public names of CuPy, and placeholders for those that the simulator does not model."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, final

import numpy as np

from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._functions.not_implemented import (
    not_implemented_class,
    not_implemented_function,
)

__all__ = ["Entry", "cupy_names", "placeholder", "unknown_module", "unknown_modules"]

type Entry = str | list[Any]
"""What a name is.

``"function"``, ``"class"``, ``"exception"``, ``"warning"``, ``"other"``; or ``["module", path]``,
``["value", value]``, ``["alias", path]``.
"""


@cache
def _record() -> Any:
    return json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))


def unknown_modules() -> list[str]:
    """Return the modules of CuPy whose names are not recorded.

    They could not be imported then, or are private.
    """
    names: list[str] = _record()["failed"] + _record()["private"]
    return names


def unknown_module(path: str) -> ModuleType:
    """Return a module whose public names all raise ``NotImplementedError``."""
    module = ModuleType(path, f"Not implemented: {path}.")

    def get(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {path!r} has no attribute {name!r}")
        raise not_implemented(f"{path}.{name}")

    vars(module)["__getattr__"] = get
    return module


def cupy_names() -> dict[str, dict[str, Entry]]:
    """Return the names of each public module of CuPy, as recorded with CuPy itself."""
    modules: dict[str, dict[str, Entry]] = _record()["modules"]
    return modules


def placeholder(path: str, entry: Entry) -> Any:
    """Return what stands for a name that is not modelled.

    Constants have CuPy's values, and exceptions can be caught. All else raises
    ``NotImplementedError`` with the name, when it is used.

    Parameters
    ----------
    path
        The full name, as in ``"cupy.fft.fft"``.
    entry
        What it is; no module, and no alias of another name of CuPy.
    """
    module, _, name = path.rpartition(".")
    match entry:
        case ["value", value]:
            return value
        case ["alias", str(numpys)]:
            return getattr(np, numpys.removeprefix("numpy."))
        case "exception" | "warning":
            base = Warning if entry == "warning" else Exception
            return type(name, (base,), {"__module__": module, "__doc__": f"CuPy's ``{path}``."})
        case "class":
            return not_implemented_class(path)
        case "function":
            return not_implemented_function(path)
        case _:
            return _Unknown(path)


@final
class _Unknown:
    """An object of CuPy that raises ``NotImplementedError`` when it is used."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise not_implemented(self._path)

    def _use(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        raise not_implemented(self._path)

    __call__ = __getitem__ = __iter__ = __len__ = __bool__ = __enter__ = __contains__ = _use

    def __exit__(self, *exception: object) -> None:
        """Do nothing; the block cannot be entered."""

    def __repr__(self) -> str:
        return f"<{self._path}, not implemented by the simulated GPU of zarr-devbuf>"
