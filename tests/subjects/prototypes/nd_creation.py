"""Broken buffers that the checks in `zarr_devbuf.checks.prototype.nd_creation` catch."""

from __future__ import annotations

import functools
from typing import Any, ClassVar

import numpy as np

from tests.subjects.prototypes.derive import Mixin

# Mixins call methods of the class that they are mixed with, which mypy cannot know.
# mypy: disable-error-code="misc, no-any-return, type-arg"


class NDForgetsTheOrderOfZeros(Mixin):
    caught_by: ClassVar = {"create", "create_fill"}

    @classmethod
    def create(cls, *, shape: Any, dtype: Any, order: Any = "C", fill_value: Any = None) -> Any:
        if type(fill_value) is int and fill_value == 0:
            order = "C"
        return super().create(shape=shape, dtype=dtype, order=order, fill_value=fill_value)


class NDReadsTheShapeTwice(Mixin):
    caught_by: ClassVar = {"create"}

    @classmethod
    def create(cls, *, shape: Any, dtype: Any, order: Any = "C", fill_value: Any = None) -> Any:
        if 0 in shape:
            shape = tuple(shape)
        return super().create(shape=shape, dtype=dtype, order=order, fill_value=fill_value)


class NDFillsByFloat(Mixin):
    caught_by: ClassVar = {"create_fill"}

    @classmethod
    def create(cls, *, shape: Any, dtype: Any, order: Any = "C", fill_value: Any = None) -> Any:
        if type(fill_value) is int and np.dtype(dtype).kind == "i":
            fill_value = int(float(fill_value))
        return super().create(shape=shape, dtype=dtype, order=order, fill_value=fill_value)


class NDTakesZeroForZero(Mixin):
    caught_by: ClassVar = {"negative_zero"}

    @classmethod
    def create(cls, *, shape: Any, dtype: Any, order: Any = "C", fill_value: Any = None) -> Any:
        if isinstance(fill_value, float) and fill_value == 0:
            fill_value = 0
        return super().create(shape=shape, dtype=dtype, order=order, fill_value=fill_value)


class NDForgetsTheOrderOfAFill(Mixin):
    caught_by: ClassVar = {"create", "create_fill", "structured"}

    @classmethod
    def create(cls, *, shape: Any, dtype: Any, order: Any = "C", fill_value: Any = None) -> Any:
        if (
            np.ndim(fill_value) == 0
            and np.any(fill_value)
            and not isinstance(fill_value, bytes | str)
        ):
            order = "C"
        return super().create(shape=shape, dtype=dtype, order=order, fill_value=fill_value)


class NDCreatesOnce(Mixin):
    """Returns the same buffer again for the same shape and fill value."""

    caught_by: ClassVar = {"create_fill", "frees_memory"}
    made: ClassVar[dict[Any, Any]] = {}

    @classmethod
    def create(cls, *, shape: Any, dtype: Any, order: Any = "C", fill_value: Any = None) -> Any:
        shape = tuple(shape)
        make = functools.partial(
            super().create, shape=shape, dtype=dtype, order=order, fill_value=fill_value
        )
        if fill_value is None or np.dtype(dtype).kind in "mM":
            return make()
        key = (cls, shape, np.dtype(dtype), order, repr(fill_value))
        return cls.made.setdefault(key, make())


class NDForgetsTheOrderOfEmpty(Mixin):
    caught_by: ClassVar = {"empty"}

    @classmethod
    def empty(cls, shape: Any, dtype: Any, order: Any = "C") -> Any:
        return super().empty(shape, dtype, "C")


class NDRecyclesMemory(Mixin):
    caught_by: ClassVar = {"empty", "frees_memory"}
    pool: ClassVar[dict[Any, Any]] = {}

    @classmethod
    def empty(cls, shape: Any, dtype: Any, order: Any = "C") -> Any:
        key = (cls, tuple(shape), np.dtype(dtype), order)
        return cls.pool.setdefault(key, super().empty(shape, dtype, order))


class NDFillsACopy(Mixin):
    caught_by: ClassVar = {"fill"}

    def fill(self, value: Any) -> None:
        data = self._data
        if data.flags.c_contiguous:
            super().fill(value)
        else:
            data.ravel().fill(value)


class NDFillsByFloat32(Mixin):
    caught_by: ClassVar = {"fill"}

    def fill(self, value: Any) -> None:
        if isinstance(value, float) and self.dtype == np.float64:
            value = float(np.float32(value))
        super().fill(value)


class NDComparesTheLastField(Mixin):
    caught_by: ClassVar = {"all_equal_signed_zeros", "structured"}

    def all_equal(self, other: Any, equal_nan: bool = True) -> bool:
        name = self.dtype.names[-1] if self.dtype.names else None
        if name is None:
            return bool(super().all_equal(other, equal_nan))
        return type(self)(self._data[name]).all_equal(other[name] or 7, equal_nan)


class NDFillsTheFirstField(Mixin):
    caught_by: ClassVar = {"structured"}

    def fill(self, value: Any) -> None:
        if self.dtype.names:
            name = self.dtype.names[0]
            self._data[name][...] = value[name]
        else:
            super().fill(value)


