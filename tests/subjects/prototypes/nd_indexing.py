"""Broken buffers that the checks in `zarr_devbuf.checks.prototype.nd_indexing` catch."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from zarr.abc.buffer import NDBuffer

from tests.subjects.prototypes.derive import Mixin

# Mixins call methods of the class that they are mixed with, which mypy cannot know.
# mypy: disable-error-code="misc, no-any-return, type-arg"


class NDGivesAScalar(Mixin):
    caught_by: ClassVar = {"get_basic", "one_transfer"}

    def __getitem__(self, key: Any) -> Any:
        item = super().__getitem__(key)
        return item.as_scalar() if item.shape == () else item


class NDAddsNoAxes(Mixin):
    caught_by: ClassVar = {"get_basic"}

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, tuple):
            key = tuple(part for part in key if part is not None)
        return super().__getitem__(key)


class NDCopiesSlices(Mixin):
    caught_by: ClassVar = {"views"}

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(key).copy()


class NDTakesMasksForNumbers(Mixin):
    caught_by: ClassVar = {"get_fancy"}

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, np.ndarray) and key.dtype == bool and key.ndim == 1:
            key = key.astype(int)
        return super().__getitem__(key)


class NDSelectsPointsForGrids(Mixin):
    caught_by: ClassVar = {"get_fancy"}

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, tuple) and all(isinstance(part, np.ndarray) for part in key) and key:
            key = np.ix_(*(part.ravel() for part in key))
        return super().__getitem__(key)


class NDKeepsTheAssignedArray(Mixin):
    caught_by: ClassVar = {"set_basic"}

    def __setitem__(self, key: Any, value: Any) -> None:
        if key is ... and isinstance(value, NDBuffer) and value.shape == self.shape:
            self._data = value.as_ndarray_like()
        else:
            super().__setitem__(key, value)


class NDBroadcastsNoRow(Mixin):
    caught_by: ClassVar = {"set_basic", "stays_on_device"}

    def __setitem__(self, key: Any, value: Any) -> None:
        if key is ... and isinstance(value, NDBuffer) and value.shape != self.shape:
            raise ValueError("shapes differ")
        super().__setitem__(key, value)


class NDSpreadsNoScalarBuffer(Mixin):
    caught_by: ClassVar = {"set_basic"}

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(value, NDBuffer) and value.shape == () and key is ...:
            key = (0,) * len(self.shape)
        super().__setitem__(key, value)


class NDSortsIndices(Mixin):
    caught_by: ClassVar = {"set_fancy"}

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, np.ndarray) and key.dtype != bool:
            key = np.sort(key)
        super().__setitem__(key, value)


class NDSetsNoScalarBufferByMask(Mixin):
    caught_by: ClassVar = {"set_fancy"}

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, np.ndarray) and isinstance(value, NDBuffer) and value.shape == ():
            return
        super().__setitem__(key, value)
