"""``cupy._core.internal``: functions on shapes and slices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zarr_devbuf.simulator.cupy._core import internal

PART = st.none() | st.integers(-12, 12)


@given(PART, PART, PART.filter(lambda step: step != 0), st.integers(0, 9))
def test_a_complete_slice_selects_the_same(
    start: int | None, stop: int | None, step: int | None, length: int
) -> None:
    one = slice(start, stop, step)
    full = internal.complete_slice(one, length)
    assert list(range(full.start, full.stop, full.step)) == list(range(*one.indices(length)))


@pytest.mark.parametrize("name", ["start", "stop", "step"])
def test_parts_of_a_slice_are_numbers(name: str) -> None:
    parts: dict[str, object] = {"start": 1, "stop": 1, "step": 1} | {name: "1"}
    with pytest.raises(TypeError, match=f"slice.{name} must be int or None"):
        internal.complete_slice(slice(*parts.values()), 3)


def test_shapes() -> None:
    assert internal.infer_unknown_dimension((-1, 2, 3), 12) == [2, 2, 3]
    with pytest.raises(ValueError, match="one unknown dimension"):
        internal.infer_unknown_dimension((-1, -1), 4)
    for array in (np.zeros((3, 4)), np.zeros((4, 3)).T, np.zeros((3, 0)), np.zeros((3, 8))[:, ::2]):
        found = internal.get_c_contiguity(array.shape, array.strides, array.itemsize)
        assert found == array.flags.c_contiguous
    assert [internal.clp2(x) for x in (0, 1, 3, 4, 2**40 + 1)] == [0, 1, 4, 4, 2**41]
