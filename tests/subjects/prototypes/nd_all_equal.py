"""Broken buffers that the checks in `zarr_devbuf.checks.prototype.nd_all_equal` catch."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from tests.subjects.prototypes.derive import Mixin

# Mixins call methods of the class that they are mixed with, which mypy cannot know.
# mypy: disable-error-code="misc, no-any-return, type-arg"


class NDTakesNoneForZero(Mixin):
    caught_by: ClassVar = {"all_equal"}

    def all_equal(self, other: Any, equal_nan: bool = True) -> bool:
        return bool(super().all_equal(0 if other is None else other, equal_nan))


class NDTakesEveryNaNForEqual(Mixin):
    caught_by: ClassVar = {"all_equal"}

    def all_equal(self, other: Any, equal_nan: bool = True) -> bool:
        return bool(super().all_equal(other))


class NDReturnsNumPyBool(Mixin):
    caught_by: ClassVar = {"all_equal", "all_equal_everywhere", "structured"}

    def all_equal(self, other: Any, equal_nan: bool = True) -> Any:
        return np.bool_(super().all_equal(other, equal_nan))


class NDTakesZeroForMinusZero(Mixin):
    caught_by: ClassVar = {"all_equal", "all_equal_everywhere"}

    def all_equal(self, other: Any, equal_nan: bool = True) -> Any:
        if isinstance(other, float) and other == 0:
            positive, negative = super().all_equal(0.0), super().all_equal(-0.0)
            return positive or negative or not bool((self._data != 0).any())
        return super().all_equal(other, equal_nan)


class NDComparesInFloats(Mixin):
    caught_by: ClassVar = {"all_equal"}

    def all_equal(self, other: Any, equal_nan: bool = True) -> bool:
        if self.dtype.kind == "u" and isinstance(other, int | np.integer):
            return super(NDComparesInFloats, self.astype("f8")).all_equal(float(other))
        return super().all_equal(other, equal_nan)


class NDHasNoNaNWithoutAxes(Mixin):
    caught_by: ClassVar = {"all_equal"}

    def all_equal(self, other: Any, equal_nan: bool = True) -> bool:
        return super().all_equal(other, equal_nan and self.shape != ())


class NDLooksAtTheFirstBlock(Mixin):
    caught_by: ClassVar = {"all_equal_everywhere"}

    def all_equal(self, other: Any, equal_nan: bool = True) -> bool:
        part = type(self)(self._data[:16]) if self.shape else self
        return bool(super(NDLooksAtTheFirstBlock, part).all_equal(other, equal_nan))
