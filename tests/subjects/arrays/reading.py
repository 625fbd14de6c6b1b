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
    caught_by={"read_orthogonal"},
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
    caught_by={"read_coordinates"}, when=lambda a, k, s: k == "coordinate" and np.size(s[0]) == 4
)

reads_wrong(
    caught_by={"read_mask"},
    when=lambda a, k, s: (
        plain(a) and k == "mask" and bool(np.all(s[0] if isinstance(s, tuple) else s))
    ),
)

reads_wrong(
    caught_by={"read_blocks"}, when=lambda a, k, s: k == "block" and is_one_of(s, -1, (-1,))
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


broken(caught_by={"read_nothing"}, members={"take": _empty_of_floats}, when=_of_nothing)
