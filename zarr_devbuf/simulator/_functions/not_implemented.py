"""The parts of CuPy that the simulator does not implement; calling them raises an error."""

# ruff: noqa: ARG001 - names and signatures are CuPy's.
from __future__ import annotations

from typing import Any

from zarr_devbuf.simulator._core.errors import not_implemented

__all__ = ["FUNCTIONS", "not_implemented_class", "not_implemented_function"]

FUNCTIONS = ("show_config",)
"""Functions of ``cupy``."""


def not_implemented_function(path: str) -> Any:
    """Return a function that raises ``NotImplementedError`` with its own name.

    Parameters
    ----------
    path
        Its full name, as in ``"cupy.fft.fft"``.
    """
    module, _, name = path.rpartition(".")

    def function(*args: Any, **kwargs: Any) -> Any:
        raise not_implemented(path)

    function.__module__ = module
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Raise ``NotImplementedError``: {path} is not implemented."
    return function


def not_implemented_class(path: str) -> Any:
    """Return a class that raises ``NotImplementedError`` with its own name when it is called.

    Parameters
    ----------
    path
        Its full name, as in ``"cupy.cuda.Module"``.
    """
    module, _, name = path.rpartition(".")

    def __new__(cls: type[Any], *args: Any, **kwargs: Any) -> Any:  # noqa: N807
        raise not_implemented(path)

    members = {"__new__": __new__, "__module__": module, "__doc__": f"Not implemented: {path}."}
    return type(name, (), members)
