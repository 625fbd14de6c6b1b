"""``r_`` and ``c_``: objects that join arrays when they are indexed."""

from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.construction import make_array
from zarr_devbuf.simulator._core.reshaping import concatenate

__all__ = ["AxisConcatenator"]

_SCALARS: tuple[type[Any], ...] = tuple(np.ScalarType)


class AxisConcatenator:
    """Joins arrays and scalars along an axis; strings and slices are not implemented in CuPy.

    Parameters
    ----------
    axis
        The axis.
    matrix
        Without effect, as in CuPy.
    ndmin
        The least number of dimensions of the arrays that are joined.
    trans1d
        The first axis of an array that has fewer; with -1, the new axes come first.
    """

    def __init__(
        self, axis: int = 0, matrix: bool = False, ndmin: int = 1, trans1d: int = -1
    ) -> None:
        self.axis = axis
        self.trans1d = trans1d
        self.matrix = matrix
        self.ndmin = ndmin

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            raise NotImplementedError
        parts = key if isinstance(key, tuple) else (key,)
        scalars: dict[int, Any] = {}
        arrays: dict[int, Any] = {}
        for place, part in enumerate(parts):
            if isinstance(part, str) and place:
                raise ValueError("special directives must be the first entry.")
            if isinstance(part, (slice, str)):
                raise NotImplementedError
            if type(part) in _SCALARS:
                scalars[place] = make_array(part, ndmin=self.ndmin, explicit=False)
            else:
                arrays[place] = self._array(part)
        dtype = np.result_type(
            *(one.dtype for one in arrays.values()), *map(parts.__getitem__, scalars)
        )
        found = arrays | {place: one.astype(dtype) for place, one in scalars.items()}
        return concatenate(tuple(found[place] for place in range(len(parts))), self.axis)

    def _array(self, part: Any) -> Any:
        array = make_array(part, copy=None, explicit=False)
        missing = self.ndmin - array.ndim
        if missing <= 0:
            return array
        array = array.reshape((1,) * missing + array.shape)
        if self.ndmin == 1 or self.trans1d == -1:
            return array
        first = self.trans1d + missing + 1 if self.trans1d < 0 else self.trans1d
        axes = list(range(self.ndmin))
        return array.transpose(axes[:first] + axes[missing:] + axes[first:missing])

    def __len__(self) -> int:
        return 0
