"""``cupy.random``: dtypes, shapes and errors are CuPy's, as recorded with CuPy 14.2."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr_devbuf.simulator.cupy as xp
from zarr_devbuf import record_transfers

_RANDOM: Any = xp.random

_RESULTS = [
    ("rand(2, 3)", "float64", (2, 3)),
    ("rand(2, dtype='f4')", "float32", (2,)),
    ("normal(xp.asarray([1.0, 2.0]), 1.0, (3, 2), 'f4')", "float32", (3, 2)),
    ("uniform([1, 2], 3)", "float64", (2,)),
    ("dirichlet([1, 2, 3], 2)", "float64", (2, 3)),
    ("standard_gamma([1.0, 2.0], size=(3, 2))", "float64", (3, 2)),
    ("randint(5, size=2)", "int64", (2,)),
    ("randint([1, 2, 3], [5, 6, 7], dtype='i1')", "int8", (3,)),
    ("choice(4, (2, 2))", "int64", (2, 2)),
    ("choice([1.5, 2.5], 3, p=[0.5, 0.5])", "float64", (3,)),
    ("choice(9, 4, replace=False)", "int64", (4,)),
    ("permutation(xp.arange(3, dtype='f4'))", "float32", (3,)),
    ("poisson(3.0, dtype='f8')", "float64", ()),
    ("zipf(2.0, dtype='i1')", "int8", ()),
    ("multinomial(5, [0.2, 0.8], (2,))", "int64", (2, 2)),
    ("default_rng(1).random(2)", "float64", (2,)),
    ("default_rng(1).integers(5, size=(2,), dtype='u1')", "uint8", (2,)),
    ("default_rng(1).standard_normal(2, 'f4')", "float32", (2,)),
    ("XORWOW(1).random_raw(2)", "int32", (2,)),
    ("RandomState(1).tomaxint(2)", "int64", (2,)),
]

_ERRORS = [
    ("normal([1.0], 1.0)", TypeError, "real number"),
    ("rand(dtype='f2')", TypeError, "only supports float32 and float64"),
    ("exponential(-1.0)", ValueError, "scale < 0"),
    ("triangular(1, 0, 2)", ValueError, "left > mode"),
    ("hypergeometric(1, 2, 0)", ValueError, "nsample < 1"),
    ("gamma([1, 2], size=3)", ValueError, "could not be broadcast"),
    ("randint(0, 300, dtype='u1')", ValueError, "high is out of bounds for uint8"),
    ("choice([1, 2, 3])", NotImplementedError, "without specifying size"),
    ("choice(2, 3, replace=False)", ValueError, "larger sample than population"),
    ("shuffle([1, 2])", TypeError, "must be cupy.ndarray"),
    ("seed(1.5)", TypeError, "Seed must be an integer"),
    ("RandomState(-1)", ValueError, "between 0 and"),
    ("set_random_state(3)", TypeError, "instance of RandomState"),
    ("default_rng(1).poisson([1.0])", TypeError, "lam is required to be a cupy.ndarray"),
    ("default_rng(1).standard_exponential(method='zig')", NotImplementedError, "Ziggurat"),
    ("poisson(-3.0)", NotImplementedError, "parameters out of range"),
]


@pytest.mark.parametrize(("call", "dtype", "shape"), _RESULTS)
def test_results_have_the_dtypes_and_shapes_of_cupy(
    call: str, dtype: str, shape: tuple[int, ...]
) -> None:
    found = eval(f"random.{call}", {"random": _RANDOM, "xp": xp})
    assert type(found) is xp.ndarray
    assert (found.dtype, found.shape) == (np.dtype(dtype), shape)


@pytest.mark.parametrize(("call", "error", "message"), _ERRORS)
def test_errors_are_those_of_cupy(call: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        eval(f"random.{call}", {"random": _RANDOM, "xp": xp})


@pytest.mark.parametrize("name", ["RandomState", "default_rng"])
def test_a_seed_gives_the_same_numbers_again(name: str) -> None:
    first, second, other = (getattr(_RANDOM, name)(seed) for seed in (7, 7, 8))
    numbers = first.standard_normal(20).get()
    assert (numbers == second.standard_normal(20).get()).all()
    assert (numbers != other.standard_normal(20).get()).any()


def test_numbers_are_drawn_on_the_device() -> None:
    with record_transfers() as log:
        _RANDOM.random_sample((100, 100))
        _RANDOM.default_rng(1).standard_normal(1000)
    assert not log


def test_each_device_has_a_state_that_can_be_replaced() -> None:
    before = _RANDOM.get_random_state()
    try:
        mine = _RANDOM.RandomState(5)
        _RANDOM.set_random_state(mine)
        assert _RANDOM.get_random_state() is mine
        _RANDOM.reset_states()
        assert _RANDOM.get_random_state() is not mine
    finally:
        _RANDOM.set_random_state(before)
