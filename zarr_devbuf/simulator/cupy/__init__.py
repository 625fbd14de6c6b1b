"""The simulator's ``cupy`` module.

It is an array namespace::

    import zarr_devbuf.simulator.cupy as xp

It has the names of CuPy. Functions that the simulator does not implement raise
``NotImplementedError`` when they are called.
"""

from __future__ import annotations

import sys as _sys
from typing import TYPE_CHECKING, Any

import numpy as _np  # noqa: ICN001
from numpy import (
    broadcast_shapes,
    dtype,
    e,
    euler_gamma,
    finfo,
    get_printoptions,
    iinfo,
    index_exp,
    inf,
    isdtype,
    issubdtype,
    iterable,
    mintypecode,
    nan,
    ndindex,
    newaxis,
    pi,
    printoptions,
    promote_types,
    s_,
    set_printoptions,
    typename,
)

from zarr_devbuf.simulator._core.array import ndarray
from zarr_devbuf.simulator._core.current_device import device_count as _device_count
from zarr_devbuf.simulator._core.flatiter import flatiter
from zarr_devbuf.simulator._core.protocols import set_namespace as _set_namespace
from zarr_devbuf.simulator._core.ufunc_table import ALIASES as _ALIASES
from zarr_devbuf.simulator._core.ufunc_table import UFUNCS as _UFUNCS
from zarr_devbuf.simulator._core.ufuncs import ufunc
from zarr_devbuf.simulator._functions import (
    applying,
    convolution,
    covariance,
    creation,
    dtype_queries,
    histograms,
    index_tricks,
    insertion,
    interpolation,
    logic,
    mathematics,
    memoization,
    method_functions,
    not_implemented,
    polynomials,
    products,
    quantiles,
    removed,
    searching,
    statistics,
)
from zarr_devbuf.simulator._functions import manipulation as _manipulation
from zarr_devbuf.simulator._functions.index_tricks import OBJECTS as _OBJECTS
from zarr_devbuf.simulator._functions.manipulation import broadcast
from zarr_devbuf.simulator._functions.polynomials import poly1d
from zarr_devbuf.simulator.cupy import (
    cublas,
    cuda,
    exceptions,
    fft,
    lib,
    linalg,
    polynomial,
    random,
    testing,
)
from zarr_devbuf.simulator.cupy._core._kernel import ElementwiseKernel
from zarr_devbuf.simulator.cupy._core._reduction import ReductionKernel
from zarr_devbuf.simulator.cupy._core.fusion import fuse
from zarr_devbuf.simulator.cupy._core.raw import RawKernel, RawModule
from zarr_devbuf.simulator.cupy._functional.vectorize import vectorize
from zarr_devbuf.simulator.cupy.exceptions import (
    AxisError,
    ComplexWarning,
    ModuleDeprecationWarning,
    RankWarning,
    TooHardError,
    VisibleDeprecationWarning,
)

__version__ = "14.2.0"

_DTYPES = [
    "bool_",
    "byte",
    "short",
    "intc",
    "int_",
    "longlong",
    "intp",
    "int8",
    "int16",
    "int32",
    "int64",
    "ubyte",
    "ushort",
    "uintc",
    "uint",
    "ulonglong",
    "uintp",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "half",
    "single",
    "double",
    "float16",
    "float32",
    "float64",
    "csingle",
    "cdouble",
    "complex64",
    "complex128",
    "complexfloating",
    "floating",
    "generic",
    "inexact",
    "integer",
    "number",
    "signedinteger",
    "unsignedinteger",
    "bool",
    "long",
    "ulong",
]

_NAMES: dict[str, Any] = {name: getattr(_np, name) for name in _DTYPES}
_NAMES |= {"float_": _np.float64, "complex_": _np.complex128, "cfloat": _np.complex128}
_NAMES |= dict(_UFUNCS)
_NAMES |= {alias: _UFUNCS[name] for alias, name in _ALIASES.items()}
for _part in (
    applying,
    convolution,
    covariance,
    creation,
    histograms,
    interpolation,
    method_functions,
    _manipulation,
    logic,
    mathematics,
    memoization,
    polynomials,
    products,
    quantiles,
    removed,
    statistics,
    searching,
    index_tricks,
    insertion,
    dtype_queries,
):
    _NAMES |= _part.FUNCTIONS
_NAMES |= _OBJECTS
_NAMES |= {
    old: _NAMES[new]
    for old, new in (
        ("alltrue", "all"),
        ("amax", "max"),
        ("amin", "min"),
        ("sometrue", "any"),
        ("trapz", "trapezoid"),
    )
}
_NAMES |= {
    name: not_implemented.not_implemented_function(f"cupy.{name}")
    for name in not_implemented.FUNCTIONS
}
globals().update(_NAMES)

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...


def is_available() -> bool:
    """Return whether there is a simulated device."""
    return _device_count() > 0


_set_namespace(_sys.modules[__name__])

get_default_memory_pool = cuda.get_default_memory_pool
get_default_pinned_memory_pool = cuda.get_default_pinned_memory_pool

__all__ = [  # noqa: PLE0604
    "VisibleDeprecationWarning",
    "TooHardError",
    "RankWarning",
    "ModuleDeprecationWarning",
    "AxisError",
    "ComplexWarning",
    "ElementwiseKernel",
    "RawKernel",
    "RawModule",
    "ReductionKernel",
    "broadcast",
    "broadcast_shapes",
    "cublas",
    "cuda",
    "dtype",
    "e",
    "euler_gamma",
    "exceptions",
    "fft",
    "finfo",
    "flatiter",
    "fuse",
    "get_default_memory_pool",
    "get_default_pinned_memory_pool",
    "get_printoptions",
    "iinfo",
    "index_exp",
    "inf",
    "is_available",
    "isdtype",
    "issubdtype",
    "iterable",
    "lib",
    "linalg",
    "mintypecode",
    "nan",
    "ndarray",
    "ndindex",
    "newaxis",
    "pi",
    "poly1d",
    "polynomial",
    "printoptions",
    "promote_types",
    "random",
    "s_",
    "set_printoptions",
    "testing",
    "typename",
    "ufunc",
    "vectorize",
    *sorted(_NAMES),
]
