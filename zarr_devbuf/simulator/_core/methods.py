"""The methods of the array that reshape, select, sort and reduce."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
# ruff: noqa: A002 - names and signatures are CuPy's.
from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core import reshaping, selection, sorting, statistics
from zarr_devbuf.simulator._core.construction import cast
from zarr_devbuf.simulator._core.matmul import need_array
from zarr_devbuf.simulator._core.numpy_fallback import delegate
from zarr_devbuf.simulator._core.reductions import REDUCTIONS
from zarr_devbuf.simulator._core.storage import DeviceArray, kernel_target
from zarr_devbuf.simulator._core.ufunc_table import UFUNCS

__all__ = ["ArrayMethods"]


class ArrayMethods(DeviceArray):
    """Methods that are functions of ``cupy`` too."""

    __slots__ = ()

    # --- shape --------------------------------------------------------------------------------

    def reshape(self, *shape: Any, order: Any = "C", copy: Any = None) -> Any:
        """Return the array in another shape: a view if possible, otherwise a copy."""
        return reshaping.reshape(self, shape, order, copy)

    def transpose(self, *axes: Any) -> Any:
        """Return a view with the axes permuted."""
        return reshaping.transpose(self, axes)

    def swapaxes(self, axis1: int, axis2: int) -> Any:
        """Return a view with two axes swapped."""
        return reshaping.swapaxes(self, axis1, axis2)

    def flatten(self, order: Any = "C") -> Any:
        """Return a one-dimensional copy."""
        return reshaping.flatten(self, order)

    def ravel(self, order: Any = "C") -> Any:
        """Return the array in one dimension: a view if possible, otherwise a copy."""
        return reshaping.ravel(self, order)

    def squeeze(self, axis: Any = None) -> Any:
        """Return a view without axes of length one."""
        return reshaping.squeeze(self, axis)

    def reduced_view(self, dtype: Any = None) -> Any:
        """Return a view with as few axes as possible."""
        if dtype is None:
            return reshaping.reduced_view(self)
        warnings.warn(
            "calling reduced_view with dtype is deprecated", DeprecationWarning, stacklevel=2
        )
        return reshaping.reduced_view(self).view(dtype)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
        """Return a view of diagonals."""
        return reshaping.diagonal(self, offset, axis1, axis2)

    def trace(
        self, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None
    ) -> Any:
        """Return the sum along diagonals."""
        return self.diagonal(offset, axis1, axis2).sum(-1, dtype, out, False)

    def repeat(self, repeats: Any, axis: Any = None) -> Any:
        """Return the array with elements repeated."""
        return reshaping.repeat(self, repeats, axis)

    # --- selection and sorting ----------------------------------------------------------------

    def take(self, indices: Any, axis: Any = None, out: Any = None) -> Any:
        """Return elements along an axis; positions out of bounds wrap around."""
        return selection.take(self, indices, axis, out)

    def put(self, indices: Any, values: Any, mode: str = "wrap") -> None:
        """Write values at positions of the flattened array."""
        selection.put(self, indices, values, mode)

    def choose(self, choices: Any, out: Any = None, mode: str = "raise") -> Any:
        """Return elements chosen from several arrays."""
        return selection.choose(self, choices, out, mode)

    def compress(self, condition: Any, axis: Any = None, out: Any = None) -> Any:
        """Return the slices along an axis for which a condition is true."""
        return selection.compress(self, condition, axis, out)

    def nonzero(self) -> Any:
        """Return the positions of nonzero elements; downloads their count."""
        return selection.nonzero(self)

    def sort(self, axis: int = -1, kind: Any = None) -> None:
        """Sort in place; the array must be C-contiguous."""
        sorting.sort_in_place(self, axis, kind)

    def argsort(self, axis: Any = -1, kind: Any = None) -> Any:
        """Return the positions that would sort the array."""
        return sorting.argsort(self, axis, kind)

    def partition(self, kth: Any, axis: int = -1) -> None:
        """Partition in place; the array must be C-contiguous."""
        sorting.partition_in_place(self, kth, axis)

    def argpartition(self, kth: Any, axis: Any = -1) -> Any:
        """Return the positions that would partition the array."""
        return sorting.argpartition(self, kth, axis)

    def searchsorted(self, v: Any, side: str = "left", sorter: Any = None) -> Any:
        """Return the positions at which elements must be inserted to keep the array sorted."""
        return sorting.searchsorted(self, v, side, sorter)

    # --- reductions ---------------------------------------------------------------------------

    def sum(
        self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False
    ) -> Any:
        """Return the sum along axes."""
        return REDUCTIONS["sum"](self, axis, dtype, out, keepdims)

    def prod(
        self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = None
    ) -> Any:
        """Return the product along axes."""
        return REDUCTIONS["prod"](self, axis, dtype, out, bool(keepdims))

    def max(self, axis: Any = None, out: Any = None, keepdims: Any = False) -> Any:
        """Return the maximum along axes."""
        return REDUCTIONS["max"](self, axis, None, out, keepdims)

    def min(self, axis: Any = None, out: Any = None, keepdims: Any = False) -> Any:
        """Return the minimum along axes."""
        return REDUCTIONS["min"](self, axis, None, out, keepdims)

    def ptp(self, axis: Any = None, out: Any = None, keepdims: Any = False) -> Any:
        """Return the range of values along axes."""
        result = REDUCTIONS["max"](self, axis, None, out, keepdims)
        result -= REDUCTIONS["min"](self, axis, None, None, keepdims)
        return result

    def argmax(
        self, axis: Any = None, out: Any = None, dtype: Any = None, keepdims: Any = False
    ) -> Any:
        """Return the positions of the maximum along axes."""
        return REDUCTIONS["argmax"](self, axis, dtype, out, keepdims)

    def argmin(
        self, axis: Any = None, out: Any = None, dtype: Any = None, keepdims: Any = False
    ) -> Any:
        """Return the positions of the minimum along axes."""
        return REDUCTIONS["argmin"](self, axis, dtype, out, keepdims)

    def all(self, axis: Any = None, out: Any = None, keepdims: Any = False) -> Any:
        """Return whether all elements along axes are true."""
        return REDUCTIONS["all"](self, axis, None, out, keepdims)

    def any(self, axis: Any = None, out: Any = None, keepdims: Any = False) -> Any:
        """Return whether any element along axes is true."""
        return REDUCTIONS["any"](self, axis, None, out, keepdims)

    def mean(
        self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False
    ) -> Any:
        """Return the mean along axes."""
        return statistics.mean(self, axis, dtype, out, keepdims)

    def var(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        ddof: float = 0,
        keepdims: Any = False,
    ) -> Any:
        """Return the variance along axes."""
        return statistics.var(self, axis, dtype, out, ddof, keepdims)

    def std(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        ddof: float = 0,
        keepdims: Any = False,
    ) -> Any:
        """Return the standard deviation along axes."""
        return statistics.std(self, axis, dtype, out, ddof, keepdims)

    def cumsum(self, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        """Return the cumulative sum."""
        return statistics.cumulate("cumsum", self, axis, dtype, out)

    def cumprod(self, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        """Return the cumulative product."""
        return statistics.cumulate("cumprod", self, axis, dtype, out)

    # --- element by element -------------------------------------------------------------------

    def clip(self, min: Any = None, max: Any = None, out: Any = None) -> Any:
        """Return the array with values limited to a range."""
        return statistics.clip(self, min, max, out)

    def round(self, decimals: int = 0, out: Any = None) -> Any:
        """Return the array rounded."""
        return statistics.round_(self, decimals, out)

    def conj(self) -> Any:
        """Return the complex conjugate; the array itself if it is not complex."""
        return UFUNCS["conjugate"](self) if self._raw.dtype.kind == "c" else self

    def conjugate(self) -> Any:
        """Return the complex conjugate; the array itself if it is not complex."""
        return self.conj()

    def dot(self, b: Any, out: Any = None) -> Any:
        """Return the dot product."""
        need_array(b, "b")
        if out is None:
            return delegate("dot")(self, b)
        need_array(out, "out")
        if np.result_type(self._raw.dtype, b._raw.dtype) != out._raw.dtype:
            raise ValueError("Not supported dtype combination.")
        if not out._raw.flags.c_contiguous:
            raise ValueError("Output array must be C-contiguous")
        if not self._raw.ndim or not b._raw.ndim:
            return UFUNCS["multiply"](self, b, out)
        result = delegate("dot")(self, b)
        if result._raw.size != out._raw.size:
            raise ValueError("Output array has an invalid size")
        np.copyto(kernel_target(out), result._raw.reshape(out._raw.shape))
        return out

    def scatter_add(self, slices: Any, value: Any) -> None:
        """Add at indices; repeated indices are added repeatedly."""
        UFUNCS["add"].at(self, slices, value)

    def _copy(self) -> Any:
        return cast(self, self._raw.dtype, "C")
