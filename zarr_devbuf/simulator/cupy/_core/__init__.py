"""What other packages take from CuPy's private package of this name."""

from __future__ import annotations

from zarr_devbuf.simulator._core.array import ndarray
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

__all__ = [
    "core",
    "flags",
    "get_elementwise_accelerators",
    "get_reduction_accelerators",
    "get_routine_accelerators",
    "internal",
    "ndarray",
    "set_elementwise_accelerators",
    "set_reduction_accelerators",
    "set_routine_accelerators",
    "ufunc",
]
_modules = _accelerator, _cub_reduction
