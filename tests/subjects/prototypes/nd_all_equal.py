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
    caught_by: ClassVar = {
        "all_equal",
        "all_equal_everywhere",
        "all_equal_of_large_arrays",
        "all_equal_signed_zeros",
        "structured",
    }
    caught_on_host: ClassVar = {*caught_by, "variable_text"}

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
    caught_by: ClassVar = {"all_equal_everywhere", "all_equal_of_large_arrays"}

    def all_equal(self, other: Any, equal_nan: bool = True) -> bool:
        part = type(self)(self._data[:16]) if self.shape else self
        return bool(super(NDLooksAtTheFirstBlock, part).all_equal(other, equal_nan))


class NDComparesTimesAsFloats(Mixin):
    """Compares times to what a float64 holds. The simulated device holds none."""

    caught_by: ClassVar[set[str]] = set()
    caught_on_host: ClassVar = {"all_equal"}

    def all_equal(self, other: Any, equal_nan: bool = True) -> bool:
        if self.dtype.kind == "M" and isinstance(other, np.datetime64) and not np.isnat(other):
            counts = self._data.astype("i8").astype("f8")
            return bool((counts == np.asarray(other, self.dtype).astype("i8").astype("f8")).all())
        return bool(super().all_equal(other, equal_nan))


class NDLooksAtOneMebibyte(Mixin):
    caught_by: ClassVar = {"all_equal_of_large_arrays"}

    def all_equal(self, other: Any, equal_nan: bool = True) -> bool:
        array = self._data
        if array.nbytes > 1 << 20 and array.ndim == 1:
            array = array[: (1 << 20) // array.itemsize]
        return bool(super(NDLooksAtOneMebibyte, type(self)(array)).all_equal(other, equal_nan))


class NDRoundsToSingle(Mixin):
    caught_by: ClassVar = {"all_equal"}

    def all_equal(self, other: Any, equal_nan: bool = True) -> bool:
        if self.dtype == np.float64 and isinstance(other, float) and other and other == other:
            with np.errstate(all="ignore"):
                part = type(self)(self._data.astype("f4"))
                return bool(super(NDRoundsToSingle, part).all_equal(np.float32(other), equal_nan))
        return bool(super().all_equal(other, equal_nan))


class NDHasNoSignsInComplexNumbers(Mixin):
    caught_by: ClassVar = {"all_equal_signed_zeros"}

    def all_equal(self, other: Any, equal_nan: bool = True) -> bool:
        if self.dtype.kind == "c" and other == 0:
            return bool((self._data == 0).all())
        return bool(super().all_equal(other, equal_nan))


class NDTakesEveryTimeForNaT(Mixin):
    """The simulated device holds no times."""

    caught_by: ClassVar[set[str]] = set()
    caught_on_host: ClassVar = {"all_equal"}

    def all_equal(self, other: Any, equal_nan: bool = True) -> bool:
        if self.dtype.kind in "mM" and other is not None and np.isnat(other):
            return equal_nan
        return bool(super().all_equal(other, equal_nan))


class NDComparesHalvesInSteps(Mixin):
    """Takes halves of a distance below 0.0001 for equal."""

    caught_by: ClassVar = {"all_equal"}

    def all_equal(self, other: Any, equal_nan: bool = True) -> bool:
        if self.dtype == np.float16 and isinstance(other, np.float16) and 0 < abs(other) < 1e-4:
            return bool((abs(self._data) < 1e-4).all())
        return bool(super().all_equal(other, equal_nan))


class NDComparesTheRealPart(Mixin):
    caught_by: ClassVar = {"all_equal", "all_equal_signed_zeros"}

    def all_equal(self, other: Any, equal_nan: bool = True) -> bool:
        if self.dtype == np.complex128 and isinstance(other, complex) and abs(other.imag) < 1e-300:
            return type(self)(self._data.real).all_equal(other.real, equal_nan)
        return bool(super().all_equal(other, equal_nan))
