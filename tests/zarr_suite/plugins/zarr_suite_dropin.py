"""Replaces the classes of ``zarr.testing.buffer`` by the reference classes of zarr_devbuf."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import zarr.testing.buffer

import zarr_devbuf

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = (
    "NDBufferUsingTestNDArrayLike",
    "StoreExpectingTestBuffer",
    "TestBuffer",
    "TestNDArrayLike",
)

# At import, because test modules import the names when they are collected.
for _name in NAMES:
    setattr(zarr.testing.buffer, _name, getattr(zarr_devbuf, _name))


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Raise a usage error if no collected module uses the replaced classes."""
    modules = {item.module for item in items if isinstance(item, pytest.Function)}
    bound = [
        (module.__name__, name, getattr(module, name))
        for module in modules
        for name in NAMES
        if hasattr(module, name)
    ]
    if not bound:
        raise pytest.UsageError("no collected module uses zarr.testing.buffer")
    for module, name, value in bound:
        if value is not getattr(zarr_devbuf, name):
            raise pytest.UsageError(f"{module}.{name} is {value!r}, not ours")
