"""The decorators and helpers of ``cupy.testing``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr_devbuf.simulator.cupy as xp
from zarr_devbuf.simulator.cupy import testing
from zarr_devbuf.simulator.cupy.testing import _hypothesis


def test_results_are_compared_with_numpys() -> None:
    @testing.numpy_cupy_array_equal()  # type: ignore[untyped-decorator]
    def same(xp: Any) -> Any:
        return xp.arange(3)

    @testing.numpy_cupy_array_equal()  # type: ignore[untyped-decorator]
    def different(xp: Any) -> Any:
        return xp.arange(3) + (xp is np)

    same()
    with pytest.raises(AssertionError, match="not equal"):
        different()


def test_dtypes_are_compared() -> None:
    def example(xp: Any) -> Any:
        return xp.arange(3, dtype="f4" if xp is np else "f8")

    with pytest.raises(AssertionError, match="different dtypes"):
        testing.numpy_cupy_allclose()(example)()
    testing.numpy_cupy_allclose(type_check=False)(example)()


def test_contiguity_is_compared() -> None:
    def example(xp: Any) -> Any:
        return xp.ones((2, 3), order="C" if xp is np else "F")

    with pytest.raises(AssertionError, match="c_contiguous"):
        testing.numpy_cupy_allclose()(example)()
    testing.numpy_cupy_allclose(contiguous_check=False)(example)()


def test_errors_must_be_accepted_and_of_the_same_kind() -> None:
    def both(xp: Any) -> Any:
        return xp.arange(3).reshape(2)

    def one(xp: Any) -> Any:
        return 1 / 0 if xp is np else xp.arange(3)

    testing.numpy_cupy_allclose(accept_error=ValueError)(both)()
    with pytest.raises(AssertionError, match="Both cupy and numpy raise"):
        testing.numpy_cupy_allclose(accept_error=TypeError)(both)()
    with pytest.raises(AssertionError, match="Only numpy raises"):
        testing.numpy_cupy_allclose(accept_error=True)(one)()


def test_loops_pass_every_dtype() -> None:
    seen = []

    @testing.for_all_dtypes(no_complex=True)  # type: ignore[untyped-decorator]
    def collect(dtype: Any) -> None:
        seen.append(dtype)

    collect()
    assert len(seen) == 14
    assert np.bool_ in seen
    assert np.complex64 not in seen


def test_combinations_cover_each_dtype() -> None:
    seen = set()

    @testing.for_dtypes_combination(["i4", "f4"], names=("a", "b"), full=True)  # type: ignore[untyped-decorator]
    def collect(a: Any, b: Any) -> None:
        seen.add((a, b))

    collect()
    assert len(seen) == 4


def test_products() -> None:
    assert testing.product({"a": [1, 2], "b": [3]}) == [{"a": 1, "b": 3}, {"a": 2, "b": 3}]
    assert testing.product_dict([{"a": 1}], [{"b": 2}]) == [{"a": 1, "b": 2}]


@testing.parameterize({"value": 1}, {"value": 2})
class TestParameterized:
    def test_attributes(self) -> None:
        assert self.value in (1, 2)  # type: ignore[attr-defined]


def test_arrays_of_a_shape() -> None:
    assert testing.shaped_arange((2, 2)).get().tolist() == [[1, 2], [3, 4]]
    assert testing.shaped_reverse_arange((3,), np, "c8").tolist() == [3 + 3j, 2 + 2j, 1 + 1j]
    assert isinstance(testing.shaped_random((2,), xp, "?"), xp.ndarray)


def test_requirements() -> None:
    assert testing.installed("numpy>=2")
    assert not testing.installed("numpy<2")
    assert not testing.installed("no-such-package")


def test_strides_can_be_compared() -> None:
    array = xp.ones((2, 2))
    testing.assert_array_equal(array, array.T)
    with pytest.raises(AssertionError, match="Strides are not equal"):
        testing.assert_array_equal(array, array.T, strides_check=True)


@pytest.mark.parametrize(("df", "critical"), [(1, 3.841), (10, 18.307), (100, 124.342)])
def test_chi_square_quantiles(df: int, critical: float) -> None:
    assert _hypothesis._critical(0.05, df) == critical
