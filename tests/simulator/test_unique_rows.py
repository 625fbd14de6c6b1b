"""``unique`` along an axis."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr_devbuf.simulator.cupy as xp
from zarr_devbuf import record_transfers

VALUES = np.random.default_rng(3).integers(-1, 2, (9, 2, 3))


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("dtype", ["i4", "u1", "f4", "c8"])
def test_slices_are_compared_as_with_numpy(axis: int, dtype: str) -> None:
    host = VALUES.astype(dtype)
    if dtype == "u1":
        host = abs(VALUES).astype(dtype)
    unique: Any = np.unique
    expected = unique(host, True, True, True, axis)
    found = xp.unique(xp.asarray(host), True, True, True, axis)
    for ours, numpys in zip(found, expected, strict=True):
        assert type(ours) is xp.ndarray
        np.testing.assert_array_equal(ours.get(), numpys.reshape(ours.shape))
    alone = xp.unique(xp.asarray(host), axis=axis)
    np.testing.assert_array_equal(alone.get(), expected[0])


def test_rows_with_nan_are_not_sorted() -> None:
    array = xp.asarray([[np.nan, 1], [2, 1], [np.nan, 1], [2, 1]])
    found, index = xp.unique(array, return_index=True, axis=0)
    assert found.shape == (4, 2)
    assert index.get().tolist() == [0, 1, 2, 3]


def test_empty_rows_are_one_row() -> None:
    assert xp.unique(xp.zeros((3, 0)), axis=0).shape == (1, 0)
    assert xp.unique(xp.zeros((0, 3)), axis=0).shape == (0, 3)


def test_comparisons_are_downloads() -> None:
    array = xp.asarray([[3, 1], [2, 1]])
    with record_transfers() as log:
        xp.unique(array, axis=0)
    assert log.device_to_host.count == 5
