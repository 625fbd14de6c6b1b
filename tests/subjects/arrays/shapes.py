"""Broken subjects of `zarr_devbuf.checks.array.shapes`."""

from __future__ import annotations

from typing import Any

import numpy as np
from zarr.core.sync import sync

from tests.subjects.arrays.conditions import append_backwards, appends, reads_wrong, uneven
from tests.subjects.arrays.wrapping import broken

reads_wrong(
    caught_by={
        "dimensions",
        "drawn_points_read",
        "drawn_points_written",
        "drawn_slices_read",
        "drawn_slices_written",
        "drawn_vectors_read",
        "drawn_vectors_written",
    },
    when=lambda a, k, s: a.ndim == 4,
)

reads_wrong(
    caught_by={"drawn_reads_of_shards", "drawn_writes_to_shards", "no_dimensions"},
    name="no_dimensions",
    when=lambda a, k, s: a.ndim == 0,
)


def _lengthened(self: Any, kind: str, selection: Any, result: Any) -> Any:
    return np.zeros((3, 1), self.dtype) if self.shape == (3, 0) else result


broken(
    caught_by={"no_elements"},
    members={"take": _lengthened},
    when=lambda call: call.array.shape == (3, 0),
)

reads_wrong(caught_by={"uneven_chunks"}, when=lambda a, k, s: uneven(a))


def _resize_keeping_chunks(self: Any, shape: Any) -> None:
    sync(self._async_array.resize(shape, delete_outside_chunks=bool(self.shards)))


broken(
    caught_by={"resize"},
    members={"resize": _resize_keeping_chunks},
    when=lambda call: not call.array.shards,
)

broken(caught_by={"append"}, members={"append": append_backwards(False)}, when=appends(False))
