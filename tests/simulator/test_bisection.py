"""The binary search of ``searchsorted``, ``digitize``, ``isin`` and ``intersect1d``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr_devbuf.simulator.cupy as xp

RANDOM = np.random.default_rng(4)


@pytest.mark.parametrize("right", [False, True])
@pytest.mark.parametrize("dtypes", ["bb", "if", "di", "Hd", "ee", "BB"])
def test_sorted_arrays_give_what_numpy_finds(right: bool, dtypes: str) -> None:
    for _ in range(20):
        bins, values = (RANDOM.integers(0, 9, 7).astype(dtype) for dtype in dtypes)
        bins.sort()
        given: Any = (xp.asarray(bins), xp.asarray(values))
        side = "right" if right else "left"
        found = xp.searchsorted(*given, side)
        assert found.get().tolist() == np.searchsorted(bins, values, side).tolist()  # type: ignore[call-overload]
        for one in (bins, bins[::-1].copy()):
            found = xp.digitize(given[1], xp.asarray(one), right)
            assert found.get().tolist() == np.digitize(values, one, right).tolist()
        assert xp.isin(*given).get().tolist() == np.isin(bins, values).tolist()


@pytest.mark.parametrize(
    ("bins", "values", "left", "right"),
    [
        # Not sorted: seen with CuPy.
        ([3, 9, 8, -2, 4], [-2, 4], [0, 1], [0, 5]),
        ([1.0, 2.0, np.nan], [np.nan, 3.0], [2, 2], [3, 2]),
        ([], [1, 2], [0, 0], [0, 0]),
    ],
)
def test_places_in_other_arrays(bins: Any, values: Any, left: Any, right: Any) -> None:
    given = xp.asarray(bins), xp.asarray(values)
    assert xp.searchsorted(*given).get().tolist() == left
    assert xp.searchsorted(*given, "right").get().tolist() == right


def test_unsigned_values_are_compared_as_in_c() -> None:
    bins = xp.asarray([-3, 3, 8], "i2")
    assert xp.digitize(xp.asarray([4294967294, 4], "u4"), bins).get().tolist() == [3, 2]


def test_unique_values_need_not_be_sorted_for_numpy_but_for_cupy() -> None:
    first, second = xp.asarray([-2, 4]), xp.asarray([3, 9, 8, -2, 4])
    assert xp.intersect1d(first, second).get().tolist() == [-2, 4]
    assert xp.intersect1d(first, second, assume_unique=True).get().tolist() == []
    common, ours, theirs = xp.intersect1d(first, second, return_indices=True)
    assert (common.get().tolist(), ours.get().tolist()) == ([-2, 4], [0, 1])
    assert theirs.get().tolist() == [3, 4]
