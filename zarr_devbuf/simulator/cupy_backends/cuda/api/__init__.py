"""Wrappers of the driver."""

from zarr_devbuf.simulator.cupy_backends.cuda.api import driver

__all__ = ["driver"]
