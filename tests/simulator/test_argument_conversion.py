"""How arguments are converted and checked, in the order of CuPy's functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr_devbuf.simulator.cupy as xp
from tests.shared.argument_conversion import RAISES, VALUES, evaluate
from zarr_devbuf import record_transfers

a = xp.arange(6).reshape(2, 3)


@pytest.mark.parametrize(("expression", "error", "message"), RAISES)
def test_arguments_are_checked_as_in_cupy(
    expression: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as caught:
        evaluate(expression, xp)
    assert message in str(caught.value)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("expression", "expected"), VALUES)
def test_results_are_those_of_cupy(expression: str, expected: Any) -> None:
    found = evaluate(expression, xp)
    assert getattr(found, "tolist", lambda: found)() == expected


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("xp.put(xp.zeros(2, 'V4'), [0], xp.zeros(1, 'i4,i4'))", "cupy.put of"),
        ("xp.array_split(xp.arange(2), [-5])", "cupy.array_split at a position before the array"),
    ],
)
def test_what_is_undefined_in_cupy_is_not_implemented(expression: str, name: str) -> None:
    with pytest.raises(NotImplementedError, match=name):
        evaluate(expression, xp)


def test_an_empty_put_changes_nothing() -> None:
    target = xp.arange(3)
    target.put([], [1, 2])
    assert target.tolist() == [0, 1, 2]


def test_the_variance_of_an_integer_output_is_computed_in_integers() -> None:
    out = xp.zeros((), "i4")
    xp.asarray([1.0, 2.0]).var(out=out)
    assert out.item() == 0
    out = xp.zeros(2, "i4")
    xp.asarray([[1.0, 4.0]]).var(axis=0, out=out)
    assert out.tolist() == [0, 0]


def test_a_joined_dtype_keeps_its_padding() -> None:
    padded = xp.make_aligned_dtype("c8,?")
    assert xp.array([xp.zeros(1, padded), xp.zeros(1, padded)]).dtype.itemsize == padded.itemsize


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_a_turn_that_is_on_the_device_is_compared_on_the_host(number: int) -> None:
    turns = xp.asarray(number)
    with record_transfers() as log:
        found = xp.rot90(a, k=turns)
    assert log.device_to_host.count == {0: 1, 2: 2}.get(number, 3)
    assert found.tolist() == np.rot90(a.get(), number).tolist()
