"""``ufunc.at`` with every kind of index."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr_devbuf.simulator.cupy as xp

INDICES: list[Any] = [
    1,
    ...,
    slice(1, None),
    (slice(None), 2),
    [0, 0, 2],
    ([0, 0, 1], [1, 1, 2]),
    (slice(None), [1, 1, 3]),
    np.arange(12).reshape(3, 4) % 3 == 0,
    (np.array([True, False, True]), slice(1, 3)),
    (0, [0, 0]),
]


@pytest.mark.parametrize("key", INDICES, ids=str)
@pytest.mark.parametrize("name", ["add", "maximum", "minimum", "subtract"])
def test_an_operation_is_applied_at_every_kind_of_index(key: Any, name: str) -> None:
    dtype = "i4" if name == "subtract" else "f8"
    host = np.arange(12).reshape(3, 4).astype(dtype)
    array = xp.asarray(host)
    getattr(np, name).at(host, key, 5)
    getattr(xp, name).at(array, key, 5)
    np.testing.assert_array_equal(array.get(), host)


def test_values_are_broadcast() -> None:
    array = xp.zeros((2, 3), "i4")
    xp.add.at(array, ([0, 0], [1, 1]), xp.asarray([2, 3]))
    xp.add.at(array, array > 4, 10)
    assert array.get().tolist() == [[0, 15, 0], [0, 0, 0]]


def test_dtypes_without_atomic_operations_are_rejected() -> None:
    array = xp.zeros((2, 3), "i1")
    with pytest.raises(TypeError, match="does not support int8"):
        xp.add.at(array, [0], 1)
    xp.add.at(array, array == 0, 1)
    assert array.get().tolist() == [[1, 1, 1], [1, 1, 1]]
