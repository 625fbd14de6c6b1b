"""``cupyx.scipy``: of SciPy's functions, Fourier transforms and sparse matrices."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import Any

from zarr_devbuf.simulator._core.storage import DeviceArray
from zarr_devbuf.simulator.cupyx.scipy.sparse import issparse

__all__ = ["get_array_module"]

_scipy_available = importlib.util.find_spec("scipy") is not None


def get_array_module(*args: Any) -> Any:
    """Return ``cupyx.scipy`` if an argument is on the device, otherwise ``scipy``."""
    if any(isinstance(arg, DeviceArray) or issparse(arg) for arg in args):
        return sys.modules.get("cupyx.scipy", sys.modules[__name__])
    return importlib.import_module("scipy")
