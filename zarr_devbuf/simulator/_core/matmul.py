"""Matrix products."""

from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.numpy_fallback import call
from zarr_devbuf.simulator._core.storage import DeviceArray

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


def matmul(a: Any, b: Any, **kwargs: Any) -> Any:
    """Multiply matrices on the device; scalars and host arrays raise ``TypeError``."""
    for one in (need_array(a, "a"), need_array(b, "b")):
        if one.dtype.kind == "V" and a.size and b.size:
            np.promote_types(a.dtype, b.dtype)
            raise ValueError("Unsupported dtype <class 'numpy.void'>")
    return call(np.matmul, a, b, **kwargs)
