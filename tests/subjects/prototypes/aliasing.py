"""Broken buffers that the checks in `zarr_devbuf.checks.prototype.aliasing` catch."""

from __future__ import annotations

import threading
import warnings
from typing import Any, ClassVar

import numpy as np

from tests.subjects.prototypes.derive import Mixin

# Mixins call methods of the class that they are mixed with, which mypy cannot know.
# mypy: disable-error-code="misc, no-any-return, type-arg"


class NDTransfersWhenUsed(Mixin):
    """Keeps the host's array, and copies it to the device when it is first used."""

    caught_by: ClassVar = {"host_copies"}

    @classmethod
    def from_numpy_array(cls, array_like: Any) -> Any:
        made = super().from_numpy_array(array_like)
        made.__dict__["late"] = np.asanyarray(array_like)
        return made

    def as_ndarray_like(self) -> Any:
        late = self.__dict__.pop("late", None)
        if late is not None:
            self._data = type(self).from_numpy_array(late)._data
        return self._data


class KeepsEverySlice(Mixin):
    caught_by: ClassVar = {"frees_memory"}
    seen: ClassVar[list[Any]] = []

    def __getitem__(self, key: slice) -> Any:
        part = super().__getitem__(key)
        self.seen.append(part.as_array_like())
        return part


class NDKeepsWhatItCopied(Mixin):
    caught_by: ClassVar = {"frees_memory"}
    undo: ClassVar[list[Any]] = []

    def copy(self) -> Any:
        self.undo.append(self)
        return super().copy()


class NDCopiesWhenUsed(Mixin):
    """Copies when the copy is first used."""

    _data: Any

    caught_by: ClassVar = {"results_are_final"}

    def copy(self) -> Any:
        made = type(self)(self._data)
        made.__dict__["late"] = True
        return made

    def as_ndarray_like(self) -> Any:
        if self.__dict__.pop("late", False):
            self._data = self._data.copy()
        return self._data


class CombinesInTheBackground(Mixin):
    """Fills the memory of the result in a thread, a moment after it was returned."""

    def combine(self, others: Any) -> Any:
        joined = super().combine(others)
        array = joined.as_array_like()
        late = array.copy()
        array[...] = 0
        threading.Timer(0.01, lambda: array.__setitem__(..., late)).start()
        return joined


class NDTransfersLargeOnesWhenUsed(Mixin):
    caught_by: ClassVar = {"host_copies"}
    caught_on_host: ClassVar[set[str]] = set()

    @classmethod
    def from_numpy_array(cls, array_like: Any) -> Any:
        made = super().from_numpy_array(array_like)
        if np.asanyarray(array_like).nbytes > 1 << 20:
            made.__dict__["late"] = np.asanyarray(array_like)
        return made

    def as_ndarray_like(self) -> Any:
        late = self.__dict__.pop("late", None)
        if late is not None:
            made = super().from_numpy_array(late)
            self._data = made._data
        return self._data


class NDWarnsOfItsOwnArrays(Mixin):
    caught_by: ClassVar = {"warnings"}

    def copy(self) -> Any:
        warnings.warn("falling back to a slow path", UserWarning, stacklevel=2)
        return super().copy()
