"""Names and docstrings for functions that are written as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["named"]


def named(table: dict[str, Callable[..., Any]], *, like: str = "numpy") -> dict[str, Any]:
    """Give each function of a table its name, CuPy's module and a docstring."""
    for name, function in table.items():
        function.__name__ = function.__qualname__ = name
        function.__module__ = "cupy"
        function.__doc__ = f"Do what ``{like}.{name}`` does, on the device."
    return table
