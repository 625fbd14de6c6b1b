"""The formats of sparse matrices and arrays."""

# ruff: noqa: SLF001 - the state of matrices is private to this package.
# ruff: noqa: N801 - names are CuPy's.
from __future__ import annotations

import types
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.protocols import get_namespace
from zarr_devbuf.simulator.cupyx.scipy.sparse._base import (
    SparseBase,
    check_dtype,
    from_scipy,
    is_scalar,
    is_shape,
    issparse,
    sparray,
    spmatrix,
)
from zarr_devbuf.simulator.cupyx.scipy.sparse._host import call, is_dense, register, scipy_sparse

__all__ = [
    "coo_array",
    "coo_matrix",
    "csc_array",
    "csc_matrix",
    "csr_array",
    "csr_matrix",
    "dia_array",
    "dia_matrix",
    "isspmatrix_coo",
    "isspmatrix_csc",
    "isspmatrix_csr",
    "isspmatrix_dia",
]

_FUNCTIONS = (
    "arcsin",
    "arcsinh",
    "arctan",
    "arctanh",
    "ceil",
    "deg2rad",
    "expm1",
    "floor",
    "log1p",
    "rad2deg",
    "rint",
    "sign",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "trunc",
)


def _on_elements(name: str) -> Any:
    def function(self: Any) -> Any:
        return self._with(getattr(get_namespace(), name)(self.data))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Return ``{name}`` of the elements."
    return function


class _Stored(SparseBase):
    """A format with a list of elements."""

    _canonical: bool | None
    _sorted: bool | None

    def __init__(
        self,
        arg1: Any,
        shape: Any = None,
        dtype: Any = None,
        copy: Any = False,
        *,
        maxprint: Any = None,
    ) -> None:
        scipy_sparse()
        if maxprint is not None:
            self.maxprint = maxprint
        self._fill(arg1, shape)
        if shape is not None:
            self._shape = _checked_shape(shape)
        kind = self.data.dtype if dtype is None else np.dtype(dtype)
        check_dtype(kind)
        for name in self._parts:
            part = getattr(self, name)
            target = kind if name == "data" else part.dtype
            setattr(self, name, part.astype(target, copy=bool(copy)))

    def _fill(self, arg1: Any, shape: Any) -> None:
        if issparse(arg1):
            self._take(arg1.asformat(self.format))
        elif is_shape(arg1):
            self._take(self._of_shape(_checked_shape(arg1)))
        elif scipy_sparse().issparse(arg1):
            self._take(from_scipy(arg1, self.format, self.is_array))
        elif isinstance(arg1, tuple):
            self._from_tuple(arg1, shape)
        elif is_dense(arg1):
            self._from_dense(arg1)
        else:
            raise self._unknown()

    def _of_shape(self, shape: tuple[int, ...]) -> Any:
        return call(lambda: getattr(scipy_sparse(), type(self).__name__)(shape))

    def _take(self, other: Any) -> None:
        for name in self._parts:
            setattr(self, name, getattr(other, name))
        self._shape = other._shape
        self._canonical = vars(other).get("_canonical")

    def _from_dense(self, dense: Any) -> None:
        if dense.ndim > 2:
            raise self._too_many_axes()
        if dense.dtype.char not in "?fdFD":
            check_dtype(dense.dtype)
        made = f"{self.format}_{'array' if self.is_array else 'matrix'}"
        matrix = dense if self.is_array else get_namespace().atleast_2d(dense)
        self._take(call(getattr(scipy_sparse(), made), matrix))

    def _unknown(self) -> Exception:
        return ValueError("Unsupported initializer format")

    def _too_many_axes(self) -> Exception:
        return ValueError("expected dimension <= 2 array or matrix")

    def _from_tuple(self, parts: Any, shape: Any) -> None:
        raise NotImplementedError

    def max(self, axis: Any = None, out: Any = None, *, explicit: Any = False) -> Any:
        """Return the largest elements."""
        return self._extreme("max", axis, out, explicit)

    def min(self, axis: Any = None, out: Any = None, *, explicit: Any = False) -> Any:
        """Return the smallest elements."""
        return self._extreme("min", axis, out, explicit)

    def _extreme(self, name: str, axis: Any, out: Any, explicit: Any) -> Any:
        if out is not None:
            raise ValueError("Sparse matrices do not support an 'out' parameter.")
        return call(lambda host: getattr(host, name)(axis=axis, explicit=explicit), self)

    def argmax(self, axis: Any = None, out: Any = None) -> Any:
        """Return where the largest elements are."""
        return self._place("argmax", axis, out)

    def argmin(self, axis: Any = None, out: Any = None) -> Any:
        """Return where the smallest elements are."""
        return self._place("argmin", axis, out)

    def _place(self, name: str, axis: Any, out: Any) -> Any:
        if out is not None:
            raise ValueError("Sparse matrices do not support an 'out' parameter.")
        found = call(lambda host: getattr(host, name)(axis=axis), self)
        return get_namespace().asarray(found)

    def _in_place(self, name: str) -> None:
        # As in CuPy and SciPy, a flag that is set is believed.
        flags = {"sum_duplicates": ["_canonical"], "sort_indices": ["_canonical", "_sorted"]}
        if any(vars(self).get(flag) for flag in flags.get(name, ())):
            return
        host = self._on_host().copy()
        getattr(host, name)()
        self._assign(host)
        if self.format != "coo":
            self._canonical = self._sorted = None
        elif name == "sum_duplicates":
            self._canonical = True

    def sum_duplicates(self) -> None:
        """Add elements with the same indices."""
        self._in_place("sum_duplicates")

    def eliminate_zeros(self) -> None:
        """Remove stored zeros."""
        self._in_place("eliminate_zeros")

    @property
    def has_canonical_format(self) -> bool:
        """Whether the indices are sorted and distinct; what is set is believed."""
        flag: bool | None = vars(self).get("_canonical")
        return self._finds_canonical() if flag is None else flag

    @has_canonical_format.setter
    def has_canonical_format(self, flag: bool) -> None:
        self._canonical = bool(flag)

    def _finds_canonical(self) -> bool:
        return bool(self._on_host().has_canonical_format)


