"""Between sparse matrices on the device and those of SciPy, which computes with them."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
from __future__ import annotations

import importlib
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.simulator._core.numpy_fallback import unwrap, wrap_result
from zarr_devbuf.simulator._core.storage import DeviceArray, wrap
from zarr_devbuf.simulator._functions.dtype_queries import DEVICE_CLASSES

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Sparse",
    "as_host",
    "call",
    "from_host",
    "host_parts",
    "is_dense",
    "register",
    "scipy_sparse",
    "warning_classes",
]

_FLAGS = {"canonical": "has_canonical_format", "sorted": "has_sorted_indices"}
_FORMATS: dict[tuple[str, bool], type[Sparse]] = {}


def scipy_sparse() -> Any:
    """Return ``scipy.sparse``; raise ``NotImplementedError`` if SciPy is not installed."""
    try:
        return importlib.import_module("scipy.sparse")
    except ImportError:
        raise NotImplementedError(
            "cupyx.scipy.sparse is not implemented by the simulated GPU of zarr-devbuf without "
            "SciPy: install scipy"
        ) from None


def warning_classes() -> dict[str, type[Warning]]:
    """Return the warnings by name: those of SciPy if it is installed."""
    try:
        source = importlib.import_module("scipy.sparse")
    except ImportError:
        general = type("SparseWarning", (Warning,), {"__module__": "cupyx.scipy.sparse"})
        slow = type("SparseEfficiencyWarning", (general,), {"__module__": "cupyx.scipy.sparse"})
        return {"SparseWarning": general, "SparseEfficiencyWarning": slow}
    return {name: getattr(source, name) for name in ("SparseWarning", "SparseEfficiencyWarning")}


class Sparse:
    """The state of a sparse matrix or array: arrays on the device, and a shape."""

    format: str
    is_array = False
    _parts: tuple[str, ...]

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def _arrays(self) -> list[Any]:
        return [getattr(self, part) for part in self._parts]


DEVICE_CLASSES.append(Sparse)


def register(cls: type[Sparse]) -> None:
    """Let results of a format be of a class; subclasses of other packages are not registered."""
    cls.__module__ = "cupyx.scipy.sparse"
    _FORMATS[cls.format, cls.is_array] = cls


def as_host(value: Any, arrays: list[Any]) -> Any:
    """Replace matrices and arrays on the device by those of SciPy and NumPy, over their memory."""
    if isinstance(value, Sparse):
        parts = [unwrap(part, arrays) for part in value._arrays()]
        arguments = _arguments(value.format, parts, value.shape)
        host = _host_class(value)(arguments, shape=value.shape)
        for flag in ("canonical", "sorted"):
            state = vars(value).get(f"_{flag}")
            if state is not None:
                setattr(host, _FLAGS[flag], state)
        return host
    if isinstance(value, list) and any(isinstance(one, (Sparse, list)) for one in value):
        return [as_host(one, arrays) for one in value]
    return unwrap(value, arrays)


def _host_class(value: Sparse) -> Any:
    return getattr(scipy_sparse(), f"{value.format}_{'array' if value.is_array else 'matrix'}")


def _arguments(kind: str, parts: list[Any], shape: tuple[int, ...]) -> Any:
    if kind != "coo":
        return tuple(parts)
    data, row, column = parts
    return data, ((column,) if len(shape) == 1 else (row, column))


def host_parts(host: Any) -> list[Any]:
    """Return the arrays of a matrix of SciPy, in the order in which ours has them."""
    if host.format in ("csr", "csc"):
        return [host.data, host.indices, host.indptr]
    if host.format == "coo":
        row = host.coords[0] if len(host.shape) > 1 else np.zeros_like(host.coords[0])
        return [host.data, row, host.coords[-1]]
    return [host.data, host.offsets]


def from_host(host: Any, arrays: list[Any], *, is_array: bool | None = None) -> Any:
    """Return a matrix on the device for one of SciPy; memory of `arrays` is shared, not copied."""
    if is_array is None:
        is_array = isinstance(host, scipy_sparse().sparray)
    if (host.format, is_array) not in _FORMATS:
        # The formats that CuPy has not.
        raise NotImplementedError
    if host.dtype.char not in "?fdFD":
        host = host.astype(np.float64)
    result: Any = object.__new__(_FORMATS[host.format, is_array])
    for name, part in zip(result._parts, host_parts(host), strict=True):
        setattr(result, name, wrap_result(part, arrays))
    result._shape = tuple(int(length) for length in host.shape)
    if host.format == "coo":
        result._canonical = bool(host.has_canonical_format)
    return result


def _converted(result: Any, arrays: list[Any]) -> Any:
    if scipy_sparse().issparse(result):
        return from_host(result, arrays)
    if isinstance(result, np.matrix):
        return wrap(np.array(result))
    if isinstance(result, tuple):
        return tuple(_converted(one, arrays) for one in result)
    return wrap_result(result, arrays)


def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a function of SciPy on matrices of the device."""
    arrays: list[Any] = []
    hosts = [as_host(arg, arrays) for arg in args]
    options = {name: as_host(value, arrays) for name, value in kwargs.items()}
    with np.errstate(all="ignore"), warnings.catch_warnings():
        # What SciPy says to its users is not meant for ours.
        for kind in (RuntimeWarning, DeprecationWarning, FutureWarning):
            warnings.simplefilter("ignore", kind)
        return _converted(function(*hosts, **options), arrays)


def is_dense(value: Any) -> bool:
    """Return whether a value is an array on the device."""
    return isinstance(value, DeviceArray)
