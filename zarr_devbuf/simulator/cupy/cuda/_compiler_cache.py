"""The cache of compiled kernels, which there are not."""

from __future__ import annotations

from zarr_devbuf.simulator._functions.not_implemented import not_implemented_class

__all__ = ["DiskKernelCacheBackend", "KernelCacheBackend"]

DiskKernelCacheBackend = not_implemented_class("cupy.cuda._compiler_cache.DiskKernelCacheBackend")
KernelCacheBackend = not_implemented_class("cupy.cuda._compiler_cache.KernelCacheBackend")
