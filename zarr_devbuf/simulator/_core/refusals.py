"""Members of other libraries' classes that are not modelled: using them raises an error."""

# ruff: noqa: ARG001 - any arguments are accepted.
from __future__ import annotations

from typing import Any

from zarr_devbuf.simulator._core.errors import not_implemented

__all__ = ["refused_method", "refused_property"]


def refused_method(path: str) -> Any:
    """Return a function that raises ``NotImplementedError`` with its own name.

    Parameters
    ----------
    path
        Its full name, as in ``"kvikio.RemoteFile.open_s3"``.
    """

    def function(*args: Any, **kwargs: Any) -> Any:
        raise not_implemented(path)

    function.__name__ = function.__qualname__ = path.rpartition(".")[2]
    function.__doc__ = f"Raise ``NotImplementedError``: {path} is not implemented."
    return function


def refused_property(path: str) -> Any:
    """Return a property that raises ``NotImplementedError`` with its own name.

    Parameters
    ----------
    path
        Its full name, as in ``"cuda.core.Device.properties"``.
    """

    def get(self: Any) -> Any:
        raise not_implemented(path)

    return property(get, doc=f"Raise ``NotImplementedError``: {path} is not implemented.")
