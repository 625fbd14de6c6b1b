"""Broken buffers whose one defect shows in few places: late, in large values, in odd layouts.

Each is registered with the others, in `BROKEN` of `tests.subjects.prototype`.
"""

from __future__ import annotations

import functools
from typing import Any, ClassVar

import numpy as np
from zarr.abc.buffer import NDBuffer

from tests.subjects.prototype import Mixin, breaks, is_device

# Mixins call on what they are mixed with, which mypy cannot know.
# mypy: disable-error-code="misc, no-any-return"

# Buffer


@breaks("length")
class CountsOnce(Mixin):
    """Its length is that of the whole also where it is a part."""

    def __init__(self, array_like: Any) -> None:
        super().__init__(array_like)
        self.__dict__["count"] = len(array_like)

    def __getitem__(self, key: slice) -> Any:
        part = super().__getitem__(key)
        part.__dict__["count"] = self.__dict__["count"]
        return part

    def __len__(self) -> int:
        return self.__dict__["count"]


@breaks("from_bytes")
class StagesSixtyFourKibibytes(Mixin):
    @classmethod
    def from_bytes(cls, bytes_like: Any) -> Any:
        data = bytearray(bytes_like)
        data[1 << 16 :] = bytes(len(data[1 << 16 :]))
        return super().from_bytes(data)


@breaks("from_bytes", "frees_memory")
class KeepsWhatItHasMade(Mixin):
    made: ClassVar[dict[Any, Any]] = {}

    @classmethod
    def from_bytes(cls, bytes_like: Any) -> Any:
        data = bytes(bytes_like)
        if (cls, data) not in cls.made:
            cls.made[cls, data] = super().from_bytes(bytearray(data))
        return cls.made[cls, data]


@breaks("to_host", "one_transfer")
class ReadsOnce(Mixin):
    def as_numpy_array(self) -> Any:
        if "read" not in self.__dict__:
            self.__dict__["read"] = super().as_numpy_array().copy()
        return self.__dict__["read"]


@breaks("to_host", "threads")
class ReadsIntoOnePlace(Mixin):
    """Pinned memory, say: made once for each length."""

    places: ClassVar[dict[int, Any]] = {}

    def as_numpy_array(self) -> Any:
        read = super().as_numpy_array()
        place = self.places.setdefault(len(read), read.copy())
        place[...] = read
        return place


@breaks("combine_copies")
class TakesTheOtherForNothing(Mixin):
    def combine(self, others: Any) -> Any:
        others = list(others)
        if len(self) == 0 and len(others) == 1 and isinstance(others[0], type(self)):
            return others[0]
        return super().combine(others)


@breaks("equality")
class ComparesByNumbers(Mixin):
    """Eight bytes at a time, as floats: a NaN does not equal itself, and two zeros do."""

    def __eq__(self, other: object) -> bool:
        if isinstance(other, type(self)) and len(self) == len(other) and len(self) % 8 == 0:
            one, two = (each.as_array_like().view("f8") for each in (self, other))
            return bool((one == two).all())
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]


@breaks("equality")
class ComparesTheFirstHundred(Mixin):
    def __eq__(self, other: object) -> bool:
        if isinstance(other, type(self)) and len(self) == len(other):
            return super(ComparesTheFirstHundred, self[:100]).__eq__(other[:100])
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]


@breaks("from_buffer")
class TrustsItsOwnClassOnly(Mixin):
    @classmethod
    def from_buffer(cls, buffer: Any) -> Any:
        made = super().from_buffer(buffer)
        return made if isinstance(buffer, cls) else cls(made.as_array_like().copy())


@breaks("frees_memory")
class KeepsAllForLater(Mixin):
    seen: ClassVar[list[Any]] = []

    def __getitem__(self, key: slice) -> Any:
        part = super().__getitem__(key)
        self.seen.append(part.as_array_like())
        return part


_MADE_ON_THE_FLY: dict[str, Any] = {}


def _restore(name: str, data: bytes) -> Any:
    return _MADE_ON_THE_FLY[name].from_bytes(data)


@breaks("prototype_pickling")
class IsMadeOnTheFly(Mixin):
    """Its buffers pickle by a detour, and the class itself does not."""

    hidden = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _MADE_ON_THE_FLY[cls.__qualname__] = cls

    def __reduce__(self) -> Any:
        return _restore, (type(self).__qualname__, self.to_bytes())


# NDBuffer


@breaks("host_copies")
class NDMovesWhenAsked(Mixin):
    """Keeps the host's array, and moves it when it is first used."""

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


@breaks("from_numpy_array")
class NDKnowsArraysByAddress(Mixin):
    known: ClassVar[dict[Any, Any]] = {}

    @classmethod
    def from_numpy_array(cls, array_like: Any) -> Any:
        if not isinstance(array_like, np.ndarray) or array_like.shape != (3, 4):
            return super().from_numpy_array(array_like)
        key = (cls, id(array_like))
        if key not in cls.known:
            cls.known[key] = (array_like, super().from_numpy_array(array_like.copy()))
        return cls.known[key][1]


@breaks("as_numpy_array")
class NDReadsOnce(Mixin):
    def as_numpy_array(self) -> Any:
        if "read" not in self.__dict__:
            self.__dict__["read"] = super().as_numpy_array().copy()
        return self.__dict__["read"]


