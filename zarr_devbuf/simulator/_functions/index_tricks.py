"""Index conversion, indices of triangles and diagonals, ``mgrid``, ``ogrid``, ``r_`` and ``c_``."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.

from __future__ import annotations

import math
import numbers
from typing import Any

import numpy as np

from zarr_devbuf import transfers
from zarr_devbuf.simulator._core.construction import normalize_shape
from zarr_devbuf.simulator._core.host_copy import record_download
from zarr_devbuf.simulator._core.indexing import record_count
from zarr_devbuf.simulator._core.numpy_fallback import call
from zarr_devbuf.simulator._core.storage import DeviceArray, kernel_operand, wrap
from zarr_devbuf.simulator._functions.concatenators import AxisConcatenator
from zarr_devbuf.simulator._functions.creation import arange, diagonal_number
from zarr_devbuf.simulator._functions.manipulation import broadcast, stack
from zarr_devbuf.simulator._functions.naming import named

__all__ = ["FUNCTIONS", "OBJECTS"]


def _weights(dims: Any, order: Any) -> list[int]:
    """Return the change of the flat position for a step along each axis."""
    letter = "C" if order is None else order.upper()
    if letter not in ("C", "F"):
        raise ValueError("order not understood")
    count = len(dims)
    if letter == "C":
        return [math.prod(dims[axis + 1 :]) for axis in range(count)]
    return [math.prod(dims[:axis]) for axis in range(count)]


def _check_bounds(positions: Any, length: int, mode: str) -> Any:
    if mode == "raise":
        record_download(1)
        if ((positions < 0) | (positions >= length)).any():
            raise ValueError("invalid entry in coordinates array")
        return positions
    if mode == "clip":
        return positions.clip(0, length - 1)
    if mode == "wrap":
        return positions % length if length else np.zeros_like(positions)
    raise ValueError(f"Unrecognized mode: {mode}")


def ravel_multi_index(multi_index: Any, dims: Any, mode: Any = "wrap", order: Any = "C") -> Any:
    """Return the flat positions of coordinates; by default, coordinates wrap around.

    Parameters
    ----------
    multi_index
        Device arrays of integers, one for each axis.
    dims
        The shape of the array that they index.
    mode
        ``"wrap"``, ``"clip"`` or ``"raise"``, for all axes or one for each axis. ``"raise"``
        downloads one byte for each axis.
    order
        ``"C"`` or ``"F"``.
    """
    count = len(dims)
    if len(multi_index) != count:
        raise ValueError(f"parameter multi_index must be a sequence of length {count}")
    for length in dims:
        if not isinstance(length, numbers.Integral):
            raise TypeError(f"{type(length)} object cannot be interpreted as an integer")
    modes = (mode,) * count if isinstance(mode, str) else mode
    if math.prod(dims) > np.iinfo(np.int64).max:
        raise ValueError(
            "invalid dims: array size defined by dims is larger than the maximum possible size"
        )
    weights = _weights(dims, order)
    coordinates = broadcast(*multi_index).values
    total: Any = np.zeros(coordinates[0].shape, np.int64)
    for length, weight, one, how in zip(dims, weights, coordinates, modes, strict=False):
        if not isinstance(one, DeviceArray):
            raise TypeError("elements of multi_index must be cupy arrays")
        if not np.can_cast(one._raw.dtype, np.int64, "same_kind"):
            raise TypeError(
                f"multi_index entries could not be cast from dtype('{one._raw.dtype}') to "
                "dtype('int64') according to the rule 'same_kind'"
            )
        positions = kernel_operand(one).astype(np.int64, copy=False)
        total = total + weight * _check_bounds(positions, length, how)
    return wrap(np.asarray(total))


def unravel_index(indices: Any, dims: Any, order: Any = "C") -> Any:
    """Return the coordinates of flat positions; checking them downloads two bytes."""
    letter: Any = "C" if order is None else order.upper()
    if letter not in ("C", "F"):
        raise ValueError("order not understood")
    lengths = dims[::-1] if letter == "C" else dims
    given = indices._raw.dtype if isinstance(indices, DeviceArray) else indices
    if not np.can_cast(getattr(given, "dtype", given), np.int64, "same_kind"):
        raise TypeError(
            "Iterator operand 0 dtype could not be cast from "
            f"dtype('{indices.dtype}') to dtype('int64') according to the rule 'same_kind'"
        )
    if not isinstance(indices, DeviceArray):
        return _unravel_host(indices, lengths, letter)
    raw = kernel_operand(indices)
    record_download(1)
    if (raw < 0).any():
        raise ValueError("invalid entry in index array")
    coordinates = []
    for length in lengths:
        coordinates.append(wrap(np.asarray(raw % length, order="C")))
        raw = np.asarray(raw // length)
    record_download(1)
    if (raw > 0).any():
        raise ValueError("invalid entry in index array")
    return tuple(coordinates[::-1] if letter == "C" else coordinates)


def _unravel_host(indices: Any, lengths: Any, letter: str) -> Any:
    """Compute the coordinates of positions in host memory, on the host."""
    if (indices < 0).any():
        raise ValueError("invalid entry in index array")
    coordinates = []
    for length in lengths:
        coordinates.append(indices % length)
        indices = indices // length
    if (indices > 0).any():
        raise ValueError("invalid entry in index array")
    return tuple(coordinates[::-1] if letter == "C" else coordinates)


def _triangle(name: str, n: Any, k: Any, m: Any) -> Any:
    normalize_shape((n, n if m is None else m))
    found = call(getattr(np, name), n, diagonal_number(k), m)
    for _ in range(2):
        # CuPy selects each of the two with a mask, and downloads its count.
        if n and (m is None or m):
            record_count()
    return found


def _two_dimensional(arr: Any) -> Any:
    if arr.ndim != 2:
        raise ValueError("input array must be 2-d")
    return arr.shape


def _tril_indices_from(arr: Any, k: int = 0) -> Any:
    rows, columns = _two_dimensional(arr)
    return _triangle("tril_indices", rows, k, columns)


def _triu_indices(n: Any, k: Any = 0, m: Any = None) -> Any:
    below = k - 1
    return _triangle("triu_indices", n, below + 1, m)


def _triu_indices_from(arr: Any, k: int = 0) -> Any:
    rows, columns = _two_dimensional(arr)
    return _triangle("triu_indices", rows, k, columns)


def _diag_indices_from(arr: Any) -> Any:
    if not isinstance(arr, DeviceArray):
        raise TypeError("Argument must be cupy.ndarray")
    if arr.ndim < 2:
        raise ValueError("input array must be at least 2-d")
    # CuPy compares the lengths on the device.
    transfers.record("h2d", 8 * arr.ndim, explicit=False)
    record_download(1)
    if len(set(arr.shape)) != 1:
        raise ValueError("All dimensions of input must be of equal length")
    return call(np.diag_indices, arr.shape[0], arr.ndim)


class _Grid:
    """An object that returns coordinates when it is indexed with slices."""

    def __init__(self, grid: Any, *, sparse: bool) -> None:
        self._grid = grid
        self.sparse = sparse

    def __getitem__(self, key: Any) -> Any:
        slices = key if isinstance(key, tuple) else (key,)
        parts = [part for one in slices for part in (one.start, one.stop, one.step)]
        if any(isinstance(part, DeviceArray) for part in parts):
            if isinstance(key, slice):
                return _line(key)
            return self._device_grid(key)
        found = self._grid[key]
        if isinstance(found, np.ndarray):
            return wrap(np.array(found, order="C"))
        return [wrap(np.array(one, order="C")) for one in found]

    def _device_grid(self, key: tuple[slice, ...]) -> Any:
        """Return the coordinates for bounds on the device; they are broadcast, as in CuPy."""
        numbers = [part for one in key for part in (one.start, one.stop, one.step)]
        kind = float if any(isinstance(part, (float, complex)) for part in numbers) else int
        lengths = []
        for one in key:
            if isinstance(one.step, complex):
                lengths.append(int(abs(one.step)))
            else:
                step = 1 if one.step is None else one.step
                first = 0 if one.start is None else one.start
                lengths.append(math.ceil((one.stop - first) / (step * 1.0)))
        places = [*map(np.arange, lengths)] if self.sparse else np.indices(lengths)
        axes = [wrap(np.array(one, kind, order="C")) for one in places]
        found = [
            axis * _step(one) + (0 if one.start is None else one.start)
            for axis, one in zip(axes, key, strict=True)
        ]
        if not self.sparse:
            return stack([one.astype(kind) for one in found])
        new = [None] * len(found)
        return [one[(*new[:k], slice(None), *new[k + 1 :])] for k, one in enumerate(found)]

    def __len__(self) -> int:
        return 0


def _step(one: slice) -> Any:
    """Return the distance of neighbours; an imaginary step is the number of points."""
    if not isinstance(one.step, complex):
        return 1 if one.step is None else one.step
    count = int(abs(one.step))
    first = 0 if one.start is None else one.start
    return (one.stop - first) / float(count - 1) if count != 1 else 1


def _line(one: slice) -> Any:
    first = 0 if one.start is None else one.start
    if not isinstance(one.step, complex):
        return arange(first, one.stop, one.step)
    return wrap(np.arange(int(abs(one.step)), dtype=float)) * _step(one) + first


FUNCTIONS: dict[str, Any] = {
    "ravel_multi_index": ravel_multi_index,
    "unravel_index": unravel_index,
} | named(
    {
        "tril_indices": lambda n, k=0, m=None: _triangle("tril_indices", n, k, m),
        "triu_indices": _triu_indices,
        "diag_indices": lambda n, ndim=2: call(np.diag_indices, n, ndim),
        "tril_indices_from": _tril_indices_from,
        "triu_indices_from": _triu_indices_from,
        "diag_indices_from": _diag_indices_from,
    }
)
"""The functions by name."""

OBJECTS: dict[str, Any] = {
    "mgrid": _Grid(np.mgrid, sparse=False),
    "ogrid": _Grid(np.ogrid, sparse=True),
    "r_": AxisConcatenator(),
    "c_": AxisConcatenator(-1, ndmin=2, trans1d=0),
}
"""The objects by name."""
