"""Functions that NumPy 2 has removed, and that CuPy keeps in order to say so."""

# ruff: noqa: ARG001 - names and signatures are CuPy's.
from __future__ import annotations

from typing import Any

__all__ = ["FUNCTIONS"]

_INSTEAD = {
    "disp": "your own print function",
    "find_common_type": "`promote_types` or `result_type`",
    "get_array_wrap": "<no replacement>",
    "safe_eval": "`ast.literal_eval`",
    "set_string_function": "`np.set_printoptions`",
}


def _removed(name: str, instead: str) -> Any:
    def function(*args: Any, **kwds: Any) -> Any:
        raise RuntimeError(f"This function has been removed in NumPy v2.\nUse {instead} instead.\n")

    function.__name__ = function.__qualname__ = name
    function.__module__ = "cupy"
    function.__doc__ = f"Raise ``RuntimeError``: NumPy 2 has no ``{name}``."
    return function


FUNCTIONS: dict[str, Any] = {name: _removed(name, instead) for name, instead in _INSTEAD.items()}
"""The functions by name."""
