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
    caught_by: ClassVar = {"slice_views", "slice_assignment"}

    def __getitem__(self, key: slice) -> Any:
        part = super().__getitem__(key)
        return type(self)(part.as_array_like().copy())


class IgnoresNegativeStops(Mixin):
    caught_by: ClassVar = {"from_buffer", "slices", "slices_of_large_buffers", "to_host"}

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
    caught_by: ClassVar = {"combine_copies", "results_are_final"}

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
    caught_by: ClassVar = {"answers_on_device", "equality"}

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


class CountsInTwentyOneBits(Mixin):
    """Has offsets of 21 bits: from 2 MiB on, they begin at 0 again."""

    caught_by: ClassVar = {"slices_of_large_buffers"}

    def __getitem__(self, key: Any) -> Any:
        start, stop = key.indices(len(self))[:2] if isinstance(key, slice) else (0, 0)
        if start >= 1 << 21:
            key = slice(start - (1 << 21), max(stop, start) - (1 << 21))
        return super().__getitem__(key)


class CopiesLargeSlices(Mixin):
    caught_by: ClassVar = {"slice_views"}

    def __getitem__(self, key: slice) -> Any:
        part = super().__getitem__(key)
        return type(self)(part.as_array_like().copy()) if len(part) > 1000 else part


class CountsFarBoundsFromTheStart(Mixin):
    caught_by: ClassVar = {"slices"}

    def __getitem__(self, key: slice) -> Any:
        if len(self) == 11 and isinstance(getattr(key, "start", None), int) and key.start < -20:
            key = slice(1, key.stop, key.step)
        return super().__getitem__(key)


class AssignsWhatFits(Mixin):
    caught_by: ClassVar = {"slice_assignment"}

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, slice) and hasattr(value, "shape"):
            value = value[: len(self[key])]
        super().__setitem__(key, value)


class CombinesSixtyFour(Mixin):
    caught_by: ClassVar = {"combine", "combine_host_buffers"}

    def combine(self, others: Any) -> Any:
        return super().combine(list(others)[:63])


class CombinesThousand(Mixin):
    caught_by: ClassVar = {"combine"}

    def combine(self, others: Any) -> Any:
        return super().combine(list(others)[:1000])


class DropsEmptyPartsAndTheirNeighbours(Mixin):
    """Skips empty parts, if there are many, by an index that it computes wrongly."""

    caught_by: ClassVar = {"combine"}

    def combine(self, others: Any) -> Any:
        others = list(others)
        if len(others) > 20 and not len(others[0]):
            others = others[2:]
        return super().combine(others)


class CombinesOneMebibyte(Mixin):
    caught_by: ClassVar = {"combine", "results_are_final"}

    def combine(self, others: Any) -> Any:
        joined = super().combine(others)
        if len(joined) > 1 << 20:
            joined[1 << 20 :] = 0
        return joined


class SharesWhatIsLarge(Mixin):
    caught_by: ClassVar = {"combine_copies", "results_are_final"}

    def combine(self, others: Any) -> Any:
        others = list(others)
        if len(self) > 1 << 16 and not any(map(len, others)):
            return self
        return super().combine(others)


class ComparesOneMebibyte(Mixin):
    caught_by: ClassVar = {"equality"}

    def __eq__(self, other: object) -> bool:
        if isinstance(other, type(self)) and len(self) == len(other):
            return super(ComparesOneMebibyte, self[: 1 << 20]).__eq__(other[: 1 << 20])
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]


class AssignsOneMebibyte(Mixin):
    caught_by: ClassVar = {"slice_assignment"}

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value)
        start, stop, _ = key.indices(len(self))
        if stop - start > 1 << 20:
            self._data[stop - 1] = 255
