"""Matrix products."""

from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.dtypes import check_kernel
from zarr_devbuf.simulator._core.numpy_fallback import call
from zarr_devbuf.simulator._core.storage import DeviceArray, wrap

__all__ = ["matmul", "need_array", "need_attribute", "need_dtype", "type_name"]


def need_array(value: Any, name: str = "a") -> Any:
    """Return a device array; for other types, raise the error of CuPy's compiled functions."""
    if isinstance(value, DeviceArray):
        return value
    raise TypeError(
        f"Argument '{name}' has incorrect type (expected cupy._core.core._ndarray_base, got "
        f"{type_name(value)})"
    )


def need_attribute(name: str, *values: Any) -> None:
    """Raise ``AttributeError`` for objects without an attribute, such as lists, as CuPy does."""
    for value in values:
        getattr(value, name)


def need_dtype(value: Any, name: str = "a") -> Any:
    """Return a device array, for functions that look at the dtype before the type."""
    need_attribute("dtype", value)
    return need_array(value, name)


def type_name(value: Any) -> str:
    """Return the name of a type as CuPy's compiled functions write it."""
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def _joint(first: Any, second: Any) -> Any:
    """Return the common dtype, with its padding if both are the same."""
    return first if first == second else np.promote_types(first, second)


def _structured(a: Any, b: Any) -> Exception:
    """Return the error of CuPy for a product of structured arrays."""
    joint = _joint(a.dtype, b.dtype)
    if max(a.ndim, b.ndim) > 2:
        return ValueError(f"Unsupported dtype {joint.char}")
    if a.size // a.shape[-1] * b.size // a.shape[-1] != 1:
        return TypeError(f"dtype is not supported: {joint}")
    for dtype in (a.dtype, b.dtype):
        check_kernel(dtype)
    return ValueError("Unsupported dtype <class 'numpy.void'>")


def matmul(a: Any, b: Any, **kwargs: Any) -> Any:
    """Multiply matrices on the device; scalars and host arrays raise ``TypeError``."""
    for one in (need_array(a, "a"), need_array(b, "b")):
        if one.dtype.kind == "V" and not (a.size and b.size):
            shape = np.matmul(np.zeros(a.shape, "u1"), np.zeros(b.shape, "u1")).shape
            return wrap(np.zeros(shape, _joint(a.dtype, b.dtype)))
        if one.dtype.kind == "V":
            if a.ndim and b.ndim and a.shape[-1] != b.shape[max(b.ndim - 2, 0)]:
                raise ValueError("Axis dimension mismatch")
            raise _structured(a, b)
    return call(np.matmul, a, b, **kwargs)
