"""Puts zarr_devbuf's reference classes in the place of those of ``zarr.testing.buffer``."""

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

# Here, at import: test modules bind the names when they are collected.
for _name in NAMES:
    setattr(zarr.testing.buffer, _name, getattr(zarr_devbuf, _name))


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Refuse a run that would prove nothing: where no collected module uses what was replaced."""
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
