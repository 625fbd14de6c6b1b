"""``r_``, ``c_`` and grids with bounds on the device."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr_devbuf.simulator.cupy as xp


def same(found: Any, expected: Any) -> None:
    assert type(found) is xp.ndarray
    np.testing.assert_array_equal(found.get(), expected)
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)


def test_arrays_and_scalars_are_joined() -> None:
    a, b = np.arange(3, dtype="i4"), np.array([7.5, 8])
    da, db = xp.asarray(a), xp.asarray(b)
    same(xp.r_[da, db], np.r_[a, b])
    same(xp.r_[da, 2, True], np.r_[a, np.array([2, 1], "i4")])
    same(xp.r_[da, 2.5], np.r_[a, 2.5])
    same(xp.c_[da, da], np.c_[a, a])
    same(xp.c_[da.reshape(3, 1), db[:1].reshape(1, 1).repeat(3, 0)], np.c_[a, [7.5] * 3])
    assert len(xp.r_) == len(xp.c_) == 0


@pytest.mark.parametrize("key", ["r", slice(3), (1, slice(3)), ("r", 1)])
def test_strings_and_slices_are_not_implemented_in_cupy_either(key: Any) -> None:
    with pytest.raises(NotImplementedError):
        xp.r_[key]


def test_a_directive_must_be_the_first_part() -> None:
    with pytest.raises(ValueError, match="special directives must be the first entry"):
        xp.r_[1, "r"]


@pytest.mark.parametrize("count", [10j, 1j])
def test_grids_between_bounds_on_the_device(count: complex) -> None:
    x, y = np.zeros((4, 1)), np.ones((4, 1)) * 3
    dx, dy = xp.asarray(x), xp.asarray(y)
    step = slice(x, y, count)
    same(xp.mgrid[dx:dy:count], np.mgrid[step])
    same(xp.ogrid[dx:dy:count], np.ogrid[step])


def test_grids_of_several_axes_between_bounds_on_the_device() -> None:
    x, y = xp.zeros(10), xp.ones(10)
    hx, hy = np.zeros(10), np.ones(10)
    same(xp.mgrid[x:y:10j, x:y:10j], np.mgrid[hx:hy:10j, hx:hy:10j])
    dense = [xp.zeros(10)[:, None], xp.ones(10)[:, None]]
    sparse = xp.ogrid[dense[0] : dense[1] : 10j, dense[0] : dense[1] : 10j]
    host = [one.get() for one in dense]
    expected = np.ogrid[host[0] : host[1] : 10j, host[0] : host[1] : 10j]
    for found, wanted in zip(sparse, expected, strict=True):
        same(found, wanted)