for _name in _FUNCTIONS:
    setattr(_Stored, _name, _on_elements(_name))


def _checked_shape(shape: Any) -> tuple[int, ...]:
    message = "invalid shape (must be a 2-tuple of int)"
    try:
        lengths = tuple(shape)
    except TypeError:
        raise ValueError(message) from None
    if not is_shape(lengths):
        raise ValueError(message)
    sizes = tuple(int(length) for length in lengths)
    if any(size < 0 for size in sizes):
        raise ValueError("'shape' elements cannot be negative")
    return sizes


class _Compressed(_Stored):
    """A format with elements in order of rows or of columns."""

    _parts = ("data", "indices", "indptr")

    @property
    def _descr(self) -> Any:
        """The description of the matrix for cuSPARSE; each matrix has one of its own."""
        return types.SimpleNamespace(descriptor=id(self))

    _major: int

    def _from_tuple(self, parts: Any, shape: Any) -> None:
        if len(parts) == 2:
            coordinates = coo_array if self.is_array else coo_matrix
            self._take(coordinates(parts, shape=shape).asformat(self.format))
            return
        if len(parts) != 3:
            raise self._unknown()
        data, indices, indptr = parts
        if not all(is_dense(part) and part.ndim == 1 for part in parts):
            raise ValueError("data, indices, and indptr must be 1-D cupy arrays")
        if len(data) != len(indices):
            raise ValueError("indices and data should have the same size")
        if indptr.size:
            first, last = (int(bound) for bound in indptr[[0, -1]].get())
            if first != 0:
                raise ValueError(f"index pointer should start with 0 (got {first})")
            if last > data.size:
                raise ValueError(
                    f"last index pointer ({last}) exceeds the size of data/indices ({data.size})"
                )
            data, indices = data[:last], indices[:last]
        if shape is None:
            lengths = len(indptr) - 1, int(indices.max()) + 1
            shape = lengths if self._major == 0 else lengths[::-1]
        major = 1 if len(shape) == 1 else shape[self._major]
        if len(indptr) != major + 1:
            raise ValueError(f"index pointer size ({len(indptr)}) should be ({major + 1})")
        # Matrices take the narrowest indices, arrays keep those that they are given.
        wide = max(shape) > np.iinfo(np.int32).max
        kept = self.is_array and indices.dtype == np.int64
        kind = np.int64 if wide or kept else np.int32
        self.data = data
        self.indices, self.indptr = indices.astype(kind), indptr.astype(kind)
        self._shape = _checked_shape(shape)

    @property
    def has_sorted_indices(self) -> bool:
        """Whether the indices are sorted; what is set is believed."""
        flag: bool | None = vars(self).get("_sorted")
        return bool(self._on_host().has_sorted_indices) if flag is None else flag

    @has_sorted_indices.setter
    def has_sorted_indices(self, flag: bool) -> None:
        self._sorted = bool(flag)

    def sort_indices(self) -> None:
        """Sort the indices."""
        self._in_place("sort_indices")

    def sorted_indices(self) -> Any:
        """Return a copy with sorted indices."""
        result = self.copy()
        result.sort_indices()
        return result


class _CSR(_Compressed):
    format = "csr"
    _major = 0


class _CSC(_Compressed):
    format = "csc"
    _major = 1


