"""The checks of a buffer prototype: a class of flat bytes and one of n-dimensional arrays."""

from __future__ import annotations

# Imported for the checks that they define, in this order: the checks of `Buffer` before those of
# `NDBuffer`, and first how either comes to be.
# isort: off
from zarr_devbuf.checks.prototype import buffer_creation as making_buffers
from zarr_devbuf.checks.prototype import buffer_to_host as reading_buffers
from zarr_devbuf.checks.prototype import buffer_slicing_and_combine as joining_buffers
from zarr_devbuf.checks.prototype import nd_creation as making_nd_buffers
from zarr_devbuf.checks.prototype import nd_host_conversion as moving_nd_buffers
from zarr_devbuf.checks.prototype import nd_reshape_and_astype as shaping_nd_buffers
from zarr_devbuf.checks.prototype import nd_indexing as indexing_nd_buffers
from zarr_devbuf.checks.prototype import nd_all_equal as comparing_nd_buffers
from zarr_devbuf.checks.prototype import transfers as keeping_memory
from zarr_devbuf.checks.prototype import aliasing as owning_memory
from zarr_devbuf.checks.prototype import pickling_and_threads as travelling
# isort: on

__all__ = [
    "comparing_nd_buffers",
    "indexing_nd_buffers",
    "joining_buffers",
    "keeping_memory",
    "making_buffers",
    "making_nd_buffers",
    "moving_nd_buffers",
    "owning_memory",
    "reading_buffers",
    "shaping_nd_buffers",
    "travelling",
]
