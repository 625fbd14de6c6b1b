"""The simulated GPU: arrays that behave as ``cupy.ndarray`` does, on any machine.

`simulate_gpu` makes ``import cupy`` give the simulator; `zarr_devbuf.simulator.cupy` is the module
that it gives. The other names control the simulated devices and their memory.

The names are loaded on first use: the simulator takes longer to import than the rest of
zarr_devbuf, and most processes do not need it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from zarr_devbuf.simulator._replace.simulate import simulate_gpu

if TYPE_CHECKING:
    from zarr_devbuf.simulator._core.array import ndarray
    from zarr_devbuf.simulator._core.current_device import device_count, set_device_count
    from zarr_devbuf.simulator._core.device import Device
    from zarr_devbuf.simulator._core.errors import (
        CUDARuntimeError,
        OutOfBoundsError,
        OutOfMemoryError,
    )
    from zarr_devbuf.simulator._core.pool import limit_memory, memory_in_use
    from zarr_devbuf.simulator._ordering.checking import check_streams
    from zarr_devbuf.simulator._ordering.hazards import StreamHazardError, StreamHazardWarning

__all__ = [
    "CUDARuntimeError",
    "Device",
    "OutOfBoundsError",
    "OutOfMemoryError",
    "StreamHazardError",
    "StreamHazardWarning",
    "check_streams",
    "device_count",
    "limit_memory",
    "memory_in_use",
    "ndarray",
    "set_device_count",
    "simulate_gpu",
]

_MODULES = {
    "CUDARuntimeError": "_core.errors",
    "Device": "_core.device",
    "OutOfBoundsError": "_core.errors",
    "OutOfMemoryError": "_core.errors",
    "StreamHazardError": "_ordering.hazards",
    "StreamHazardWarning": "_ordering.hazards",
    "check_streams": "_ordering.checking",
    "device_count": "_core.current_device",
    "limit_memory": "_core.pool",
    "memory_in_use": "_core.pool",
    "ndarray": "_core.array",
    "set_device_count": "_core.current_device",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Arrays dispatch NumPy's functions to this module, so it must be loaded before any array is.
    import_module("zarr_devbuf.simulator.cupy")
    value = getattr(import_module(f"zarr_devbuf.simulator.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
