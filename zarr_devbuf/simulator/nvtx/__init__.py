"""``nvtx``: ranges and marks as they work if no profiler is attached."""

from zarr_devbuf.simulator.nvtx import colors, nvtx
from zarr_devbuf.simulator.nvtx._domain import Domain
from zarr_devbuf.simulator.nvtx.nvtx import (
    annotate,
    enabled,
    end_range,
    get_domain,
    mark,
    pop_range,
    push_range,
    start_range,
)

__all__ = [
    "Domain",
    "annotate",
    "colors",
    "enabled",
    "end_range",
    "get_domain",
    "mark",
    "nvtx",
    "pop_range",
    "push_range",
    "start_range",
]
