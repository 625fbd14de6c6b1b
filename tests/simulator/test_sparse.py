"""Sparse matrices: device arrays inside, results and errors as in CuPy."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

import zarr_devbuf.simulator.cupy as xp
import zarr_devbuf.simulator.cupyx.scipy as cupyx_scipy
from zarr_devbuf.simulator.cupyx.scipy import sparse
from zarr_devbuf.transfers import record_transfers

scipy_sparse: Any = pytest.importorskip("scipy.sparse")

_DENSE = np.asarray([[0, 1.0, 0], [2, 0, 3]])
_FORMATS = [f"{one}_{kind}" for one in ("csr", "csc", "coo") for kind in ("matrix", "array")]


@pytest.fixture(params=_FORMATS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def matrix(name: str) -> Any:
    return getattr(sparse, name)(xp.asarray(_DENSE))


def test_arrays_are_on_the_device(matrix: Any) -> None:
    parts = ["data", "row", "col"] if matrix.format == "coo" else ["data", "indices", "indptr"]
    assert all(type(getattr(matrix, part)) is xp.ndarray for part in parts)
    assert (matrix.shape, matrix.nnz, matrix.ndim, matrix.dtype) == ((2, 3), 3, 2, np.float64)
    with record_transfers() as log:
        host = matrix.get()
    assert log.device_to_host.count == 3
    assert all(one.explicit for one in log)
    assert type(host) is getattr(scipy_sparse, type(matrix).__name__)
    np.testing.assert_array_equal(host.toarray(), _DENSE)
    np.testing.assert_array_equal(matrix.toarray().get(), _DENSE)


def test_matrices_of_scipy_are_uploaded(name: str) -> None:
    host = getattr(scipy_sparse, name)(_DENSE)
    with record_transfers() as log:
        matrix = getattr(sparse, name)(host)
    assert log.host_to_device.count == 3
    np.testing.assert_array_equal(matrix.toarray().get(), _DENSE)


def test_conversions_keep_the_kind(matrix: Any) -> None:
    kind = type(matrix).__name__.partition("_")[2]
    for target in ("csr", "csc", "coo", "dia"):
        found = matrix.asformat(target)
        assert type(found) is getattr(sparse, f"{target}_{kind}")
        np.testing.assert_array_equal(found.toarray().get(), _DENSE)
    assert matrix.asformat(matrix.format) is matrix
    with pytest.raises(NotImplementedError):
        matrix.tolil()


@pytest.mark.parametrize(
    "operate",
    [
        lambda m, d: m @ d.T,
        lambda m, d: d.T @ m,
        lambda m, d: m @ m.T,
        lambda m, d: m * 2,
        lambda m, d: 2 * m,
        lambda m, d: m / 2,
        lambda m, d: m + m,
        lambda m, d: m - m * 3,
        lambda m, d: m + d,
        lambda m, d: -m,
        lambda m, d: abs(-m),
        lambda m, d: m.multiply(d),
        lambda m, d: m.power(2),
        lambda m, d: m.T,
        lambda m, d: m.sum(),
        lambda m, d: m.sum(axis=0),
        lambda m, d: m.mean(axis=1),
        lambda m, d: m.max(),
        lambda m, d: m.min(),
        lambda m, d: m.diagonal(),
        lambda m, d: m.astype("f4"),
        lambda m, d: m.sqrt(),
        lambda m, d: m.tocsr()[0, 1],
        lambda m, d: m.tocsr()[:, 1:],
        lambda m, d: m.tocsr()[1],
        lambda m, d: m.tocsr() > 1,
    ],
)
def test_operations(matrix: Any, operate: Any) -> None:
    host = matrix.get()
    with record_transfers() as log:
        found = operate(matrix, xp.asarray(_DENSE))
    assert log.device_to_host.count == 0
    expected = operate(host, _DENSE)
    if sparse.issparse(found):
        assert type(found).__name__ == type(expected).__name__
        expected = expected.toarray()
        found = found.toarray()
    assert type(found) is xp.ndarray
    assert found.dtype == np.asarray(expected).dtype
    np.testing.assert_array_equal(found.get(), expected)


def test_compressed_parts() -> None:
    parts = xp.asarray([1.0, 2]), xp.asarray([1, 0]), xp.asarray([0, 1, 2])
    matrix = sparse.csr_matrix(parts)
    assert matrix.toarray().tolist() == [[0, 1], [2, 0]]
    assert matrix.indices.dtype == np.int32
    host: Any = tuple(part.get() for part in parts)
    with pytest.raises(ValueError, match="must be 1-D cupy arrays"):
        sparse.csr_matrix(host)
    with pytest.raises(ValueError, match="should start with 0"):
        sparse.csr_matrix((parts[0], parts[1], parts[2] + 1))
    with pytest.raises(ValueError, match=r"index pointer size \(3\) should be \(5\)"):
        sparse.csr_matrix(parts, shape=(4, 2))
    with pytest.raises(ValueError, match="Only bool, float32, float64"):
        sparse.csr_matrix(xp.arange(4))
    with pytest.raises(ValueError, match="Unsupported initializer format"):
        sparse.csr_matrix(_DENSE)


def test_coordinates() -> None:
    matrix = sparse.coo_matrix((xp.ones(3), (xp.asarray([0, 0, 1]), xp.asarray([1, 1, 0]))))
    assert not matrix.has_canonical_format
    matrix.sum_duplicates()
    assert (matrix.nnz, matrix.toarray().tolist()) == (2, [[0, 2], [1, 0]])
    with pytest.raises(ValueError, match="row index exceeds"):
        sparse.coo_matrix((xp.ones(1), (xp.asarray([5]), xp.asarray([0]))), shape=(2, 2))
    with pytest.raises(TypeError, match="invalid input format"):
        sparse.coo_matrix("x")


def test_elements_are_set() -> None:
    matrix = sparse.csr_matrix(xp.asarray(_DENSE))
    matrix[0, 0] = 7
    assert matrix.toarray().tolist() == [[7, 1, 0], [2, 0, 3]]
    matrix.setdiag(xp.asarray([4.0, 5]))
    assert matrix.diagonal().tolist() == [4, 5]
    matrix *= 2
    assert float(matrix[0, 0]) == 8


def test_diagonals() -> None:
    matrix = sparse.dia_matrix((xp.ones((1, 3)), xp.asarray([1])), shape=(3, 3))
    assert matrix.toarray().tolist() == np.eye(3, k=1).tolist()
    with pytest.raises(ValueError, match="expected a shape argument"):
        sparse.dia_matrix((xp.ones(3), 0))


def test_functions_that_make_matrices(matrix: Any) -> None:
    for found in (
        sparse.vstack([matrix, matrix]),
        sparse.hstack([matrix, matrix]),
        sparse.kron(matrix, matrix),
        sparse.tril(matrix),
    ):
        assert sparse.issparse(found)
    assert sparse.eye(3).toarray().tolist() == np.eye(3).tolist()
    assert sparse.identity(2, format="csr").format == "csr"
    assert sparse.isspmatrix_csr(sparse.csr_matrix((2, 2)))
    assert sparse.isspmatrix(matrix) is not isinstance(matrix, sparse.sparray)


def test_subclasses_of_others_are_kept_apart() -> None:
    class View(sparse.csr_matrix):
        pass

    matrix = View(xp.asarray(_DENSE))
    assert type(matrix.T.T) is sparse.csr_matrix
    assert View.__module__ == __name__


def test_wrong_uses(matrix: Any) -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(matrix)
    with pytest.raises(TypeError, match="length is ambiguous"):
        len(matrix)
    with pytest.raises(ValueError, match="truth value"):
        bool(matrix)
    with pytest.raises(NotImplementedError, match="nonzero scalar"):
        matrix + 1
    with pytest.raises(ValueError, match="Scalar operands are not allowed"):
        matrix @ 2
    with pytest.raises(TypeError, match="cannot instantiate spmatrix"):
        sparse.spmatrix(1)


def test_the_module_of_an_array(matrix: Any) -> None:
    assert cupyx_scipy.get_array_module(matrix) is cupyx_scipy
    assert cupyx_scipy.get_array_module(_DENSE).__name__ == "scipy"


def test_without_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(NotImplementedError, match="install scipy"):
        sparse.csr_matrix((2, 2))
