"""Names of a private package of CuPy that programs and CuPy's own tests use."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
from __future__ import annotations

from typing import Any

from zarr_devbuf.simulator._core.array import ndarray
from zarr_devbuf.simulator._core.construction import array
from zarr_devbuf.simulator._core.indexing import assign
from zarr_devbuf.simulator.cupy._core._accelerator import (
    get_reduction_accelerators,
    get_routine_accelerators,
    set_reduction_accelerators,
    set_routine_accelerators,
)
from zarr_devbuf.simulator.cupy._core._routines_linalg import get_compute_type, set_compute_type

__all__ = [
    "array",
    "elementwise_copy",
    "get_compute_type",
    "get_reduction_accelerators",
    "get_routine_accelerators",
    "get_size",
    "ndarray",
    "set_compute_type",
    "set_reduction_accelerators",
    "set_routine_accelerators",
]


def get_size(size: Any) -> tuple[Any, ...]:
    """Return a size as a tuple, of one length for a number."""
    if size is None:
        raise TypeError("Use () not None as shape arguments")
    return tuple(size) if isinstance(size, (tuple, list)) else (size,)


def elementwise_copy(source: Any, target: Any) -> None:
    """Copy the elements of a device array into another one."""
    assign(target, target._raw, source)
