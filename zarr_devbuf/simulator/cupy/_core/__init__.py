"""What other packages take from CuPy's private package of this name."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
from __future__ import annotations

from typing import Any

from zarr_devbuf.simulator._core.array import ndarray
from zarr_devbuf.simulator._core.construction import array
from zarr_devbuf.simulator._core.indexing import assign
from zarr_devbuf.simulator._core.ufuncs import ufunc
from zarr_devbuf.simulator.cupy._core import _accelerator, _cub_reduction, core, flags, internal
from zarr_devbuf.simulator.cupy._core._accelerator import (
    get_elementwise_accelerators,
    get_reduction_accelerators,
    get_routine_accelerators,
    set_elementwise_accelerators,
    set_reduction_accelerators,
    set_routine_accelerators,
)
from zarr_devbuf.simulator.cupy._core._routines_linalg import get_compute_type, set_compute_type

__all__ = [
    "array",
    "core",
    "elementwise_copy",
    "flags",
    "get_compute_type",
    "get_elementwise_accelerators",
    "get_reduction_accelerators",
    "get_routine_accelerators",
    "get_size",
    "internal",
    "ndarray",
    "set_compute_type",
    "set_elementwise_accelerators",
    "set_reduction_accelerators",
    "set_routine_accelerators",
    "ufunc",
]
_modules = _accelerator, _cub_reduction


def get_size(size: Any) -> tuple[Any, ...]:
    """Return a size as a tuple, of one length for a number."""
    if size is None:
        raise TypeError("Use () not None as shape arguments")
    return tuple(size) if isinstance(size, (tuple, list)) else (size,)


def elementwise_copy(source: Any, target: Any) -> None:
    """Copy the elements of a device array into another one."""
    assign(target, target._raw, source)