class NDFillsOneMebibyte(Mixin):
    caught_by: ClassVar = {"create_fill"}

    @classmethod
    def create(cls, *, shape: Any, dtype: Any, order: Any = "C", fill_value: Any = None) -> Any:
        made = super().create(shape=shape, dtype=dtype, order=order, fill_value=fill_value)
        array = made.as_ndarray_like()
        if array.nbytes > 1 << 20 and fill_value is not None and array.ndim > 1:
            array[-1] = 1
        return made


class NDForgetsTheOrderOfFourAxes(Mixin):
    caught_by: ClassVar = {"create", "empty"}

    @classmethod
    def create(cls, *, shape: Any, dtype: Any, order: Any = "C", fill_value: Any = None) -> Any:
        shape = tuple(shape)
        order = "C" if len(shape) > 3 else order
        return super().create(shape=shape, dtype=dtype, order=order, fill_value=fill_value)


class NDFillsTheWholeRow(Mixin):
    """Fills what lies between the columns, too."""

    caught_by: ClassVar = {"fill"}

    def fill(self, value: Any) -> None:
        array = self._data
        super().fill(value)
        base = getattr(array, "base", None)
        while base is not None and getattr(base, "base", None) is not None:
            base = base.base
        if base is not None and array.ndim == 2 and base.shape == (4, 5) and array.shape[1] == 3:
            base[...] = value


class NDFillsInTwoHalves(Mixin):
    caught_by: ClassVar = {"structured"}

    def all_equal(self, other: Any, equal_nan: bool = True) -> bool:
        part = self._data[:-1] if self.dtype.names and self.shape == (4,) else self._data
        return bool(super(NDFillsInTwoHalves, type(self)(part)).all_equal(other, equal_nan))


class NDCreatesNoNaN(Mixin):
    caught_by: ClassVar = {"create_fill"}

    @classmethod
    def create(cls, *, shape: Any, dtype: Any, order: Any = "C", fill_value: Any = None) -> Any:
        if isinstance(fill_value, float) and fill_value != fill_value:
            fill_value = 0
        return super().create(shape=shape, dtype=dtype, order=order, fill_value=fill_value)


class NDFillsComplexNumbersBySingles(Mixin):
    caught_by: ClassVar = {"fill"}

    def fill(self, value: Any) -> None:
        if self.dtype.kind == "c" and self.dtype.itemsize == 16:
            with np.errstate(all="ignore"):
                value = complex(np.complex64(value))
        super().fill(value)


class NDFillsHalvesByIntegers(Mixin):
    """Is right for whole numbers."""

    caught_by: ClassVar = {"fill"}

    def fill(self, value: Any) -> None:
        if self.dtype == np.float16 and isinstance(value, float) and 0 < abs(value) < 1:
            value = int(value)
        super().fill(value)


class NDFillsSixtyFourKibibytes(Mixin):
    caught_by: ClassVar = {"fill"}

    def fill(self, value: Any) -> None:
        if self._data.nbytes > 1 << 16:
            self._data[:1].fill(value)
        else:
            super().fill(value)


class NDHoldsTextOfThreeCharacters(Mixin):
    """The simulated device holds no objects."""

    caught_by: ClassVar[set[str]] = set()
    caught_on_host: ClassVar = {"variable_text"}

    @classmethod
    def from_numpy_array(cls, array_like: Any) -> Any:
        array = np.asanyarray(array_like)
        if array.dtype == object:
            array = array.astype("U3").astype(object)
        return super().from_numpy_array(array)


class NDComparesLengthsOfText(Mixin):
    """The simulated device holds no objects."""

    caught_by: ClassVar[set[str]] = set()
    caught_on_host: ClassVar = {"variable_text"}

    def all_equal(self, other: Any, equal_nan: bool = True) -> bool:
        if self.dtype.kind == "T" and isinstance(other, str):
            return all(len(text) == len(other) for text in self.as_numpy_array().flat)
        return bool(super().all_equal(other, equal_nan))


class NDHasUnitsOfTimeOnly(Mixin):
    """Loses a generic unit when it allocates. The simulated device holds no times."""

    caught_by: ClassVar[set[str]] = set()
    caught_on_host: ClassVar = {"generic_times"}

    @classmethod
    def empty(cls, shape: Any, dtype: Any, order: Any = "C") -> Any:
        if np.dtype(dtype).kind in "mM":
            return cls(np.empty(shape, dtype, order))
        return super().empty(shape, dtype, order)


class NDCreatesInColumns(Mixin):
    caught_by: ClassVar = {"default_order"}

    @classmethod
    def create(cls, *, shape: Any, dtype: Any, order: Any = "F", fill_value: Any = None) -> Any:
        return super().create(shape=shape, dtype=dtype, order=order, fill_value=fill_value)


class NDIsEmptyInColumns(Mixin):
    caught_by: ClassVar = {"default_order"}

    @classmethod
    def empty(cls, shape: Any, dtype: Any, order: Any = "F") -> Any:
        return super().empty(shape, dtype, order)
