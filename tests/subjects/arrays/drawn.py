"""Broken subjects of `zarr_devbuf.checks.array.drawn`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.subjects.arrays.conditions import drops, parts, reads_wrong


def _drawn(array: Any, *, shards: bool = False) -> bool:
    """Tell whether no other check makes such arrays."""
    return bool(array.shards) == shards and array.ndim > 2


def _many(selection: Any) -> bool:
    return max((np.size(each) for each in parts(selection)), default=0) > 1024


def _five(array: Any) -> bool:
    return bool(array.shards) and array.shape == (10, 10, 10)


reads_wrong(
    caught_by={
        "drawn_points_written",
        "drawn_slices_read",
        "drawn_slices_written",
        "drawn_vectors_read",
        "drawn_vectors_written",
    },
    name="drawn_slices_read",
    when=lambda a, k, s: a.ndim == 5 and k in ("basic", "orthogonal"),
)
reads_wrong(
    caught_by={"drawn_reads_of_shards", "drawn_vectors_read"},
    name="drawn_vectors_read",
    when=lambda a, k, s: k == "block" and a.ndim > 2,
)
reads_wrong(
    caught_by={"drawn_points_in_shards", "drawn_points_read"},
    name="drawn_points_read",
    when=lambda a, k, s: k == "coordinate" and _many(s),
)
drops(caught_by={"drawn_slices_written"}, when=lambda a, k, s, v: a.ndim == 5 and k == "basic")
drops(caught_by={"drawn_vectors_written"}, when=lambda a, k, s, v: k == "mask" and _drawn(a))
drops(
    caught_by={"drawn_points_written"},
    when=lambda a, k, s, v: k == "coordinate" and not a.shards and _many(s),
)
reads_wrong(
    caught_by={"drawn_points_in_shards", "drawn_reads_of_shards"},
    name="drawn_reads_of_shards",
    when=lambda a, k, s: _five(a) and s is not ...,
)
drops(
    caught_by={"drawn_points_in_shards", "drawn_reads_of_shards", "drawn_writes_to_shards"},
    name="drawn_writes_to_shards",
    when=lambda a, k, s, v: _five(a) and k != "coordinate",
)
drops(
    caught_by={"drawn_points_in_shards"},
    when=lambda a, k, s, v: k == "coordinate" and bool(a.shards) and _many(s),
)
drops(
    caught_by={"drawn_points_in_shards"},
    when=lambda a, k, s, v: k == "coordinate" and bool(a.shards) and np.ndim(v) == 2,
    name="points_in_two_dimensions_in_shards",
)
