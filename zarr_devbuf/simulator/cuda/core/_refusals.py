"""Members that are not modelled, and the error of ``cuda.core``."""

from __future__ import annotations

from typing import Any

from zarr_devbuf.simulator._core.errors import not_implemented

__all__ = ["CUDAError", "not_implemented_property"]


class CUDAError(Exception):
    """An error of CUDA."""

    __module__ = "zarr_devbuf.simulator.cuda.core"


def not_implemented_property(path: str) -> Any:
    """Return a property that raises ``NotImplementedError`` with its own name."""

    def get(self: Any) -> Any:  # noqa: ARG001
        raise not_implemented(path)

    return property(get, doc=f"Raise ``NotImplementedError``: {path} is not implemented.")
