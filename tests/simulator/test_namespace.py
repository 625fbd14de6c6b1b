"""The simulator's ``cupy`` module: its names, and functions that are not implemented."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import numpy as np
import pytest

import zarr_devbuf.simulator.cupy as xp
import zarr_devbuf.simulator.cupyx as xpx
from zarr_devbuf.simulator import _functions as functions
from zarr_devbuf.simulator._core.ufunc_table import UFUNCS
from zarr_devbuf.simulator._functions import not_implemented

_MODULES = (
    "",
    ".cuda",
    ".cuda.device",
    ".cuda.memory",
    ".cuda.pinned_memory",
    ".cuda.runtime",
    ".cuda.stream",
    ".exceptions",
    ".fft",
    ".linalg",
    ".random",
    ".testing",
)


@pytest.mark.parametrize("module", _MODULES)
def test_all_names_exist(module: str) -> None:
    found = importlib.import_module(f"zarr_devbuf.simulator.cupy{module}")
    assert found.__all__
    assert len(set(found.__all__)) == len(found.__all__)
    for name in found.__all__:
        assert hasattr(found, name), name


def test_all_lists_the_public_names() -> None:
    public = {name for name in vars(xp) if not name.startswith("_")}
    parts = {module.name for module in pkgutil.iter_modules(functions.__path__)}
    assert public - parts - {"annotations", "TYPE_CHECKING", "Any"} == set(xp.__all__)


@pytest.mark.parametrize("name", not_implemented.FUNCTIONS)
def test_functions_that_are_not_implemented_raise_with_their_name(name: str) -> None:
    with pytest.raises(NotImplementedError, match=rf"cupy\.{name} is not implemented"):
        getattr(xp, name)(xp.ones(3))


def test_names_that_cupy_does_not_have_are_absent() -> None:
    assert not hasattr(xp, "insert")
    assert not hasattr(xp.cuda, "nonsense")


@pytest.mark.parametrize("name", sorted(UFUNCS))
def test_every_universal_function_has_its_signatures(name: str) -> None:
    function = getattr(xp, name)
    assert isinstance(function, xp.ufunc)
    assert all("->" in signature for signature in function.types)
    assert repr(function).startswith("<ufunc 'cupy_")


def test_get_array_module() -> None:
    assert xp.get_array_module(xp.ones(2)) is xp
    assert xp.get_array_module(np.ones(2), 3) is np


def test_assertions_of_the_testing_module() -> None:
    xp.testing.assert_array_equal(xp.arange(3), np.arange(3))
    xp.testing.assert_allclose(xp.ones(3), np.ones(3) + 1e-9)
    with pytest.raises(AssertionError):
        xp.testing.assert_array_equal(xp.arange(3), np.arange(3) + 1)
    with pytest.raises(AssertionError):
        xp.testing.assert_array_list_equal([xp.arange(3)], [])


def test_random_numbers_are_on_the_device_and_repeat() -> None:
    xp.random.seed(3)
    first = xp.random.uniform(size=(2, 3))
    xp.random.seed(3)
    assert type(first) is xp.ndarray
    assert xp.array_equal(first, xp.random.uniform(size=(2, 3)))


def test_cupyx_has_its_common_names() -> None:
    pinned: Any = xpx.zeros_pinned((2,))
    assert isinstance(pinned.base, xp.cuda.PinnedMemoryPointer)
    assert type(pinned) is np.ndarray
    array = xp.zeros(3, "f4")
    xpx.scatter_add(array, xp.asarray([0, 0, 1]), 1)
    assert array.get().tolist() == [2, 1, 0]


def test_convolution_and_correlation() -> None:
    a, v = xp.arange(1, 5), xp.arange(3)
    assert xp.convolve(a, v, "same").get().tolist() == [1, 4, 7, 10]
    assert xp.correlate(a, v).get().tolist() == [8, 11]
    assert xp.convolve(a.astype("f2"), v.astype("i1")).dtype == np.float16
    with pytest.raises(TypeError, match="Unsupported type"):
        xp.convolve(a, np.arange(3))
    with pytest.raises(ValueError, match="v cannot be empty"):
        xp.convolve(a, v[:0])


def test_byte_bounds_are_addresses_on_the_device() -> None:
    array = xp.zeros((3, 4))
    start = array.data.ptr
    assert xp.byte_bounds(array[::-1, 1:]) == (start + 8, start + 96)
    assert xp.byte_bounds(array[:0]) == (start, start)
    with pytest.raises(TypeError, match="incorrect type"):
        xp.byte_bounds(np.zeros(3))


def test_fill_diagonal_with_an_array() -> None:
    array = xp.zeros((3, 3, 3))
    xp.fill_diagonal(array, xp.asarray([1, 2]))
    assert [int(array[i, i, i]) for i in range(3)] == [1, 2, 1]
    assert int(array.sum()) == 4
