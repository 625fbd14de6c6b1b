"""Broken arrays for each check, and their clean twins; a module for each module of checks."""

from __future__ import annotations

from importlib import import_module

from tests.subjects.arrays.wrapping import BROKEN, LISTENERS, Broken, Call, Wrapped, clean, spoilt
from zarr_devbuf.checks.array import MODULES

__all__ = [
    "BROKEN",
    "LISTENERS",
    "Broken",
    "Call",
    "Wrapped",
    "clean",
    "spoilt",
]

for _name in MODULES:
    import_module(f"{__name__}.{_name}")
