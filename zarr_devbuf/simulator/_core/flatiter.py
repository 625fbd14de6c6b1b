"""The iterator over an array, ``cupy.flatiter``."""

# ruff: noqa: N801 - names and signatures are CuPy's.
from __future__ import annotations

from typing import Any, Self

import numpy as np

from zarr_devbuf.simulator._core.construction import make_array
from zarr_devbuf.simulator._core.storage import kernel_operand, kernel_target, wrap

__all__ = ["flatiter"]


class flatiter:
    """The elements of a device array in C order, by position or slice; results are copies."""

    __module__ = "zarr_devbuf.simulator.cupy"

    def __init__(self, a: Any) -> None:
        self._base = a
        self._next = 0

    @property
    def base(self) -> Any:
        """The array."""
        return self._base

    def copy(self) -> Any:
        """Return a one-dimensional copy of the elements."""
        return self._base.flatten()

    def _position(self, key: Any) -> tuple[Any, ...]:
        if not np.isscalar(key) or isinstance(key, bool):
            raise IndexError("unsupported iterator index")
        index = int(key)  # type: ignore[arg-type]
        position = []
        size = self._base.size
        for length in self._base.shape:
            size //= length
            position.append(index // size)
            index %= size
        return tuple(position)

    def __getitem__(self, key: Any) -> Any:
        if key is Ellipsis:
            key = slice(None)
        if isinstance(key, slice):
            return wrap(kernel_operand(self._base).reshape(-1)[key].copy())
        return self._base[self._position(key)].copy()

    def __setitem__(self, key: Any, value: Any) -> None:
        if key is Ellipsis:
            key = slice(None)
        if isinstance(key, slice):
            source = make_array(value, self._base.dtype, copy=None, explicit=False)
            kernel_target(self._base).flat[key] = kernel_operand(source)
        else:
            self._base[self._position(key)] = value

    def __len__(self) -> int:
        return int(self._base.size)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        if self._next == len(self):
            raise StopIteration
        self._next += 1
        return self[self._next - 1]
