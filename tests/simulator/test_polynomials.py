"""Polynomials: results, types and errors as in CuPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr_devbuf.simulator.cupy as xp
from zarr_devbuf.transfers import record_transfers


@pytest.fixture
def polynomial() -> Any:
    return xp.poly1d(xp.asarray([0, 1, 2, 3]), variable="y")


def test_attributes(polynomial: Any) -> None:
    assert polynomial.coeffs.tolist() == polynomial.c.tolist() == [1, 2, 3]
    assert (polynomial.order, polynomial.o, len(polynomial), polynomial.variable) == (2, 2, 2, "y")
    assert str(polynomial) == str(np.poly1d([1, 2, 3], variable="y"))
    assert repr(polynomial) == "poly1d([1, 2, 3])"
    with pytest.raises(AttributeError, match="Cannot set attribute"):
        polynomial.coeffs = xp.ones(2)
    with pytest.raises(TypeError, match=r"Please use `\.get\(\)`"):
        np.asarray(polynomial)
    with pytest.raises(TypeError, match="unhashable"):
        hash(polynomial)


def test_host_and_device(polynomial: Any) -> None:
    # The first look for leading zeros downloads where they end.
    assert polynomial.order == 2
    with record_transfers() as log:
        host = polynomial.get()
    assert (type(host), log.device_to_host.count) == (np.poly1d, 1)
    polynomial.set(np.poly1d([4, 5, 6], variable="z"))
    assert (polynomial.c.tolist(), polynomial.variable) == ([4, 5, 6], "z")
    with pytest.raises(TypeError, match=r"Only numpy\.poly1d"):
        polynomial.set([1])
    assert xp.poly1d(host).c.tolist() == [1, 2, 3]


def test_operators(polynomial: Any) -> None:
    host = np.poly1d([1, 2, 3])
    other = xp.poly1d(xp.asarray([2, 1]))
    for found, expected in (
        (polynomial + other, host + np.poly1d([2, 1])),
        (polynomial - other, host - np.poly1d([2, 1])),
        (other - polynomial, np.poly1d([2, 1]) - host),
        (polynomial * other, host * np.poly1d([2, 1])),
        (polynomial * 2, host * 2),
        (2 * polynomial, 2 * host),
        (1 + polynomial, 1 + host),
        (1 - polynomial, 1 - host),
        (polynomial**3, host**3),
        (polynomial / 2, host / 2),
        (-polynomial, -host),
    ):
        assert type(found) is xp.poly1d
        assert found.c.tolist() == list(expected.c)
    assert polynomial == xp.poly1d(xp.asarray([1, 2, 3]))
    assert polynomial != other
    with pytest.raises(ValueError, match="Power to non-negative integers only"):
        polynomial**-1
    for use in (lambda: polynomial / other, polynomial.deriv, polynomial.integ):
        with pytest.raises(NotImplementedError):
            use()


def test_coefficients(polynomial: Any) -> None:
    assert [int(polynomial[power]) for power in range(4)] == [3, 2, 1, 0]
    polynomial[4] = 7
    assert polynomial.c.tolist() == [7, 0, 1, 2, 3]
    with pytest.raises(ValueError, match="Negative powers"):
        polynomial[-1] = 1
    assert [int(one) for one in polynomial] == [7, 0, 1, 2, 3]


def test_values(polynomial: Any) -> None:
    points = xp.arange(3)
    assert polynomial(points).tolist() == [3, 6, 11]
    assert xp.polyval(xp.asarray([1.0, 2]), 3).tolist() == 5
    assert polynomial(xp.poly1d(xp.asarray([1, 1]))).c.tolist() == [1, 4, 6]
    assert xp.polynomial.polynomial.polyval(points, xp.asarray([3, 2, 1])).tolist() == [3, 6, 11]
    with pytest.raises(TypeError, match="1d ndarray or poly1d"):
        xp.polyval([1, 2], points)


def test_sums_of_arrays() -> None:
    a, b = xp.asarray([1, 2, 3]), xp.asarray([1.5, 2])
    assert xp.polyadd(a, b).tolist() == [1, 3.5, 5]
    assert xp.polysub(a, b).tolist() == [1, 0.5, 1]
    assert xp.polysub(b, a).tolist() == [-1, -0.5, -1]
    assert xp.polymul(a, b).tolist() == [1.5, 5, 8.5, 6]
    with pytest.raises(ValueError, match="Multidimensional"):
        xp.polyadd(a, b[None])
    with pytest.raises(TypeError, match="Unsupported type"):
        xp.polyadd(a, [1, 2])


def test_roots() -> None:
    assert xp.roots(xp.asarray([2.0, -4])).tolist() == [2]
    assert xp.roots(xp.asarray([5.0])).tolist() == []
    assert xp.poly(xp.asarray([1.0, 2])).tolist() == [1, -3, 2]
    assert xp.poly(xp.asarray([[2.0, 0], [0, 1]])).tolist() == [1, -3, 2]
    with pytest.raises(NotImplementedError, match="Only complex Hermitian"):
        xp.roots(xp.asarray([1.0, 2, 3]))
    with pytest.raises(ValueError, match="1d or non-empty square"):
        xp.poly(xp.ones((2, 3)))


def test_fits() -> None:
    x = xp.arange(6.0)
    found = xp.polyfit(x, 2 * x**2 + 1, 2)
    np.testing.assert_allclose(found.get(), [2, 0, 1], atol=1e-12)
    _, residuals, rank, values, _ = xp.polyfit(x, x, 1, full=True)
    assert (residuals.shape, int(rank), values.shape) == ((1,), 2, (2,))
    _, covariance = xp.polyfit(x, x, 1, w=xp.ones(6), cov="unscaled")
    assert covariance.shape == (2, 2)
    with pytest.warns(np.exceptions.RankWarning):
        xp.polyfit(x[:2], x[:2], 3)
    with pytest.raises(ValueError, match="expected deg >= 0"):
        xp.polyfit(x, x, -1)
    with pytest.raises(TypeError, match="same length"):
        xp.polyfit(x, x[1:], 1)


def test_trimmed_coefficients() -> None:
    utils = xp.polynomial.polyutils
    assert utils.trimseq(xp.asarray([1, 0, 2, 0])).tolist() == [1, 0, 2]
    assert utils.trimcoef(xp.asarray([1.0, 0.1, 0.01]), 0.05).tolist() == [1, 0.1]
    assert utils.trimcoef(xp.zeros(3)).tolist() == [0]
    assert [one.dtype.char for one in utils.as_series([xp.ones(1, "i"), xp.ones(2, "f")])] == [
        "d",
        "d",
    ]
    with pytest.raises(ValueError, match="Coefficient array is empty"):
        utils.as_series([xp.ones(0)])


def test_matrices() -> None:
    polynomial = xp.polynomial.polynomial
    assert polynomial.polyvander(xp.asarray([1.0, 2]), 2).tolist() == [[1, 1, 1], [1, 2, 4]]
    assert polynomial.polycompanion(xp.asarray([1.0, 2, 3])).tolist() == [
        [0, -1 / 3],
        [1, -2 / 3],
    ]
    assert polynomial.polyvalfromroots(xp.asarray([1.0, 3]), xp.asarray([1.0, 2])).tolist() == [
        0,
        2,
    ]
    with pytest.raises(TypeError, match="deg must be an integer"):
        polynomial.polyvander(xp.ones(2), 1.5)
