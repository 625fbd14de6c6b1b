"""
Codecs to run the checks with: clean ones, and broken ones in files named after the checks' modules.

A broken codec is a class with `caught_by`, the short names of the checks that fail for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tests.subjects.codecs.clean import CLEAN, Named
from tests.subjects.codecs.clean_unusual import UNUSUAL
from zarr_devbuf.checks.codec import MODULES

__all__ = ["CLEAN", "UNUSUAL", "broken_codecs"]


def broken_codecs() -> list[Any]:
    """Make one codec of each class with `caught_by`, in the order of the files."""
    classes = [
        cls
        for name in (*MODULES, "devices_only")
        for cls in vars(import_module(f"{__name__}.{name}")).values()
        if isinstance(cls, type) and issubclass(cls, Named) and "caught_by" in vars(cls)
    ]
    return [cls(**cls.arguments) for cls in classes]
