"""The libraries that the simulator replaces, by the names under which they are imported."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any, Final

__all__ = [
    "CUPY",
    "LIBRARIES",
    "NAMESPACES",
    "REAL_PARTS",
    "is_part_of",
    "is_replaced",
    "library_names",
    "library_of",
    "package_of",
]

CUPY: Final = ("cupy", "cupyx", "cupy_backends")
"""The packages of CuPy. They are replaced as soon as the simulation starts."""

_PACKAGES: Final = {
    "cuda.bindings": "zarr_devbuf.simulator.cuda.bindings",
    "cuda.core": "zarr_devbuf.simulator.cuda.core",
    "kvikio": "zarr_devbuf.simulator.kvikio",
    "nvidia.libnvcomp": "zarr_devbuf.simulator.libnvcomp",
    "nvidia.nvcomp": "zarr_devbuf.simulator.nvcomp",
    "nvtx": "zarr_devbuf.simulator.nvtx",
    "rmm": "zarr_devbuf.simulator.rmm",
}


LIBRARIES: Final = tuple(_PACKAGES)
"""The other libraries. Each is loaded when it is first imported."""

NAMESPACES: Final = tuple(sorted({name.partition(".")[0] for name in LIBRARIES if "." in name}))
"""Namespace packages, whose other parts are not replaced: ``cuda`` and ``nvidia``."""


REAL_PARTS: Final = ("kvikio.zarr",)
"""Parts that are not replaced if the library is installed: Python code that needs the rest only."""


@cache
def library_names(library: str) -> Any:
    """Return the names of a library's modules, as `record_library_names.py` found them.

    Returns
    -------
    dict
        ``modules``: by module, what each public name is, as in `cupy_names`. ``private``: modules
        of which the names are not known. ``loaded``: modules that the import of the library loads.
    """
    record = library
    if library == "nvidia.nvcomp" and os.environ.get("SIM_NVCOMP") == "5":
        record = "nvidia.nvcomp-5"
    file = Path(__file__).parent / "names" / f"{record}.json"
    names = json.loads(file.read_text(encoding="utf-8"))
    if library == "kvikio" and _is_kvikio_25():
        names["modules"] |= _ONLY_IN_KVIKIO_25
    return names


# What cuda-zarr uses. Other names that kvikio has removed are not simulated.
_ONLY_IN_KVIKIO_25: Final = {"kvikio.nvcomp_codec": {"NvCompBatchCodec": "class"}}


def _is_kvikio_25() -> bool:
    text = os.environ.get("SIM_KVIKIO", "26")
    if text not in ("25", "26"):
        raise ValueError(f"SIM_KVIKIO must be 25 or 26, not {text!r}")
    return text == "25"


def package_of(library: str) -> str:
    """Return the simulator's package for a library."""
    return _PACKAGES[library]


def is_part_of(module: str, package: str) -> bool:
    """Return whether a module is a package or is in it."""
    return module == package or module.startswith(f"{package}.")


def library_of(module: str) -> str | None:
    """Return the library, other than CuPy, that a module belongs to; ``None`` if it is not one."""
    return next((name for name in LIBRARIES if is_part_of(module, name)), None)


def is_replaced(module: str) -> bool:
    """Return whether a module belongs to CuPy or to another library that is replaced."""
    return module.partition(".")[0] in CUPY or library_of(module) is not None
