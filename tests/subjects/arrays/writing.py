"""Broken subjects of `zarr_devbuf.checks.array.writing`."""

from __future__ import annotations

from typing import Any

import numpy as np
import zarr

from tests.subjects.arrays.conditions import drops, is_flag, is_one_of, parts, plain, stepped
from tests.subjects.arrays.wrapping import broken

drops(caught_by={"write_basic"}, when=lambda a, k, s, v: plain(a) and is_one_of(s, 6, (6,)))

drops(caught_by={"write_strided"}, when=lambda a, k, s, v: plain(a) and k == "basic" and stepped(s))

drops(caught_by={"write_elements"}, when=lambda a, k, s, v: plain(a) and is_one_of(s, (-1, -1)))

drops(
    caught_by={"drawn_vectors_written", "drawn_writes_to_shards", "write_orthogonal"},
    name="write_orthogonal",
    when=lambda a, k, s, v: (
        k == "orthogonal" and any(is_flag(part) and not np.all(part) for part in parts(s))
    ),
)

drops(
    caught_by={"drawn_points_in_shards", "drawn_points_written", "write_coordinates"},
    name="write_coordinates",
    when=lambda a, k, s, v: k == "coordinate" and np.shape(v) == (6,),
)

drops(
    caught_by={"drawn_points_in_shards", "drawn_points_written", "write_coordinate_grids"},
    name="write_coordinate_grids",
    when=lambda a, k, s, v: k == "coordinate" and np.ndim(v) == 2,
)

drops(caught_by={"write_mask"}, when=lambda a, k, s, v: k == "mask" and np.size(v) == 42)

drops(
    caught_by={"drawn_writes_to_shards", "write_blocks"},
    name="write_blocks",
    when=lambda a, k, s, v: k == "block" and is_one_of(s, -1, (-1,)),
)


def _write_where_nothing_is(self: Any, kind: str, selection: Any, value: Any) -> Any:
    if getattr(value, "size", 1) == 0 and self.size and kind != "coordinate":
        zarr.Array.set_basic_selection(self, (0, 0), 0)
    return value


broken(
    caught_by={
        "drawn_slices_written",
        "drawn_vectors_written",
        "drawn_writes_to_shards",
        "write_blocks",
        "write_nothing",
    },
    name="write_nothing",
    members={"give": _write_where_nothing_is},
    when=lambda call: getattr(call.value, "size", 1) == 0,
)
