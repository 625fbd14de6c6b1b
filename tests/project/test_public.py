"""What the package shows of itself."""

from __future__ import annotations

import importlib
import pkgutil
import types

import pytest

import zarr_devbuf

KITS = tuple(
    f"zarr_devbuf.checks.{kind}" for kind in ("prototype", "codec", "store", "array", "backend")
)
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(zarr_devbuf.__path__, "zarr_devbuf.")
    if not any(part.startswith("_") for part in module.name.split("."))
    # Modules of checks: importing them registers what they define.
    and not module.name.startswith(KITS)
)


def test_the_modules_were_found() -> None:
    assert "zarr_devbuf.reference" in MODULES
    assert len(MODULES) > 10


@pytest.mark.parametrize("name", MODULES)
def test_all_is_complete_and_true(name: str) -> None:
    module = importlib.import_module(name)
    declared = module.__all__
    assert len(declared) == len(set(declared))
    for each in declared:
        assert hasattr(module, each), f"{name}.__all__ names {each}, which is not there"
    if name.count(".") > 1:
        return  # parts of a package: what they share among themselves is not the public's
    own = {
        key
        for key, value in vars(module).items()
        if not key.startswith("_")
        and not isinstance(value, types.ModuleType)
        and getattr(value, "__module__", None) == name
    }
    assert own <= set(declared), f"{name}.__all__ lacks {sorted(own - set(declared))}"


def test_the_top_level_re_exports_and_holds_nothing() -> None:
    for name in zarr_devbuf.__all__:
        value = getattr(zarr_devbuf, name)
        assert getattr(value, "__module__", "") != "zarr_devbuf", f"{name} is defined in __init__"
