"""Flat positions and coordinates on the simulated device, which zarr's indexing uses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr_devbuf.simulator.cupy as xp
from zarr_devbuf import record_transfers


def coordinates(*rows: list[int]) -> tuple[Any, ...]:
    return tuple(xp.asarray(row) for row in rows)


@pytest.mark.parametrize("order", ["C", "F"])
def test_positions_and_coordinates_round_trip(order: str) -> None:
    shape = (3, 4, 2)
    flat = np.arange(24)
    found = xp.unravel_index(xp.asarray(flat), shape, order)
    expected = np.unravel_index(flat, shape, order)  # type: ignore[call-overload]
    assert [one.get().tolist() for one in found] == [one.tolist() for one in expected]
    back = xp.ravel_multi_index(found, shape, order=order)
    assert type(back) is xp.ndarray
    assert back.get().tolist() == flat.tolist()


def test_numpys_function_is_dispatched_without_a_transfer() -> None:
    given = coordinates([0, 1], [1, 2])
    with record_transfers() as log:
        flat: Any = np.ravel_multi_index(given, (2, 3))
    assert not log
    assert flat.get().tolist() == [1, 5]


@pytest.mark.parametrize(
    ("mode", "expected"), [("wrap", [2, 1]), ("clip", [0, 4]), (("clip", "wrap"), [2, 4])]
)
def test_positions_out_of_bounds(mode: Any, expected: list[int]) -> None:
    given = coordinates([0, 2], [-1, 1])
    assert xp.ravel_multi_index(given, (2, 3), mode=mode).get().tolist() == expected


def test_the_mode_raise_downloads() -> None:
    with record_transfers() as log:
        xp.ravel_multi_index(coordinates([0], [1]), (2, 3), mode="raise")
    assert log.device_to_host.count == 2
    with pytest.raises(ValueError, match="invalid entry in coordinates array"):
        xp.ravel_multi_index(coordinates([2], [1]), (2, 3), mode="raise")


@pytest.mark.parametrize(
    ("index", "dims", "kwargs", "error"),
    [
        (([1], [1]), (2,), {}, "must be a sequence of length 1"),
        (([1],), (2.0,), {}, "cannot be interpreted as an integer"),
        (([1],), (2,), {"mode": "x"}, "Unrecognized mode: x"),
        (([1],), (2,), {"order": "Q"}, "order not understood"),
        (([1.5],), (2,), {}, "could not be cast from"),
        (([1], [1]), (2**40, 2**40), {}, "larger than the maximum possible size"),
    ],
)
def test_invalid_arguments_are_rejected(index: Any, dims: Any, kwargs: Any, error: str) -> None:
    with pytest.raises((TypeError, ValueError), match=error):
        xp.ravel_multi_index(coordinates(*index), dims, **kwargs)


def test_host_arrays_are_rejected() -> None:
    with pytest.raises(TypeError, match="elements of multi_index must be cupy arrays"):
        xp.ravel_multi_index((np.array([1]), np.array([0])), (2, 3))


def test_a_position_far_out_of_bounds_is_fast() -> None:
    # NumPy's mode "wrap" would take a step for each multiple of the length.
    far = xp.asarray([2**62, -(2**62)])
    assert xp.take(xp.arange(3), far).get().tolist() == [2**62 % 3, -(2**62) % 3]