class _COO(_Stored):
    """A format with elements and their coordinates."""

    format = "coo"
    _parts = ("data", "row", "col")

    def _finds_canonical(self) -> bool:
        return False

    def dot(self, other: Any) -> Any:
        """Return the product with a number, a 0-d array, a vector or a matrix."""
        return self * other if is_scalar(other) else self @ other

    def _unknown(self) -> Exception:
        return TypeError("invalid input format")

    def _too_many_axes(self) -> Exception:
        return TypeError("expected dimension <= 2 array or matrix")

    def _from_tuple(self, parts: Any, shape: Any) -> None:
        data, coords = self._data_and_coordinates(parts)
        if len(coords) not in (1, 2):
            raise ValueError("invalid number of coordinate arrays")
        if not all(is_dense(part) and part.ndim == 1 for part in (data, *coords)):
            raise ValueError("row, column, and data arrays must be 1-D")
        if len({len(part) for part in (data, *coords)}) != 1:
            raise ValueError("row, column, and data array must all be the same length")
        if shape is None:
            if not len(data):
                raise ValueError("cannot infer dimensions from zero sized index arrays")
            shape = tuple(int(coord.max()) + 1 for coord in coords)
        for name, coord, length in zip(
            ("row", "column")[-len(coords) :], coords, shape, strict=True
        ):
            if len(data) and int(coord.max()) >= length:
                raise ValueError(f"{name} index exceeds matrix dimensions")
            if len(data) and int(coord.min()) < 0:
                raise ValueError(f"negative {name} index found")
        self.data = data
        *first, self.col = (coord.astype(np.int32) for coord in coords)
        self.row = first[0] if first else get_namespace().zeros_like(self.col)
        self._shape = _checked_shape(shape)

    def _data_and_coordinates(self, parts: Any) -> tuple[Any, tuple[Any, ...]]:
        try:
            data, coords = parts
            return data, tuple(coords)
        except (TypeError, ValueError):
            raise self._unknown() from None


class _DIA(SparseBase):
    """A format with diagonals."""

    format = "dia"
    _parts = ("data", "offsets")

    def __init__(
        self,
        arg1: Any,
        shape: Any = None,
        dtype: Any = None,
        copy: Any = False,
        *,
        maxprint: Any = None,
    ) -> None:
        xp = get_namespace()
        if maxprint is not None:
            self.maxprint = maxprint
        if scipy_sparse().issparse(arg1):
            host = arg1.todia()
            data, offsets, shape, dtype = host.data, host.offsets, host.shape, host.dtype
        elif isinstance(arg1, tuple):
            data, offsets = arg1
            if shape is None:
                raise ValueError("expected a shape argument")
        else:
            raise ValueError("unrecognized form for dia_matrix constructor")
        data = xp.atleast_2d(xp.array(data, dtype=dtype, copy=copy or None))
        offsets = xp.atleast_1d(xp.array(offsets, dtype=np.int32, copy=copy or None))
        if offsets.ndim != 1:
            raise ValueError("offsets array must have rank 1")
        if data.ndim != 2:
            raise ValueError("data array must have rank 2")
        if data.shape[0] != len(offsets):
            raise ValueError(
                f"number of diagonals ({data.shape[0]}) does not match the number of offsets "
                f"({len(offsets)})"
            )
        ordered = xp.sort(offsets)
        if (ordered[:-1] == ordered[1:]).any():
            raise ValueError("offset array contains duplicate values")
        self.data, self.offsets = data, offsets
        self._shape = _checked_shape(shape)


class csr_matrix(spmatrix, _CSR):
    """A matrix in compressed rows."""


class csc_matrix(spmatrix, _CSC):
    """A matrix in compressed columns."""


class coo_matrix(spmatrix, _COO):
    """A matrix of elements and their coordinates."""


class dia_matrix(spmatrix, _DIA):
    """A matrix of diagonals."""


class csr_array(sparray, _CSR):
    """An array in compressed rows."""


class csc_array(sparray, _CSC):
    """An array in compressed columns."""


class coo_array(sparray, _COO):
    """An array of elements and their coordinates."""


class dia_array(sparray, _DIA):
    """An array of diagonals."""


for _class in (
    csr_matrix,
    csc_matrix,
    coo_matrix,
    dia_matrix,
    csr_array,
    csc_array,
    coo_array,
    dia_array,
):
    register(_class)


def isspmatrix_csr(x: Any) -> bool:
    """Return whether a value is a matrix in compressed rows."""
    return isinstance(x, csr_matrix)


def isspmatrix_csc(x: Any) -> bool:
    """Return whether a value is a matrix in compressed columns."""
    return isinstance(x, csc_matrix)


def isspmatrix_coo(x: Any) -> bool:
    """Return whether a value is a matrix of coordinates."""
    return isinstance(x, coo_matrix)


def isspmatrix_dia(x: Any) -> bool:
    """Return whether a value is a matrix of diagonals."""
    return isinstance(x, dia_matrix)
