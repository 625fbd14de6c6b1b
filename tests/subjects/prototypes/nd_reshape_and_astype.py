"""Broken buffers that the checks in `zarr_devbuf.checks.prototype.nd_reshape_and_astype` catch."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import zarr.buffer.cpu

from tests.subjects.prototypes.derive import Mixin

# Mixins call methods of the class that they are mixed with, which mypy cannot know.
# mypy: disable-error-code="misc, no-any-return, type-arg"


class NDReshapesInMemoryOrder(Mixin):
    caught_by: ClassVar = {"reshape", "results_are_final"}

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
    caught_by: ClassVar = {"astype", "results_are_final"}

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
    caught_by: ClassVar = {"copy", "results_are_final"}

    def copy(self) -> Any:
        return type(self)(self._data)


class NDCopiesToTheHost(Mixin):
    caught_by: ClassVar = {"copy", "results_are_final", "stays_on_device", "structured"}

    def copy(self) -> Any:
        return zarr.buffer.cpu.NDBuffer(self.as_numpy_array())


class TakesNoSubclass(Mixin):
    caught_by: ClassVar = {"bytes_of_values"}

    def __init__(self, array_like: Any) -> None:
        if type(array_like) is not self.backend.array_type:
            raise TypeError(f"no {self.backend.array_type}: {type(array_like)}")
        super().__init__(array_like)


class NDCastsByFloats(Mixin):
    caught_by: ClassVar = {"astype"}

    def astype(self, dtype: Any, order: Any = "K") -> Any:
        if self.dtype == np.int64 and np.dtype(dtype) == np.uint64:
            array = self._data
            return (
                type(self)(super().astype("f8", order)._data.astype("u8"))
                if array.size
                else (super().astype(dtype, order))
            )
        return super().astype(dtype, order)


class NDCastsTheLowByteToBool(Mixin):
    caught_by: ClassVar = {"astype"}

    def astype(self, dtype: Any, order: Any = "K") -> Any:
        if np.dtype(dtype) == np.bool_ and self.dtype.kind in "iu":
            return type(self)((self._data & 255).astype("?", order=order))
        return super().astype(dtype, order)


class NDTransposesThreeAxes(Mixin):
    caught_by: ClassVar = {"transpose"}

    def transpose(self, axes: Any) -> Any:
        if axes is not None and len(axes) > 3:
            axes = (axes[1], axes[0], *axes[2:])
        return super().transpose(axes)


class NDCopiesOneMebibyte(Mixin):
    caught_by: ClassVar = {"copy", "results_are_final"}

    def copy(self) -> Any:
        copied = super().copy()
        if copied.as_ndarray_like().nbytes > 1 << 20:
            copied.as_ndarray_like()[-1] = 0
        return copied


class NDSqueezesTwoAxes(Mixin):
    caught_by: ClassVar = {"squeeze"}

    def squeeze(self, axis: Any) -> Any:
        return super().squeeze(axis[:2] if len(self.shape) > 3 else axis)


class NDReshapesFiveAxesInFOrder(Mixin):
    caught_by: ClassVar = {"reshape"}

    def reshape(self, newshape: Any) -> Any:
        if len(self.shape) > 4:
            return type(self)(self._data.reshape(newshape, order="F"))
        return super().reshape(newshape)


class NDHasNoBytesOfHalves(Mixin):
    """Pads elements of two bytes, as if it viewed them by four."""

    caught_by: ClassVar = {"bytes_of_values", "copy", "create", "from_numpy_array"}

    def as_ndarray_like(self) -> Any:
        array = self._data
        if array.dtype == np.float16 and array.ndim > 3:
            return array.astype("f4")
        return array


class NDCopiesConstantsOnce(Mixin):
    """All elements of a copy of a constant array are one element."""

    caught_by: ClassVar = {"copy"}

    def copy(self) -> Any:
        made = super().copy()
        array = made._data
        if array.shape == (3, 4) and (array == array[:1]).all():
            made._data = made.backend.xp.broadcast_to(array[:1, :1], array.shape)
        return made


class NDCastsNoNaT(Mixin):
    """The simulated device holds no times."""

    caught_by: ClassVar[set[str]] = set()
    caught_on_host: ClassVar = {"astype"}

    def astype(self, dtype: Any, order: Any = "K") -> Any:
        made = super().astype(dtype, order)
        if made.dtype == "M8[us]":
            made._data[np.isnat(made._data)] = 0
        return made


class NDCastsNoSmallHalves(Mixin):
    """Takes halves below the smallest normal one for 0."""

    caught_by: ClassVar = {"astype"}

    def astype(self, dtype: Any, order: Any = "K") -> Any:
        made = super().astype(dtype, order)
        if self.dtype == np.float16 and made.dtype == np.float64:
            made._data[abs(made._data) < 6.1e-5] *= 0
        return made


class NDCastsOneMebibyte(Mixin):
    caught_by: ClassVar = {"astype"}

    def astype(self, dtype: Any, order: Any = "K") -> Any:
        made = super().astype(dtype, order)
        if made._data.nbytes > 1 << 20 and made._data.ndim == 3:
            made._data[-1, -1, -1] = 0
        return made
