"""Functions that make sparse matrices and arrays."""

from __future__ import annotations

from typing import Any

from zarr_devbuf.simulator.cupyx.scipy.sparse._host import call, scipy_sparse

__all__ = ["FUNCTIONS"]

_NAMES = (
    "block_array",
    "block_diag",
    "bmat",
    "diags",
    "diags_array",
    "eye",
    "eye_array",
    "find",
    "hstack",
    "identity",
    "kron",
    "kronsum",
    "rand",
    "random",
    "random_array",
    "spdiags",
    "tril",
    "triu",
    "vstack",
)


def _on_device(name: str) -> Any:
    def function(*args: Any, **kwargs: Any) -> Any:
        if name == "kron" and len(args) < 3:
            # SciPy may choose a format that CuPy has not.
            kwargs.setdefault("format", "coo")
        return call(getattr(scipy_sparse(), name), *args, **kwargs)

    function.__name__ = function.__qualname__ = name
    function.__module__ = "cupyx.scipy.sparse"
    function.__doc__ = f"Same as ``scipy.sparse.{name}``, on the device."
    return function


FUNCTIONS: dict[str, Any] = {name: _on_device(name) for name in _NAMES}
"""The functions by name."""
