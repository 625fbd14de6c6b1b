"""Broken subjects of `zarr_devbuf.checks.array.combinations`."""

from __future__ import annotations

import numpy as np

from tests.subjects.arrays.conditions import drops, reads_wrong

reads_wrong(
    caught_by={"combinations"},
    when=lambda a, k, s: a.shape == (4, 4) and a.dtype == np.dtype("M8[ns]"),
)
reads_wrong(
    caught_by={"combinations_in_shards"},
    when=lambda a, k, s: bool(a.shards) and a.dtype.names is not None,
)
drops(
    caught_by={"large_chunks"},
    when=lambda a, k, s, v: a.shape == (640, 1024) and np.size(v) > 10_000,
)
