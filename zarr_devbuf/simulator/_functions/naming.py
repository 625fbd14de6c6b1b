"""Names and docstrings for the functions of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["named"]


def named(table: dict[str, Callable[..., Any]], *, like: str = "numpy") -> dict[str, Any]:
    """Set the name, the module ``cupy`` and the docstring of each function of a table."""
    for name, function in table.items():
        function.__name__ = function.__qualname__ = name
        function.__module__ = "cupy"
        function.__doc__ = f"Same as ``{like}.{name}``, on the device."
    return table
