"""Names of a private module of CuPy that programs and CuPy's own tests use."""

from __future__ import annotations

from typing import Any

from zarr_devbuf.simulator._core.array import ndarray

__all__ = ["get_size", "ndarray"]


def get_size(size: Any) -> tuple[Any, ...]:
    """Return a size as a tuple, of one length for a number."""
    if size is None:
        raise TypeError("Use () not None as shape arguments")
    return tuple(size) if isinstance(size, (tuple, list)) else (size,)
