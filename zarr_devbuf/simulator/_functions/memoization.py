"""``cupy.memoize``."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from zarr_devbuf.simulator._core.current_device import current_id

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FUNCTIONS"]

_memos: list[dict[Any, Any]] = []


def memoize(for_each_device: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Keep the results of a function, by its arguments, and by the device if that is asked for."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        results: dict[Any, Any] = {}
        _memos.append(results)

        @functools.wraps(function)
        def remembered(*args: Any, **kwargs: Any) -> Any:
            device = current_id() if for_each_device else -1
            key = device, args, frozenset(kwargs.items())
            if key not in results:
                results[key] = function(*args, **kwargs)
            return results[key]

        return remembered

    return decorate


def clear_memo() -> None:
    """Forget the results of all functions."""
    for results in _memos:
        results.clear()


for _function in (memoize, clear_memo):
    _function.__module__ = "cupy"

FUNCTIONS: dict[str, Any] = {"clear_memo": clear_memo, "memoize": memoize}
"""The functions by name."""