@breaks("as_numpy_array", "frees_memory", "threads")
class NDReadsIntoOnePlace(Mixin):
    places: ClassVar[dict[Any, Any]] = {}

    def as_numpy_array(self) -> Any:
        read = super().as_numpy_array()
        place = self.places.setdefault((read.shape, read.dtype), read.copy())
        place[...] = read
        return place


@breaks("as_scalar")
class NDCountsInFloats(Mixin):
    def as_scalar(self) -> Any:
        scalar = super().as_scalar()
        return type(scalar)(float(scalar)) if self.dtype.kind in "iu" else scalar


@breaks("as_scalar")
class NDHasNoSignedZero(Mixin):
    def as_scalar(self) -> Any:
        return super().as_scalar() + 0


@breaks("create_fill", "structured")
class NDForgetsTheOrderOfAFill(Mixin):
    @classmethod
    def create(cls, *, shape: Any, dtype: Any, order: Any = "C", fill_value: Any = None) -> Any:
        if (
            np.ndim(fill_value) == 0
            and np.any(fill_value)
            and not isinstance(fill_value, bytes | str)
        ):
            order = "C"
        return super().create(shape=shape, dtype=dtype, order=order, fill_value=fill_value)


@breaks("create_fill", "frees_memory")
class NDCreatesOnce(Mixin):
    """What is filled alike is alike, and so one and the same."""

    made: ClassVar[dict[Any, Any]] = {}

    @classmethod
    def create(cls, *, shape: Any, dtype: Any, order: Any = "C", fill_value: Any = None) -> Any:
        shape = tuple(shape)
        make = functools.partial(
            super().create, shape=shape, dtype=dtype, order=order, fill_value=fill_value
        )
        if fill_value is None:
            return make()
        key = (cls, shape, np.dtype(dtype), order, repr(fill_value))
        return cls.made.setdefault(key, make())


@breaks("structured")
class NDFillsTheFirstField(Mixin):
    def fill(self, value: Any) -> None:
        if self.dtype.names:
            name = self.dtype.names[0]
            self._data[name][...] = value[name]
        else:
            super().fill(value)


@breaks("reshape")
class NDReshapesWhatIsContiguous(Mixin):
    def reshape(self, newshape: Any) -> Any:
        flags = self._data.flags
        if flags.c_contiguous or flags.f_contiguous:
            return super().reshape(newshape)
        turned = self._data.transpose()
        return type(self)(turned.reshape(newshape))


@breaks("astype")
class NDCastsOnlyWhatDiffers(Mixin):
    """Takes a dtype for the same where only its byte order, or its sign, differs."""

    def astype(self, dtype: Any, order: Any = "K") -> Any:
        if np.dtype(dtype).kind == self.dtype.kind == "f":
            return type(self)(super().astype(dtype, order).as_ndarray_like() + 0)
        return super().astype(dtype, order)


@breaks("set_basic")
class NDSpreadsNoScalarBuffer(Mixin):
    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(value, NDBuffer) and value.shape == () and key is ...:
            key = (0,) * len(self.shape)
        super().__setitem__(key, value)


@breaks("set_fancy")
class NDSetsNoScalarBufferByMask(Mixin):
    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, np.ndarray) and isinstance(value, NDBuffer) and value.shape == ():
            return
        super().__setitem__(key, value)


@breaks("all_equal")
class NDComparesInFloats(Mixin):
    def all_equal(self, other: Any, equal_nan: bool = True) -> bool:
        if self.dtype.kind == "u" and isinstance(other, int | np.integer):
            return super(NDComparesInFloats, self.astype("f8")).all_equal(float(other))
        return super().all_equal(other, equal_nan)


@breaks("all_equal")
class NDKnowsNoLoneNaN(Mixin):
    def all_equal(self, other: Any, equal_nan: bool = True) -> bool:
        return super().all_equal(other, equal_nan and self.shape != ())


@breaks("attributes")
class NDRemembersItsShape(Mixin):
    def reshape(self, newshape: Any) -> Any:
        made = super().reshape(newshape)
        made.__dict__["was"] = self.shape
        return made

    @property
    def shape(self) -> Any:
        return self.__dict__.get("was", self._data.shape)


@breaks("pickling")
class NDPicklesRowsForColumns(Mixin):
    """Gets right what is contiguous, in either order."""

    def __reduce__(self) -> Any:
        array = self.as_numpy_array()
        flags = self._data.flags
        if not (flags.c_contiguous or flags.f_contiguous):
            array = array.T.reshape(array.shape)
        return type(self).from_numpy_array, (array,)


@breaks("stays_on_device")
class NDCastsColumnsOnTheHost(Mixin):
    def astype(self, dtype: Any, order: Any = "K") -> Any:
        if order == "F" and is_device(self._data):
            return type(self).from_numpy_array(self.as_numpy_array().astype(dtype, order="F"))
        return super().astype(dtype, order)


@breaks("stays_on_device")
class NDReshapesOnTheHost(Mixin):
    def reshape(self, newshape: Any) -> Any:
        flags = self._data.flags
        if is_device(self._data) and not flags.c_contiguous:
            return type(self).from_numpy_array(self.as_numpy_array().reshape(newshape))
        return super().reshape(newshape)


@breaks("one_transfer")
class NDReadsOneByMany(Mixin):
    def as_scalar(self) -> Any:
        self.as_numpy_array()
        return super().as_scalar()


@breaks("frees_memory")
class NDKeepsWhatItCopied(Mixin):
    undo: ClassVar[list[Any]] = []

    def copy(self) -> Any:
        self.undo.append(self)
        return super().copy()
