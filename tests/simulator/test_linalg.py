"""Linear algebra: results, dtypes, layouts and errors as in CuPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr_devbuf.simulator.cupy as xp
import zarr_devbuf.simulator.cupyx as xpx

LinAlgError = xp.linalg.LinAlgError


@pytest.fixture(params=["f", "d", "F", "D"])
def matrix(request: pytest.FixtureRequest) -> Any:
    generator = np.random.default_rng(1)
    values = generator.standard_normal((4, 4)) + 1j * generator.standard_normal((4, 4))
    host = values.astype(request.param) if request.param in "FD" else values.real
    return xp.asarray((host @ host.conj().T + np.eye(4)).astype(request.param))


def close(found: Any, expected: Any) -> None:
    assert type(found) is xp.ndarray
    tolerance = 1e-3 if found.dtype.char in "fF" else 1e-10
    np.testing.assert_allclose(found.get(), expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", ["cholesky", "inv", "pinv", "det", "eigvalsh", "cond", "norm"])
def test_functions_of_a_matrix(matrix: Any, name: str) -> None:
    found = getattr(xp.linalg, name)(matrix)
    expected = getattr(np.linalg, name)(matrix.get())
    close(found, expected)
    assert found.dtype == expected.dtype


def test_factors_give_the_matrix(matrix: Any) -> None:
    q, r = xp.linalg.qr(matrix)
    close(q @ r, matrix.get())
    u, s, vh = xp.linalg.svd(matrix)
    close(u @ (s[:, None] * vh), matrix.get())
    assert s.dtype.char == matrix.dtype.char.lower()
    w, v = xp.linalg.eigh(matrix)
    close(matrix @ v, (v * w).get())
    assert v.flags.f_contiguous
    values, vectors = xp.linalg.eig(matrix)
    assert values.dtype.char == vectors.dtype.char == matrix.dtype.char.upper()


def test_linear_systems(matrix: Any) -> None:
    right = xp.arange(4, dtype=matrix.dtype)
    close(matrix @ xp.linalg.solve(matrix, right), right.get())
    solution, residuals, rank, values = xp.linalg.lstsq(matrix, right)
    close(solution, np.linalg.solve(matrix.get(), right.get()))
    assert (residuals.shape, int(rank), values.shape) == ((0,), 4, (4,))
    stack = xp.stack([matrix, 2 * matrix])
    found = xp.linalg.solve(stack, xp.stack([right, right])[..., None])
    close(found[0], 2 * found[1].get())
    with pytest.raises(ValueError, match="b must have at least one dimension"):
        xp.linalg.solve(matrix, xp.asarray(1.0))


def test_stacks(matrix: Any) -> None:
    stack = xp.stack([matrix, 2 * matrix])
    for name in ("cholesky", "inv", "det", "eigvalsh"):
        whole = getattr(xp.linalg, name)(stack)
        close(whole[1], getattr(np.linalg, name)(2 * matrix.get()))


def test_powers_and_ranks(matrix: Any) -> None:
    for power in (-2, 0, 1, 3, 5):
        close(xp.linalg.matrix_power(matrix, power), np.linalg.matrix_power(matrix.get(), power))
    assert int(xp.linalg.matrix_rank(matrix)) == 4
    assert int(xp.linalg.matrix_rank(xp.zeros(3))) == 0
    with pytest.raises(TypeError, match="exponent must be an integer"):
        xp.linalg.matrix_power(matrix, 0.5)


def test_whole_numbers_are_computed_as_doubles() -> None:
    found = xp.linalg.inv(xp.asarray([[2, 0], [0, 4]]))
    assert found.dtype == np.float64
    assert found.tolist() == [[0.5, 0], [0, 0.25]]
    with pytest.raises(TypeError, match="float16 is unsupported"):
        xp.linalg.inv(xp.eye(2, dtype="e"))


@pytest.mark.parametrize("name", ["inv", "cholesky", "det", "eigh", "eigvals"])
def test_shapes_are_checked(name: str) -> None:
    with pytest.raises(LinAlgError, match="must be at least two-dimensional"):
        getattr(xp.linalg, name)(xp.ones(3))
    with pytest.raises(LinAlgError, match="must be square"):
        getattr(xp.linalg, name)(xp.ones((2, 3)))


def test_host_arrays_are_rejected() -> None:
    host: Any = np.eye(2)
    for name in ("inv", "cholesky", "qr", "svd", "pinv"):
        with pytest.raises(LinAlgError, match=r"only supports cupy\.ndarray"):
            getattr(xp.linalg, name)(host)


def test_singular_matrices_raise_if_that_is_asked_for() -> None:
    singular = xp.asarray([[1.0, 2], [2, 4]])
    assert np.isnan(xp.linalg.inv(singular).get()).all()
    sound = xp.linalg.inv(xp.stack([xp.eye(2), singular]))
    assert sound[0].tolist() == [[1, 0], [0, 1]]
    assert np.isnan(sound[1].get()).all()
    with xpx.errstate(linalg="raise"):
        assert xpx.geterr()["linalg"] == "raise"
        with pytest.raises(LinAlgError, match=r"dgetrf in cuSOLVER. devInfo = \[2\]"):
            xp.linalg.inv(singular)
        with pytest.raises(LinAlgError, match=r"dpotrf in cuSOLVER. devInfo = \[2\]"):
            xp.linalg.cholesky(xp.asarray([[1.0, 2], [2, 1]]))
    assert xpx.geterr()["linalg"] == "ignore"
    with pytest.raises(NotImplementedError):
        xpx.seterr(divide="raise")
    sign, logarithm = xp.linalg.slogdet(singular)
    assert (float(sign), float(logarithm)) == (0, -np.inf)
    assert float(xp.linalg.cond(singular, 1)) == np.inf


@pytest.mark.parametrize("order", [None, 1, -1, 2, -2, np.inf, -np.inf, "fro", "nuc"])
def test_norms_of_matrices(matrix: Any, order: Any) -> None:
    close(xp.linalg.norm(matrix, order), np.linalg.norm(matrix.get(), order))
    stack = xp.stack([matrix, matrix])
    found = xp.linalg.norm(stack, order, axis=(1, 2), keepdims=True)
    close(found, np.linalg.norm(stack.get(), order, axis=(1, 2), keepdims=True))


@pytest.mark.parametrize("order", [None, 0, 1, 2, 3, 0.5, np.inf, -np.inf])
def test_norms_of_vectors(matrix: Any, order: Any) -> None:
    close(xp.linalg.norm(matrix, order, axis=0), np.linalg.norm(matrix.get(), order, axis=0))


def test_wrong_norms(matrix: Any) -> None:
    with pytest.raises(ValueError, match="Invalid norm order for matrices"):
        xp.linalg.norm(matrix, "x")
    with pytest.raises(ValueError, match="Invalid norm order for vectors"):
        xp.linalg.norm(matrix, [1], axis=0)
    with pytest.raises(ValueError, match="Duplicate axes"):
        xp.linalg.norm(matrix, axis=(0, 0))
    with pytest.raises(ValueError, match="Improper number of dimensions"):
        xp.linalg.norm(xp.ones((1, 1, 1)), 1)


def test_empty_matrices() -> None:
    empty = xp.empty((0, 0))
    assert xp.linalg.inv(empty).shape == (0, 0)
    assert float(xp.linalg.det(empty)) == 1
    q, r = xp.linalg.qr(xp.empty((3, 0)), "complete")
    assert (q.shape, r.shape) == ((3, 3), (3, 0))
    u, s, vh = xp.linalg.svd(xp.empty((2, 0)))
    assert (u.tolist(), s.shape, vh.shape) == ([[1, 0], [0, 1]], (0,), (0, 0))
    with pytest.raises(LinAlgError, match="not defined on empty arrays"):
        xp.linalg.cond(empty)


def test_cross_products() -> None:
    a, b = xp.asarray([[1.0, 2, 3], [0, 0, 1]]), xp.asarray([[3.0, 2, 1], [1, 0, 0]])
    close(xp.cross(a, b), np.cross(a.get(), b.get()))
    close(xp.linalg.cross(a, b), np.cross(a.get(), b.get()))
    with pytest.warns(DeprecationWarning, match="2-dimensional vectors"):
        mixed = xp.cross(a[:, :2], b)
    close(mixed, np.cross([[1.0, 2, 0], [0, 0, 0]], b.get()))
    with pytest.raises(ValueError, match="cross\\(\\) dimension must equal 3"):
        xp.linalg.cross(a[:, :2], b[:, :2])


def test_tensors(matrix: Any) -> None:
    tensor = matrix.reshape(2, 2, 2, 2)
    close(xp.linalg.tensorinv(tensor), np.linalg.tensorinv(tensor.get()))
    right = xp.ones((2, 2), matrix.dtype)
    close(xp.linalg.tensorsolve(tensor, right), np.linalg.tensorsolve(tensor.get(), right.get()))
