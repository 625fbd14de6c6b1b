"""``cupy.cuda.device``: the device class, and the number of this thread's device."""

from __future__ import annotations

from zarr_devbuf.simulator._core.current_device import current_id
from zarr_devbuf.simulator._core.device import Device

__all__ = ["Device", "get_compute_capability", "get_device_id"]


def get_device_id() -> int:
    """Return the number of this thread's device."""
    return current_id()


def get_compute_capability() -> str:
    """Return the compute capability that this thread's device reports."""
    return Device().compute_capability
