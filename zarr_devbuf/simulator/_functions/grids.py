"""Grids by indexing: ``mgrid`` and ``ogrid``."""

from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.errors import not_modelled
from zarr_devbuf.simulator._core.storage import DeviceArray, wrap

__all__ = ["OBJECTS"]


class _Grid:
    """An object that makes coordinates of the slices that it is indexed with."""

    def __init__(self, grid: Any, *, sparse: bool) -> None:
        self._grid = grid
        self.sparse = sparse

    def __getitem__(self, key: Any) -> Any:
        slices = key if isinstance(key, tuple) else (key,)
        for one in slices:
            if any(isinstance(part, DeviceArray) for part in (one.start, one.stop, one.step)):
                raise not_modelled("cupy.mgrid of bounds on the device")
        found = self._grid[key]
        if isinstance(found, np.ndarray):
            return wrap(np.array(found, order="C"))
        return [wrap(np.array(one, order="C")) for one in found]

    def __len__(self) -> int:
        return 0


class _Join:
    """An object that CuPy has and the simulator does not claim to know."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getitem__(self, key: Any) -> Any:
        raise not_modelled(self._name)

    def __len__(self) -> int:
        return 0


OBJECTS: dict[str, Any] = {
    "mgrid": _Grid(np.mgrid, sparse=False),
    "ogrid": _Grid(np.ogrid, sparse=True),
    "r_": _Join("cupy.r_"),
    "c_": _Join("cupy.c_"),
}
"""The objects by name."""
