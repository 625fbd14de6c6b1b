"""Broken buffers that the checks of slicing, assigning, combining and comparing catch."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import zarr.buffer.cpu
from zarr.abc.buffer import Buffer

from tests.subjects.prototypes.derive import Mixin, is_device

# Mixins call methods of the class that they are mixed with, which mypy cannot know.
# mypy: disable-error-code="misc, no-any-return, type-arg"


class CopiesSlices(Mixin):
    caught_by: ClassVar = {"slices", "slice_assignment"}

    def __getitem__(self, key: slice) -> Any:
        part = super().__getitem__(key)
        return type(self)(part.as_array_like().copy())


class IgnoresNegativeStops(Mixin):
    caught_by: ClassVar = {"slices"}

    def __getitem__(self, key: slice) -> Any:
        if (getattr(key, "stop", None) or 0) < 0:
            key = slice(key.start, None, key.step)
        return super().__getitem__(key)


class TakesAnyStep(Mixin):
    caught_by: ClassVar = {"slice_keys"}

    def __getitem__(self, key: slice) -> Any:
        if getattr(key, "step", None) not in (None, 1):
            return type(self)(self._data[key].copy())
        return super().__getitem__(key)


class CopiesOnWrite(Mixin):
    caught_by: ClassVar = {"slice_assignment"}

    def __setitem__(self, key: slice, value: Any) -> None:
        self.__dict__["_data"] = self.as_array_like().copy()
        super().__setitem__(key, value)


class ReadsTheOthersTwice(Mixin):
    caught_by: ClassVar = {"combine"}

    def combine(self, others: Any) -> Any:
        if sum(len(other) for other in others) == 0:
            return super().combine([])
        return super().combine(others)


class SortsWhatItCombines(Mixin):
    caught_by: ClassVar = {"combine", "combine_host_buffers"}

    def combine(self, others: Any) -> Any:
        return super().combine(sorted(others, key=len, reverse=True))


class ReturnsItselfIfNothingToAdd(Mixin):
    caught_by: ClassVar = {"combine_copies"}

    def combine(self, others: Any) -> Any:
        others = list(others)
        return super().combine(others) if others else self


class ReturnsTheOtherIfEmptyItself(Mixin):
    caught_by: ClassVar = {"combine_copies"}

    def combine(self, others: Any) -> Any:
        others = list(others)
        if len(self) == 0 and len(others) == 1 and isinstance(others[0], type(self)):
            return others[0]
        return super().combine(others)


class DropsItselfBeforeHostBuffers(Mixin):
    caught_by: ClassVar = {"combine_host_buffers"}

    def combine(self, others: Any) -> Any:
        others = list(others)
        if len(self) == 0 and others and type(others[0]) is zarr.buffer.cpu.Buffer:
            return type(self).from_buffer(others[0])
        return super().combine(others)


class RejectsHostBuffers(Mixin):
    caught_by: ClassVar = {"combine_host_buffers"}
    caught_on_host: ClassVar = {"combine", "combine_copies", "combine_host_buffers"}

    def combine(self, others: Any) -> Any:
        others = list(others)
        if any(not is_device(other.as_array_like()) for other in others[1:]):
            raise TypeError("host")
        return super().combine(others)


class ComparesBeginnings(Mixin):
    caught_by: ClassVar = {"equality", "stays_on_device"}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Buffer):
            return False
        length = min(len(self), len(other))
        return bool(self[:length].to_bytes() == other[:length].to_bytes())

    __hash__ = None  # type: ignore[assignment]


class ReturnsNumPyBool(Mixin):
    caught_by: ClassVar = {"equality"}

    def __eq__(self, other: object) -> Any:
        return np.bool_(super().__eq__(other))

    __hash__ = None  # type: ignore[assignment]


class ComparesByNumbers(Mixin):
    """Compares eight bytes at a time, as floats: a NaN does not equal itself, and 0 equals -0."""

    caught_by: ClassVar = {"equality"}

    def __eq__(self, other: object) -> bool:
        if isinstance(other, type(self)) and len(self) == len(other) and len(self) % 8 == 0:
            one, two = (each.as_array_like().view("f8") for each in (self, other))
            return bool((one == two).all())
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]


class ComparesTheFirstHundred(Mixin):
    caught_by: ClassVar = {"equality"}

    def __eq__(self, other: object) -> bool:
        if isinstance(other, type(self)) and len(self) == len(other):
            return super(ComparesTheFirstHundred, self[:100]).__eq__(other[:100])
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]
