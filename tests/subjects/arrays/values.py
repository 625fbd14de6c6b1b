"""Broken subjects of `zarr_devbuf.checks.array.values`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.subjects.arrays.conditions import drops, is_flag
from tests.subjects.arrays.wrapping import broken

drops(caught_by={"write_scalars"}, when=lambda a, k, s, v: isinstance(v, float) and v != v)


def _without_sign(self: Any, kind: str, selection: Any, value: Any) -> Any:
    return value + 0.0 if isinstance(value, float) else value


broken(
    caught_by={"write_negative_zero"},
    members={"give": _without_sign},
    when=lambda call: isinstance(call.value, float),
)

drops(
    caught_by={"write_scalars_at_points"},
    when=lambda a, k, s, v: k == "coordinate" and np.isscalar(v),
)

drops(
    caught_by={"write_values_of_no_dimensions"},
    when=lambda a, k, s, v: (
        a.ndim and k == "basic" and s is ... and isinstance(v, np.ndarray) and not v.ndim
    ),
)

drops(
    caught_by={"write_broadcast"},
    when=lambda a, k, s, v: a.shape == (7, 6) and np.shape(v) == (6,) and s is ...,
)

drops(
    caught_by={"write_other_dtypes"},
    when=lambda a, k, s, v: is_flag(v) and a.dtype != bool,
)

drops(
    caught_by={"write_layouts"},
    when=lambda a, k, s, v: getattr(v, "ndim", 0) == 2 and v.strides[0] == 4 and v.shape == (7, 6),
)

drops(
    caught_by={"write_layouts"},
    when=lambda a, k, s, v: getattr(v, "strides", ()) == (44, 4) and v.shape == (7, 6),
    name="columns_of_a_wider_array",
)
