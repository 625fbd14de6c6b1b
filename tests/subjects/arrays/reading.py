"""Broken subjects of `zarr_devbuf.checks.array.reading`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.subjects.arrays.conditions import element, is_one_of, parts, plain, reads_wrong, stepped
from tests.subjects.arrays.wrapping import Call, broken

reads_wrong(
    caught_by={"read_basic"}, when=lambda a, k, s: plain(a) and is_one_of(s, (-1, slice(1, None)))
)

reads_wrong(
    caught_by={"read_strided"}, when=lambda a, k, s: plain(a) and stepped(s) and k == "basic"
)

reads_wrong(
    caught_by={"read_elements"}, when=lambda a, k, s: plain(a) and k != "block" and element(s)
)

reads_wrong(
    caught_by={"read_orthogonal", "zarr_arrays_select"},
    when=lambda a, k, s: (
        plain(a)
        and k == "orthogonal"
        and isinstance(s, tuple)
        and any(
            len(set(map(int, p))) < len(p)
            for p in s
            if isinstance(p, np.ndarray) and p.dtype != bool
        )
    ),
)

reads_wrong(
    caught_by={"drawn_points_in_shards", "drawn_points_read", "read_coordinates"},
    name="read_coordinates",
    when=lambda a, k, s: k == "coordinate" and np.size(s[0]) == 4,
)

reads_wrong(
    caught_by={"read_mask"},
    when=lambda a, k, s: (
        plain(a) and k == "mask" and bool(np.all(s[0] if isinstance(s, tuple) else s))
    ),
)

reads_wrong(
    caught_by={"drawn_vectors_read", "read_blocks"},
    name="read_blocks",
    when=lambda a, k, s: k == "block" and is_one_of(s, -1, (-1,)),
)


def _within_one_chunk(array: Any, points: Any) -> bool:
    vectors = [np.asarray(each) for each in points]
    if vectors[0].ndim != 1 or len(vectors[0]) < 2:
        return False
    chunks = {
        tuple(p // c for p, c in zip(point, array.chunks, strict=True))
        for point in zip(*vectors, strict=True)
    }
    flat = np.ravel_multi_index(tuple(vectors), array.shape, mode="clip")
    return len(chunks) == 1 and bool(np.all(np.diff(flat) > 0))


reads_wrong(
    caught_by={"read_coordinates"},
    when=lambda a, k, s: plain(a) and k == "coordinate" and _within_one_chunk(a, s),
    name="sorted_points_within_one_chunk",
)


def _one_for_none(self: Any, kind: str, selection: Any, result: Any) -> Any:
    """Read one block for none."""
    return self[: self.chunks[0]] if _no_blocks(kind, selection) else result


def _no_blocks(kind: str, selection: Any) -> bool:
    return kind == "block" and is_one_of(selection, slice(0, 0), (slice(0, 0),))


broken(
    caught_by={"drawn_reads_of_shards", "read_blocks"},
    members={"take": _one_for_none},
    when=lambda call: _no_blocks(call.kind, call.selection),
    name="no_blocks",
)


def _empty_of_floats(self: Any, kind: str, selection: Any, result: Any) -> Any:
    if result.size or not self.size or kind == "coordinate":
        return result
    return result.astype("f8")


def _of_nothing(call: Call) -> bool:
    return any(map(_selects_nothing, parts(call.selection)))


def _selects_nothing(part: Any) -> bool:
    if isinstance(part, np.ndarray):
        return not (part.any() if part.dtype == bool else part.size)
    return isinstance(part, slice) and part.start is not None and part.start >= (part.stop or 7)


broken(
    caught_by={"drawn_reads_of_shards", "drawn_slices_read", "drawn_vectors_read", "read_nothing"},
    name="read_nothing",
    members={"take": _empty_of_floats},
    when=_of_nothing,
)
