"""The laws of a buffer prototype: a class of flat bytes and one of n-dimensional arrays."""

from __future__ import annotations

# Imported for the laws that they define, in this order: the laws of `Buffer` before those of
# `NDBuffer`, and first how either comes to be.
# isort: off
from zarr_devbuf.checks.prototype import making_buffers
from zarr_devbuf.checks.prototype import reading_buffers
from zarr_devbuf.checks.prototype import joining_buffers
from zarr_devbuf.checks.prototype import making_nd_buffers
from zarr_devbuf.checks.prototype import moving_nd_buffers
from zarr_devbuf.checks.prototype import shaping_nd_buffers
from zarr_devbuf.checks.prototype import indexing_nd_buffers
from zarr_devbuf.checks.prototype import comparing_nd_buffers
from zarr_devbuf.checks.prototype import keeping_memory
from zarr_devbuf.checks.prototype import owning_memory
from zarr_devbuf.checks.prototype import travelling
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
