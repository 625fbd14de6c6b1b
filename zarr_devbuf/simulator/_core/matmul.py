"""Matrix products."""

from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.numpy_fallback import call
from zarr_devbuf.simulator._core.storage import DeviceArray

__all__ = ["matmul", "need_array"]


def need_array(value: Any, name: str = "a") -> Any:
    """Return a device array; for other types, raise the error of CuPy's compiled functions."""
    if isinstance(value, DeviceArray):
        return value
    kind = type(value)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    raise TypeError(
        f"Argument '{name}' has incorrect type (expected cupy._core.core._ndarray_base, got "
        f"{module}{kind.__name__})"
    )


def matmul(a: Any, b: Any, **kwargs: Any) -> Any:
    """Multiply matrices on the device; scalars and host arrays raise ``TypeError``."""
    return call(np.matmul, need_array(a, "a"), need_array(b, "b"), **kwargs)
