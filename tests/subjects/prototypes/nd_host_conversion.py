"""Broken buffers that the checks in `zarr_devbuf.checks.prototype.nd_host_conversion` catch."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from tests.subjects.prototypes.derive import Mixin

# Mixins call methods of the class that they are mixed with, which mypy cannot know.
# mypy: disable-error-code="misc, no-any-return, type-arg"


class NDCopiesColumnMajor(Mixin):
    caught_by: ClassVar = {"fill", "from_ndarray_like"}

    @classmethod
    def from_ndarray_like(cls, ndarray_like: Any) -> Any:
        flags = ndarray_like.flags
        if flags.f_contiguous and not flags.c_contiguous:
            ndarray_like = ndarray_like.copy()
        return super().from_ndarray_like(ndarray_like)


class NDIgnoresTheHostsOrder(Mixin):
    caught_by: ClassVar = {"from_numpy_array", "host_copies", "large_arrays"}

    @classmethod
    def from_numpy_array(cls, array_like: Any) -> Any:
        array = np.asanyarray(array_like)
        return super().from_numpy_array(array.ravel(order="K").reshape(array.shape))


class NDLosesTheSignOfOneZero(Mixin):
    caught_by: ClassVar = {"negative_zero"}

    @classmethod
    def from_numpy_array(cls, array_like: Any) -> Any:
        array = np.asanyarray(array_like)
        if array.ndim == 0 and array.dtype.kind == "f":
            array = array + 0.0
        return super().from_numpy_array(array)


class NDLosesTheBitsOfNaN(Mixin):
    caught_by: ClassVar = {"from_numpy_array"}

    @classmethod
    def from_numpy_array(cls, array_like: Any) -> Any:
        array = np.asanyarray(array_like)
        if array.dtype == "f4":
            array = np.where(np.isnan(array), np.float32("nan"), array)
        return super().from_numpy_array(array)


class NDTakesOnlyArrays(Mixin):
    caught_by: ClassVar = {"from_numpy_array"}

    @classmethod
    def from_numpy_array(cls, array_like: Any) -> Any:
        if not isinstance(array_like, np.ndarray):
            raise TypeError(f"no array: {array_like!r}")
        return super().from_numpy_array(array_like)


class NDKnowsArraysByAddress(Mixin):
    caught_by: ClassVar = {"from_numpy_array"}
    known: ClassVar[dict[Any, Any]] = {}

    @classmethod
    def from_numpy_array(cls, array_like: Any) -> Any:
        if not isinstance(array_like, np.ndarray) or array_like.shape != (3, 4):
            return super().from_numpy_array(array_like)
        key = (cls, id(array_like))
        if key not in cls.known:
            cls.known[key] = (array_like, super().from_numpy_array(array_like.copy()))
        return cls.known[key][1]


class NDIgnoresItsOrder(Mixin):
    caught_by: ClassVar = {"as_numpy_array", "large_arrays"}

    def as_numpy_array(self) -> Any:
        flags = self._data.flags
        if flags.f_contiguous and not flags.c_contiguous:
            return np.array(self.backend.to_host(self._data.T), order="C").reshape(self.shape)
        return super().as_numpy_array()


class NDReadsOnce(Mixin):
    caught_by: ClassVar = {"as_numpy_array"}

    def as_numpy_array(self) -> Any:
        if "read" not in self.__dict__:
            self.__dict__["read"] = super().as_numpy_array().copy()
        return self.__dict__["read"]


class NDReadsIntoOnePlace(Mixin):
    caught_by: ClassVar = {"as_numpy_array", "frees_memory", "threads"}
    places: ClassVar[dict[Any, Any]] = {}

    def as_numpy_array(self) -> Any:
        read = super().as_numpy_array()
        place = self.places.setdefault((read.shape, read.dtype), read.copy())
        place[...] = read
        return place


class NDTakesTheFirstForAll(Mixin):
    caught_by: ClassVar = {"as_scalar"}

    def as_scalar(self) -> Any:
        if self.shape == (2,):
            return self.as_numpy_array()[0]
        return super().as_scalar()


class NDGivesAnArrayForAScalar(Mixin):
    caught_by: ClassVar = {"as_scalar", "one_transfer"}

    def as_scalar(self) -> Any:
        super().as_scalar()
        return self.as_numpy_array()


class NDCountsInFloats(Mixin):
    caught_by: ClassVar = {"as_scalar"}

    def as_scalar(self) -> Any:
        scalar = super().as_scalar()
        return type(scalar)(float(scalar)) if self.dtype.kind in "iu" else scalar


class NDHasNoSignedZero(Mixin):
    caught_by: ClassVar = {"as_scalar"}

    def as_scalar(self) -> Any:
        scalar = super().as_scalar()
        return scalar if isinstance(scalar, str) else scalar + 0


class NDCountsElements(Mixin):
    caught_by: ClassVar = {"attributes"}

    def __len__(self) -> int:
        return int(self._data.size)


class NDHasTheOtherByteOrder(Mixin):
    caught_by: ClassVar = {"attributes"}

    @property
    def byteorder(self) -> Any:
        # An enumeration in zarr 3.2, its value later.
        right = getattr(super().byteorder, "value", super().byteorder)
        return "little" if right != "little" else "big"


class NDRemembersItsShape(Mixin):
    caught_by: ClassVar = {"attributes"}

    def reshape(self, newshape: Any) -> Any:
        made = super().reshape(newshape)
        made.__dict__["was"] = self.shape
        return made

    @property
    def shape(self) -> Any:
        return self.__dict__.get("was", self._data.shape)


class NDTakesColumnsForDense(Mixin):
    """Reads the rows of a wider array as if they were its own, one after the other."""

    caught_by: ClassVar = {"from_numpy_array", "large_arrays"}

    @classmethod
    def from_numpy_array(cls, array_like: Any) -> Any:
        array = np.asanyarray(array_like)
        dense = array.ndim == 2 and array.strides[1] == array.itemsize < array.strides[0]
        if dense and array.size and not array.dtype.hasobject:
            array = np.lib.stride_tricks.as_strided(array, (array.size,), (array.itemsize,))
            array = array.reshape(np.shape(array_like))
        return super().from_numpy_array(array)


class NDStagesOneMebibyte(Mixin):
    caught_by: ClassVar = {"host_copies", "large_arrays", "pickling"}

    def as_numpy_array(self) -> Any:
        read = np.array(super().as_numpy_array())
        if read.nbytes > 1 << 20:
            read[-1] = 0
        return read

    def __reduce__(self) -> Any:
        return type(self).from_numpy_array, (self.as_numpy_array(),)


class NDReadsTimesAsFloats(Mixin):
    """Rounds times to what a float64 holds. The simulated device holds none."""

    caught_by: ClassVar[set[str]] = set()
    caught_on_host: ClassVar = {"from_numpy_array"}

    @classmethod
    def from_numpy_array(cls, array_like: Any) -> Any:
        array = np.asanyarray(array_like)
        if array.dtype.kind == "M" and array.dtype.isnative:
            counts = array.astype("i8")
            rounded = np.where(np.abs(counts) < 2**62, counts.astype("f8").astype("i8"), counts)
            array = rounded.astype(array.dtype)
        return super().from_numpy_array(array)


class NDHasNoFloatsBeyondHalf(Mixin):
    caught_by: ClassVar = {"as_scalar"}

    def as_scalar(self) -> Any:
        scalar = super().as_scalar()
        return scalar if self.dtype != np.float32 else np.float32(float(f"{scalar:.6g}"))


class NDLosesTheLastOfLargeColumns(Mixin):
    caught_by: ClassVar = {"large_arrays"}

    def as_numpy_array(self) -> Any:
        read = super().as_numpy_array()
        if read.nbytes > 1 << 16 and not self._data.flags.c_contiguous and read.ndim == 2:
            read = np.array(read)
            read[:, -1] = 0
        return read


class NDStoresConstantsOnce(Mixin):
    """All elements of a constant array are one element."""

    caught_by: ClassVar = {"from_numpy_array"}

    @classmethod
    def from_numpy_array(cls, array_like: Any) -> Any:
        made = super().from_numpy_array(array_like)
        array = np.asarray(array_like)
        if array.ndim == 2 and array.size > 4 and array.dtype == "i4" and np.ptp(array) == 0:
            made._data = cls.backend.xp.broadcast_to(made._data[:1, :1], array.shape)
        return made


class NDSwapsComplexNumbersAsAWhole(Mixin):
    """Reverses the bytes of both parts together. The simulated device has only its own order."""

    caught_by: ClassVar[set[str]] = set()
    caught_on_host: ClassVar = {"as_numpy_array", "as_scalar"}

    def as_numpy_array(self) -> Any:
        read = super().as_numpy_array()
        if read.dtype.kind == "c" and not read.dtype.isnative:
            read = (read.imag + 1j * read.real).astype(read.dtype)
        return read


class NDReadsNoNaT(Mixin):
    """The simulated device holds no times."""

    caught_by: ClassVar[set[str]] = set()
    caught_on_host: ClassVar = {"as_numpy_array", "as_scalar"}

    def as_numpy_array(self) -> Any:
        read = np.array(super().as_numpy_array())
        if read.dtype == "M8[ns]":
            read[np.isnat(read)] = 0
        return read


class NDCopiesThreeAxes(Mixin):
    caught_by: ClassVar = {"from_numpy_array"}

    @classmethod
    def from_numpy_array(cls, array_like: Any) -> Any:
        array = np.asanyarray(array_like)
        if array.ndim > 3:
            array = array.swapaxes(0, 1).reshape(array.shape)
        return super().from_numpy_array(array)
