"""Matrix products."""

from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.numpy_fallback import call
from zarr_devbuf.simulator._core.storage import DeviceArray

__all__ = ["matmul", "need_array", "type_name"]


def need_array(value: Any, name: str = "a") -> Any:
    """Return a device array; for other types, raise the error of CuPy's compiled functions."""
    if isinstance(value, DeviceArray):
        return value
    raise TypeError(
        f"Argument '{name}' has incorrect type (expected cupy._core.core._ndarray_base, got "
        f"{type_name(value)})"
    )


def type_name(value: Any) -> str:
    """Return the name of a type as CuPy's compiled functions write it."""
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def matmul(a: Any, b: Any, **kwargs: Any) -> Any:
    """Multiply matrices on the device; scalars and host arrays raise ``TypeError``."""
    return call(np.matmul, need_array(a, "a"), need_array(b, "b"), **kwargs)
