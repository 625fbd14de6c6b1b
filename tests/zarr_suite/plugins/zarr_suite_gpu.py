"""Selects the GPU tests: those marked ``gpu``, and those with the parameter ``cupy``.

zarr marks the latter only when they run, which is too late for ``-m gpu``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect all other tests."""
    kept = [item for item in items if _is_for_gpu(item)]
    config.hook.pytest_deselected(items=[item for item in items if not _is_for_gpu(item)])
    items[:] = kept


def _is_for_gpu(item: pytest.Item) -> bool:
    if item.get_closest_marker("gpu") is not None:
        return True
    call = getattr(item, "callspec", None)
    parameters: Sequence[object] = list(call.params.values()) if call is not None else []
    return any(isinstance(value, str) and value == "cupy" for value in parameters)
