"""What all sparse matrices and arrays have; SciPy computes."""

# ruff: noqa: SLF001 - the state of matrices is private to this package.
from __future__ import annotations

import operator
import types
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf import transfers
from zarr_devbuf.simulator._core.protocols import get_namespace
from zarr_devbuf.simulator._core.storage import wrap
from zarr_devbuf.simulator.cupyx.scipy.sparse._comparison import compare, extreme
from zarr_devbuf.simulator.cupyx.scipy.sparse._host import (
    Sparse,
    as_host,
    call,
    from_host,
    host_parts,
    is_dense,
    scipy_sparse,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SparseBase", "is_scalar", "is_shape", "issparse", "isspmatrix", "sparray", "spmatrix"]

_NAMES = {
    "csr": "Compressed Sparse Row",
    "csc": "Compressed Sparse Column",
    "coo": "COOrdinate",
    "dia": "DIAgonal",
}


def is_scalar(value: Any) -> bool:
    """Return whether a value is a scalar, or a 0-d array on the device."""
    return get_namespace().isscalar(value) or (is_dense(value) and value.ndim == 0)


def is_shape(value: Any) -> bool:
    """Return whether a value is a tuple of one or two integers."""
    if not isinstance(value, tuple) or len(value) not in (1, 2):
        return False
    return all(_is_whole(length) for length in value)


def _is_whole(value: Any) -> bool:
    if hasattr(value, "__index__"):
        return True
    try:
        return np.ndim(getattr(value, "_raw", value)) == 0 and bool(int(value) == value)
    except (TypeError, ValueError):
        return False


class SparseBase(Sparse):
    """A sparse matrix or array on the device."""

    __array_priority__ = 101
    maxprint = 50
    _shape: tuple[int, ...]
    data: Any

    def __init__(self, maxprint: int = 50) -> None:
        self.maxprint = maxprint

    def __class_getitem__(cls, item: Any) -> Any:
        return types.GenericAlias(cls, item)

    # --- attributes ---------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return self._shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self._shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the elements."""
        return self.data.dtype  # type: ignore[no-any-return]

    @property
    def nnz(self) -> int:
        """The number of stored elements."""
        return int(self._on_host().nnz)

    @property
    def size(self) -> int:
        """The number of stored elements."""
        return int(self._on_host().nnz)

    @property
    def device(self) -> Any:
        """The device that holds the elements."""
        return self.data.device

    @property
    def T(self) -> Any:  # noqa: N802
        """The transpose."""
        return self.transpose()

    @property
    def mT(self) -> Any:  # noqa: N802
        """The transpose of a matrix."""
        if self.ndim < 2:
            raise ValueError(f"Array must be at least 2-dimensional, but it is {self.ndim}-D")
        return self.transpose()

    @property
    def real(self) -> Any:
        """The real parts."""
        return self._with(self.data.real)

    @property
    def imag(self) -> Any:
        """The imaginary parts."""
        return self._with(self.data.imag)

    def _with(self, data: Any) -> Any:
        """Return a matrix of the same structure with other elements."""
        result: Any = object.__new__(type(self))
        for name in self._parts:
            part = getattr(self, name)
            setattr(result, name, data if name == "data" else part.copy())
        result._shape = self._shape
        for flag in ("_canonical", "_sorted"):
            if vars(self).get(flag) is not None:
                setattr(result, flag, vars(self)[flag])
        return result

    def _assign(self, host: Any) -> None:
        for name, part in zip(self._parts, host_parts(host), strict=True):
            setattr(self, name, wrap(part.copy()))

    def _on_host(self) -> Any:
        return as_host(self, [])

    def _getnnz(self, axis: Any = None) -> Any:
        if axis is None:
            return int(self._on_host().nnz)
        return wrap(self._on_host().count_nonzero(axis))

    # --- to and from the host -----------------------------------------------------------------

    def get(self, stream: Any = None) -> Any:
        """Copy the matrix to the host: an explicit transfer for each of its arrays."""
        scipy = scipy_sparse()
        kind = getattr(scipy, f"{self.format}_{'array' if self.is_array else 'matrix'}")
        parts = [part.get(stream) for part in self._arrays()]
        if self.format == "coo":
            data, row, column = parts
            coords = (column,) if self.ndim == 1 else (row, column)
            return kind((data, coords), shape=self._shape)
        return kind(tuple(parts), shape=self._shape)

    def __repr__(self) -> str:
        kind = "array" if self.is_array else "matrix"
        return (
            f"<{_NAMES[self.format]} sparse {kind} of dtype '{self.dtype}'\n\twith {self.nnz} "
            f"stored elements and shape {self.shape}>"
        )

    def __str__(self) -> str:
        return str(self.get())

    def __len__(self) -> int:
        raise TypeError("sparse array length is ambiguous; use shape[0] or .nnz")

    def __bool__(self) -> bool:
        if self.shape == (1, 1):
            return bool(self._getnnz() != 0)
        raise ValueError(
            "The truth value of an array with more than one element is ambiguous. Use a.any() or "
            "a.all()."
        )

    def __iter__(self) -> Iterator[Any]:
        return (self[row] for row in range(self.shape[0]))

    # --- conversions --------------------------------------------------------------------------

    def asformat(self, format: Any) -> Any:  # noqa: A002
        """Return the matrix in a format; itself if it has it."""
        if format is None or format == self.format:
            return self
        return getattr(self, f"to{format}")()

    def _to(self, kind: str, copy: Any) -> Any:
        if kind == self.format:
            return self.copy() if copy else self
        return call(operator.methodcaller(f"to{kind}"), self)

    def tocsr(self, copy: Any = False) -> Any:
        """Return the matrix in compressed rows."""
        return self._to("csr", copy)

    def tocsc(self, copy: Any = False) -> Any:
        """Return the matrix in compressed columns."""
        return self._to("csc", copy)

    def tocoo(self, copy: Any = False) -> Any:
        """Return the matrix as coordinates."""
        return self._to("coo", copy)

    def todia(self, copy: Any = False) -> Any:
        """Return the diagonals of the matrix."""
        return self._to("dia", copy)

    def _without(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError

    # CuPy has not these formats.
    tobsr = todok = tolil = _without

    def toarray(self, order: Any = None, out: Any = None) -> Any:
        """Return a dense array."""
        letter = "C" if order is None else str(order).upper()
        if letter not in ("C", "F"):
            raise ValueError("order not understood")
        order_of_result: Any = letter
        dense = wrap(np.asarray(self._on_host().toarray(), order=order_of_result))
        if out is None:
            return dense
        out[...] = dense
        return out

    todense = toarray

    def astype(self, dtype: Any, copy: Any = True) -> Any:
        """Cast the elements."""
        kind = np.dtype(dtype)
        if self.dtype != kind:
            check_dtype(kind)
            return self._with(self.data.astype(kind))
        return self.copy() if copy else self

    def copy(self) -> Any:
        """Return a copy."""
        return self._with(self.data.copy())

    # --- operators ----------------------------------------------------------------------------

    def _binary(self, other: Any, function: Any) -> Any:
        if not (is_scalar(other) or is_dense(other) or issparse(other)):
            return NotImplemented
        return call(function, self, _scalar_on_host(other))

    def _sum_with(self, other: Any, function: Any) -> Any:
        if get_namespace().isscalar(other) and other != 0:
            raise NotImplementedError("adding a nonzero scalar to a sparse matrix is not supported")
        return self._binary(other, function)

    def __add__(self, other: Any) -> Any:
        return self._sum_with(other, operator.add)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self._sum_with(other, operator.sub)

    def __rsub__(self, other: Any) -> Any:
        return self._sum_with(other, lambda one, another: another - one)

    def __mul__(self, other: Any) -> Any:
        return self._binary(other, operator.mul)

    def __rmul__(self, other: Any) -> Any:
        return self._binary(other, lambda one, another: another * one)

    def __truediv__(self, other: Any) -> Any:
        return self._binary(other, operator.truediv)

    def __matmul__(self, other: Any) -> Any:
        if is_scalar(other):
            raise ValueError("Scalar operands are not allowed, use '*' instead")
        return self._binary(other, operator.matmul)

    def __rmatmul__(self, other: Any) -> Any:
        if is_scalar(other):
            raise ValueError("Scalar operands are not allowed, use '*' instead")
        return self._binary(other, lambda one, another: another @ one)

    def __pow__(self, other: Any) -> Any:
        return call(operator.pow, self, other)

    def __imul__(self, other: Any) -> Any:
        if not is_scalar(other):
            return NotImplemented
        self.data = self.data * other
        return self

    def __itruediv__(self, other: Any) -> Any:
        if not is_scalar(other):
            return NotImplemented
        self.data = self.data * (1.0 / other)
        return self

    def __neg__(self) -> Any:
        if self.dtype.kind == "b":
            raise NotImplementedError("negating a boolean sparse array is not supported")
        return self._with(-self.data)

    def __abs__(self) -> Any:
        return self._with(abs(self.data))

    def _compared(self, other: Any, name: str) -> Any:
        if issparse(other) and self.ndim == other.ndim == 2:
            return compare(name, self, other)
        return self._binary(other, getattr(operator, name))

    def __eq__(self, other: object) -> Any:
        return self._compared(other, "eq")

    def __ne__(self, other: object) -> Any:
        return self._compared(other, "ne")

    def __lt__(self, other: Any) -> Any:
        return self._compared(other, "lt")

    def __le__(self, other: Any) -> Any:
        return self._compared(other, "le")

    def __gt__(self, other: Any) -> Any:
        return self._compared(other, "gt")

    def __ge__(self, other: Any) -> Any:
        return self._compared(other, "ge")

    __hash__ = None  # type: ignore[assignment]

    # --- elements -----------------------------------------------------------------------------

    def __getitem__(self, key: Any) -> Any:
        return call(lambda host: host[_key_on_host(key)], self)

    def __setitem__(self, key: Any, value: Any) -> None:
        host = self._on_host().copy()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", scipy_sparse().SparseEfficiencyWarning)
            host[_key_on_host(key)] = _uploaded(value)
        self._assign(host)

    # --- functions ----------------------------------------------------------------------------

    def transpose(self, axes: Any = None, copy: Any = False) -> Any:
        """Return the transpose."""
        return call(lambda host: host.transpose(axes, copy=copy), self)

    def reshape(self, *shape: Any, order: Any = "C") -> Any:
        """Return a matrix of another shape."""
        return call(lambda host: host.reshape(*shape, order=order), self)

    def dot(self, other: Any) -> Any:
        """Return the product with a number, a vector or a matrix."""
        return self * other if np.isscalar(other) else self @ other

    def multiply(self, other: Any) -> Any:
        """Return the product of elements."""
        return call(lambda host, factor: host.multiply(factor), self, _scalar_on_host(other))

    def power(self, n: Any, dtype: Any = None) -> Any:
        """Return the powers of elements."""
        return call(lambda host: host.power(n, dtype), self)

    def _extreme_of(self, other: Any, name: str) -> Any:
        if issparse(other) and self.ndim == other.ndim == 2 and self.shape != other.shape:
            return extreme(name, self, other)
        return call(lambda host, one: getattr(host, name)(one), self, _scalar_on_host(other))

    def maximum(self, other: Any) -> Any:
        """Return the larger elements."""
        return self._extreme_of(other, "maximum")

    def minimum(self, other: Any) -> Any:
        """Return the smaller elements."""
        return self._extreme_of(other, "minimum")

    def conj(self, copy: Any = True) -> Any:
        """Return the complex conjugate."""
        if self.dtype.kind == "c":
            return self._with(self.data.conj())
        return self.copy() if copy else self

    conjugate = conj

    def diagonal(self, k: Any = 0) -> Any:
        """Return a diagonal."""
        return call(lambda host: host.diagonal(k), self)

    def trace(self, offset: Any = 0) -> Any:
        """Return the sum of a diagonal."""
        return self.diagonal(k=offset).sum()

    def setdiag(self, values: Any, k: Any = 0) -> None:
        """Set a diagonal."""
        host = self._on_host().copy()
        host.setdiag(_uploaded(_scalar_on_host(values)), k)
        self._assign(host)

    def nonzero(self) -> Any:
        """Return the indices of the elements that are not zero."""
        return call(lambda host: host.nonzero(), self)

    def count_nonzero(self, axis: Any = None) -> Any:
        """Return the number of elements that are not zero."""
        found = self._on_host().count_nonzero(axis)
        return int(found) if axis is None else wrap(found)

    def _reduced(self, name: str, axis: Any, dtype: Any, out: Any) -> Any:
        host = self._on_host()
        result = wrap(np.asarray(getattr(host, name)(axis=axis, dtype=dtype)))
        if axis is None and dtype is None and self.dtype.kind != "b":
            result = result.astype(self.dtype, copy=False)
        if out is None:
            return result
        if out.shape != result.shape:
            raise ValueError("dimensions do not match")
        out[...] = result
        return out

    def sum(self, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        """Return sums."""
        return self._reduced("sum", axis, dtype, out)

    def mean(self, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        """Return means."""
        return self._reduced("mean", axis, dtype, out)


def check_dtype(dtype: np.dtype[Any]) -> None:
    """Raise ``ValueError`` for a dtype that sparse matrices of CuPy do not have."""
    if dtype.char not in "?fdFD":
        raise ValueError("Only bool, float32, float64, complex64 and complex128 are supported")


def _scalar_on_host(value: Any) -> Any:
    """Return a 0-d array of the device as a number, which SciPy's operators want."""
    return value.get()[()] if is_dense(value) and value.ndim == 0 else value


def _key_on_host(key: Any) -> Any:
    if isinstance(key, tuple):
        return tuple(_key_on_host(part) for part in key)
    return _uploaded(key)


def _uploaded(value: Any) -> Any:
    """Return a value for SciPy; CuPy uploads arrays of the host."""
    if isinstance(value, np.ndarray):
        transfers.record("h2d", value.nbytes, explicit=False)
        return value
    return as_host(value, [])


class sparray:  # noqa: N801 - the name is CuPy's
    """The base class of sparse arrays, whose ``*`` multiplies elements."""

    __module__ = "cupyx.scipy.sparse"
    is_array = True


class spmatrix:  # noqa: N801 - the name is CuPy's
    """The base class of sparse matrices, whose ``*`` multiplies matrices."""

    __module__ = "cupyx.scipy.sparse"
    is_array = False

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if type(self) is spmatrix:
            if args or kwargs:
                raise TypeError(
                    "cannot instantiate spmatrix directly; use a format subclass such as csr_matrix"
                )
            return
        super().__init__(*args, **kwargs)

    @property
    def A(self) -> Any:  # noqa: N802
        """A dense array; deprecated."""
        warnings.warn(
            "`spmatrix.A` is deprecated; use `.toarray()` instead.",
            DeprecationWarning,
            stacklevel=2,
        )
        return self.toarray()

    @property
    def H(self) -> Any:  # noqa: N802
        """The conjugate transpose; deprecated."""
        warnings.warn(
            "`spmatrix.H` is deprecated; use `.T.conj()` instead.",
            DeprecationWarning,
            stacklevel=2,
        )
        return self.transpose().conj()

    def getH(self) -> Any:  # noqa: N802
        """Return the conjugate transpose."""
        return self.transpose().conj()

    def asfptype(self) -> Any:
        """Return the matrix with elements that are not whole numbers."""
        kind = self.dtype.kind
        return self if kind == "f" else self.astype(np.promote_types(self.dtype, "f"))

    def get_shape(self) -> Any:
        """Return the shape."""
        return self.shape

    def set_shape(self, shape: Any) -> None:
        """Change the shape in place."""
        vars(self).update(vars(self.reshape(shape).asformat(self.format)))

    shape = property(lambda self: self._shape, set_shape, doc="The lengths of the axes.")

    def getformat(self) -> Any:
        """Return the name of the format."""
        return self.format

    def getmaxprint(self) -> Any:
        """Return how many elements are printed."""
        return self.maxprint

    def getnnz(self, axis: Any = None) -> Any:
        """Return the number of stored elements."""
        return self._getnnz(axis)

    def getrow(self, i: Any) -> Any:
        """Return a row as a matrix."""
        return call(lambda host: host.getrow(i), self)

    def getcol(self, j: Any) -> Any:
        """Return a column as a matrix."""
        return call(lambda host: host.getcol(j), self)


def issparse(x: Any) -> bool:
    """Return whether a value is a sparse matrix or array of the device."""
    return isinstance(x, SparseBase)


def isspmatrix(x: Any) -> bool:
    """Return whether a value is a sparse matrix of the device."""
    return isinstance(x, spmatrix)


def from_scipy(value: Any, kind: str, is_array: bool) -> Any:
    """Upload a matrix of SciPy in a format."""
    xp = get_namespace()
    host = value.asformat(kind)
    result = from_host(host, [], is_array=is_array)
    for name, part in zip(result._parts, host_parts(host), strict=True):
        setattr(result, name, xp.array(part))
    return result
