"""What other packages take from CuPy's private package of this name."""

from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.array import ndarray
from zarr_devbuf.simulator._core.construction import array
from zarr_devbuf.simulator._core.dtypes import as_kernel
from zarr_devbuf.simulator._core.storage import kernel_operand, kernel_target
from zarr_devbuf.simulator._core.ufuncs import ufunc
from zarr_devbuf.simulator.cupy._core import (
    _accelerator,
    _cub_reduction,
    core,
    flags,
    fusion,
    internal,
    raw,
)
from zarr_devbuf.simulator.cupy._core._accelerator import (
    get_elementwise_accelerators,
    get_reduction_accelerators,
    get_routine_accelerators,
    set_elementwise_accelerators,
    set_reduction_accelerators,
    set_routine_accelerators,
)
from zarr_devbuf.simulator.cupy._core._kernel import ElementwiseKernel
from zarr_devbuf.simulator.cupy._core._reduction import ReductionKernel
from zarr_devbuf.simulator.cupy._core._routines_linalg import get_compute_type, set_compute_type
from zarr_devbuf.simulator.cupy._core.fusion import fuse
from zarr_devbuf.simulator.cupy._core.raw import RawKernel, RawModule

__all__ = [
    "ElementwiseKernel",
    "RawKernel",
    "RawModule",
    "ReductionKernel",
    "array",
    "core",
    "elementwise_copy",
    "flags",
    "fuse",
    "fusion",
    "get_compute_type",
    "get_elementwise_accelerators",
    "get_reduction_accelerators",
    "get_routine_accelerators",
    "get_size",
    "internal",
    "ndarray",
    "raw",
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
    """Copy the elements of a device array into another one on this device, by a kernel."""
    given, into = kernel_operand(source), kernel_target(target)
    with np.errstate(all="ignore"):
        np.copyto(as_kernel(into), as_kernel(given), casting="unsafe")
