"""Broken buffers that the checks in `zarr_devbuf.checks.prototype.nd_reshape_and_astype` catch."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import zarr.buffer.cpu

from tests.subjects.prototypes.derive import Mixin

# Mixins call methods of the class that they are mixed with, which mypy cannot know.
# mypy: disable-error-code="misc, no-any-return, type-arg"


class NDReshapesInMemoryOrder(Mixin):
    caught_by: ClassVar = {"reshape"}

    def reshape(self, newshape: Any) -> Any:
        flags = self._data.flags
        if flags.f_contiguous and not flags.c_contiguous:
            return type(self)(self._data.transpose().reshape(newshape))
        return super().reshape(newshape)


class NDReshapesToTuplesOnly(Mixin):
    caught_by: ClassVar = {"reshape"}

    def reshape(self, newshape: Any) -> Any:
        return type(self)(self._data.reshape(tuple(newshape)))


class NDReshapesWhatIsContiguous(Mixin):
    caught_by: ClassVar = {"reshape"}

    def reshape(self, newshape: Any) -> Any:
        flags = self._data.flags
        if flags.c_contiguous or flags.f_contiguous:
            return super().reshape(newshape)
        turned = self._data.transpose()
        return type(self)(turned.reshape(newshape))


class NDSqueezesAll(Mixin):
    caught_by: ClassVar = {"squeeze"}

    def squeeze(self, axis: Any) -> Any:
        return type(self)(self._data.reshape(tuple(n for n in self.shape if n != 1)))


class NDTakesNoneForNothing(Mixin):
    caught_by: ClassVar = {"transpose"}

    def transpose(self, axes: Any) -> Any:
        return super().transpose(range(len(self.shape)) if axes is None else axes)


class NDInvertsPermutations(Mixin):
    caught_by: ClassVar = {"transpose"}

    def transpose(self, axes: Any) -> Any:
        if axes is not None and min(axes, default=0) >= 0:
            axes = [int(axis) for axis in np.argsort(axes)]
        return super().transpose(axes)


class NDForgetsTheOrderOfACast(Mixin):
    caught_by: ClassVar = {"astype"}

    def astype(self, dtype: Any, order: Any = "K") -> Any:
        return super().astype(dtype, "C" if order == "F" else order)


class NDReturnsItselfIfDtypeIsTheSame(Mixin):
    caught_by: ClassVar = {"astype"}

    def astype(self, dtype: Any, order: Any = "K") -> Any:
        if self.dtype == dtype and order in ("K", "A"):
            return self
        return super().astype(dtype, order)


class NDAddsZeroToFloats(Mixin):
    """Adds 0 to floats that it converts to floats, which loses the sign of -0.0."""

    caught_by: ClassVar = {"astype"}

    def astype(self, dtype: Any, order: Any = "K") -> Any:
        if np.dtype(dtype).kind == self.dtype.kind == "f":
            return type(self)(super().astype(dtype, order).as_ndarray_like() + 0)
        return super().astype(dtype, order)


class NDCopiesTheWrapper(Mixin):
    caught_by: ClassVar = {"copy"}

    def copy(self) -> Any:
        return type(self)(self._data)


class NDCopiesToTheHost(Mixin):
    caught_by: ClassVar = {"copy", "stays_on_device"}

    def copy(self) -> Any:
        return zarr.buffer.cpu.NDBuffer(self.as_numpy_array())


class TakesNoSubclass(Mixin):
    caught_by: ClassVar = {"bytes_of_values"}

    def __init__(self, array_like: Any) -> None:
        if type(array_like) is not self.backend.array_type:
            raise TypeError(f"no {self.backend.array_type}: {type(array_like)}")
        super().__init__(array_like)
