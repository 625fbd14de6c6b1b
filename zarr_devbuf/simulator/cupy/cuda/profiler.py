"""``cupy.cuda.profiler``: there is no profiler here."""

from __future__ import annotations

from zarr_devbuf.simulator.cupy.cuda import runtime

__all__ = ["start", "stop"]

start = runtime.profilerStart
stop = runtime.profilerStop
