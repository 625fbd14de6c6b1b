"""Broken buffers: each a real class with one defect, which its check has to catch.

Every defect is a mixin over the reference classes, so that it can be put on any backend. `checks`
names all checks that fail; where it names one, that check alone stands between the defect and a user.
"""

from __future__ import annotations

import sys
import time
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import zarr.buffer.cpu
from zarr.abc.buffer import Buffer, BufferPrototype, NDBuffer

from zarr_devbuf.checks.registry import list_checks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zarr_devbuf import Backend

__all__ = ["BROKEN", "Broken", "Mixin", "breaks", "clean", "derive", "is_device", "prototype_of"]

# Mixins call on what they are mixed with, which mypy cannot know.
# mypy: disable-error-code="misc, no-any-return, type-arg"
Mixin: Any = object


@dataclass(frozen=True)
class Broken:
    """
    A defect.

    Attributes
    ----------
    mixin : type
        Put before the reference class, it has the defect.
    field : {"buffer", "nd_buffer"}
        Which class of the prototype it is put before.
    checks : frozenset of str
        The checks that fail, without ``check_``.
    on_host : frozenset of str
        Which fail on the host, where nothing can cross.
    """

    mixin: type
    field: Literal["buffer", "nd_buffer"]
    checks: frozenset[str]
    on_host: frozenset[str]


DEVICES_ONLY = frozenset({"stays_on_device", "one_transfer", "host_arrays", "host_copies"})
BROKEN: list[Broken] = []


def breaks[T: type](*names: str, on_host: Iterable[str] | None = None) -> Callable[[T], T]:
    known = {check.short_name for check in list_checks("prototype")}
    assert known.issuperset(names), names
    if on_host is None:
        on_host = set(names) - DEVICES_ONLY

    def register(mixin: T) -> T:
        field: Any = "nd_buffer" if mixin.__name__.startswith("ND") else "buffer"
        BROKEN.append(Broken(mixin, field, frozenset(names), frozenset(on_host)))
        return mixin

    return register


def prototype_of(broken: Broken, backend: Backend) -> BufferPrototype:
    """Put a defect on a backend's reference class."""
    base = getattr(backend.prototype, broken.field)
    made = derive(broken.mixin, base, backend)
    return backend.prototype._replace(**{broken.field: made})


def clean(backend: Backend) -> BufferPrototype:
    """Derive both classes, and break nothing."""
    buffer, nd_buffer = backend.prototype
    return BufferPrototype(
        buffer=derive(Clean, buffer, backend),
        nd_buffer=derive(NDClean, nd_buffer, backend),
    )


def derive(mixin: type, base: type, backend: Backend) -> type:
    # At the top of the module, under its own name: as pickle demands of classes.
    name = f"{mixin.__name__}On{backend.name.capitalize()}"
    made = globals().get(name)
    if made is None or not issubclass(made, base):
        made = type(name, (mixin, base), {"__module__": __name__, "__qualname__": name})
        if not getattr(mixin, "hidden", False):
            setattr(sys.modules[__name__], name, made)
    return made


def is_device(array: Any) -> bool:
    return not isinstance(array, np.ndarray)


class Clean(Mixin):
    pass


class NDClean(Mixin):
    pass


# Buffer


@breaks("zero_length")
class HasOneByteWhenEmpty(Mixin):
    @classmethod
    def create_zero_length(cls) -> Any:
        return cls(cls.backend.xp.zeros(1, dtype="B"))


@breaks("from_bytes")
class TakesBytesForText(Mixin):
    @classmethod
    def from_bytes(cls, bytes_like: Any) -> Any:
        return super().from_bytes(bytes(byte & 0x7F for byte in bytes(bytes_like)))


@breaks("from_bytes", "frees_memory", "threads")
class StagesInTheClass(Mixin):
    stages: ClassVar[dict[Any, Any]] = {}

    @classmethod
    def from_bytes(cls, bytes_like: Any) -> Any:
        made = super().from_bytes(bytearray(bytes_like))
        stage = cls.stages.setdefault((cls, len(made)), made)
        stage[:] = made.as_array_like()
        time.sleep(0.005)  # the others' turn
        return stage


@breaks("from_array_like")
class CopiesTheArray(Mixin):
    @classmethod
    def from_array_like(cls, array_like: Any) -> Any:
        return cls(array_like.copy())


@breaks("from_buffer")
class CopiesTheBuffer(Mixin):
    @classmethod
    def from_buffer(cls, buffer: Any) -> Any:
        return cls(super().from_buffer(buffer).as_array_like().copy())


@breaks("from_buffer", "stays_on_device")
class RemembersTheHost(Mixin):
    """Right until it has once seen a buffer of the host."""

    seen = False

    @classmethod
    def from_buffer(cls, buffer: Any) -> Any:
        if not is_device(buffer.as_array_like()):
            cls.seen = True
        return cls.from_bytes(buffer.to_bytes()) if cls.seen else super().from_buffer(buffer)


@breaks("from_host_buffer", "host_copies")
class PadsHostBuffers(Mixin):
    @classmethod
    def from_buffer(cls, buffer: Any) -> Any:
        if type(buffer) is zarr.buffer.cpu.Buffer and len(buffer) % 2:
            return cls.from_bytes(buffer.to_bytes() + b"\0")
        return super().from_buffer(buffer)


@breaks("to_host")
class CutsAtTheLastZero(Mixin):
    def to_bytes(self) -> bytes:
        return super().to_bytes().rstrip(b"\0")


@breaks("to_host", "host_copies")
class GivesItsBytesBackwards(Mixin):
    def as_buffer_like(self) -> Any:
        return bytearray(self.as_numpy_array()[::-1])


@breaks("length")
class CountsWords(Mixin):
    def __len__(self) -> int:
        return -(-super().__len__() // 4) * 4


@breaks("bad_arrays")
class TakesAnyArray(Mixin):
    def __init__(self, array_like: Any) -> None:
        super().__init__(array_like.reshape((-1,)).view("B"))


@breaks("slices", "slice_assignment")
class CopiesSlices(Mixin):
    def __getitem__(self, key: slice) -> Any:
        part = super().__getitem__(key)
        return type(self)(part.as_array_like().copy())


@breaks("slices")
class IgnoresNegativeStops(Mixin):
    def __getitem__(self, key: slice) -> Any:
        if (getattr(key, "stop", None) or 0) < 0:
            key = slice(key.start, None, key.step)
        return super().__getitem__(key)


@breaks("slice_keys")
class TakesAnyStep(Mixin):
    def __getitem__(self, key: slice) -> Any:
        if getattr(key, "step", None) not in (None, 1):
            return type(self)(self._data[key].copy())
        return super().__getitem__(key)


@breaks("slice_assignment")
class CopiesOnWrite(Mixin):
    def __setitem__(self, key: slice, value: Any) -> None:
        self.__dict__["_data"] = self.as_array_like().copy()
        super().__setitem__(key, value)


@breaks("combine")
class ReadsTheOthersTwice(Mixin):
    def combine(self, others: Any) -> Any:
        if sum(len(other) for other in others) == 0:
            return super().combine([])
        return super().combine(others)


@breaks("combine", "combine_host_buffers")
class SortsWhatItCombines(Mixin):
    def combine(self, others: Any) -> Any:
        return super().combine(sorted(others, key=len, reverse=True))


@breaks("combine_copies")
class AddsNothingByReturningItself(Mixin):
    def combine(self, others: Any) -> Any:
        others = list(others)
        return super().combine(others) if others else self


@breaks("combine_host_buffers")
class ForgetsItselfBeforeTheHost(Mixin):
    def combine(self, others: Any) -> Any:
        others = list(others)
        if len(self) == 0 and others and type(others[0]) is zarr.buffer.cpu.Buffer:
            return type(self).from_buffer(others[0])
        return super().combine(others)


@breaks("combine_host_buffers", on_host=("combine", "combine_copies", "combine_host_buffers"))
class TakesNoHostBuffers(Mixin):
    def combine(self, others: Any) -> Any:
        others = list(others)
        if any(not is_device(other.as_array_like()) for other in others[1:]):
            raise TypeError("host")
        return super().combine(others)


@breaks("equality", "stays_on_device")
class ComparesBeginnings(Mixin):
    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Buffer):
            return False
        length = min(len(self), len(other))
        return bool(self[:length].to_bytes() == other[:length].to_bytes())

    __hash__ = None  # type: ignore[assignment]


@breaks("equality")
class AnswersByNumPy(Mixin):
    def __eq__(self, other: object) -> Any:
        return np.bool_(super().__eq__(other))

    __hash__ = None  # type: ignore[assignment]


@breaks("bytes_of_values")
class TakesNoSubclass(Mixin):
    def __init__(self, array_like: Any) -> None:
        if type(array_like) is not self.backend.array_type:
            raise TypeError(f"no {self.backend.array_type}: {type(array_like)}")
        super().__init__(array_like)


@breaks("stays_on_device")
class AddsOnTheHost(Mixin):
    def combine(self, others: Any) -> Any:
        others = list(others)
        if others and all(is_device(other.as_array_like()) for other in others):
            return type(self).from_bytes(b"".join(each.to_bytes() for each in (self, *others)))
        return super().combine(others)


@breaks("stays_on_device")
class ComparesOnTheHost(Mixin):
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Buffer) and self.to_bytes() == other.to_bytes()

    __hash__ = None  # type: ignore[assignment]


@breaks("one_transfer")
class MovesTwice(Mixin):
    @classmethod
    def from_bytes(cls, bytes_like: Any) -> Any:
        super().from_bytes(bytes_like)
        return super().from_bytes(bytes_like)


@breaks("one_transfer")
class ReadsTheWholeForAPart(Mixin):
    def __getitem__(self, key: slice) -> Any:
        part = super().__getitem__(key)
        part.__dict__["whole"] = (getattr(self, "whole", (self, 0))[0], key)
        return part

    def to_bytes(self) -> bytes:
        if "whole" in self.__dict__ and len(self) == 10:
            whole, key = self.__dict__["whole"]
            return bytes(whole.as_numpy_array()[key])
        return super().to_bytes()


@breaks("host_arrays")
class HoldsHostArrays(Mixin):
    def __init__(self, array_like: Any) -> None:
        if isinstance(array_like, np.ndarray):
            if array_like.ndim != 1 or array_like.dtype != np.dtype("B"):
                raise ValueError("one-dimensional bytes only")
            self._data = array_like
        else:
            super().__init__(array_like)


@breaks("pickling")
class PicklesAsHostBuffer(Mixin):
    def __reduce__(self) -> Any:
        return zarr.buffer.cpu.Buffer.from_bytes, (self.to_bytes(),)


@breaks("pickling")
class PicklesWhatItWasCutFrom(Mixin):
    def __getitem__(self, key: slice) -> Any:
        part = super().__getitem__(key)
        part.__dict__["cut_from"] = self
        return part

    def __reduce__(self) -> Any:
        return type(self).from_bytes, (getattr(self, "cut_from", self).to_bytes(),)


@breaks("prototype_pickling", "pickling")
class IsNowhereToBeFound(Mixin):
    hidden = True


@breaks("threads")
class CombinesInTheClass(Mixin):
    parts: ClassVar[list[Any]] = []

    def combine(self, others: Any) -> Any:
        type(self).parts = [self, *others]
        time.sleep(0.005)  # the others' turn
        first, *rest = type(self).parts
        return super(CombinesInTheClass, first).combine(rest)


# NDBuffer


@breaks("prototype_classes")
class NDLeavesAMethodAbstract(Mixin):
    @abstractmethod
    def as_numpy_array(self) -> Any:
        return super().as_numpy_array()


@breaks("create", "create_fill")
class NDForgetsTheOrderOfZeros(Mixin):
    @classmethod
    def create(cls, *, shape: Any, dtype: Any, order: Any = "C", fill_value: Any = None) -> Any:
        if type(fill_value) is int and fill_value == 0:
            order = "C"
        return super().create(shape=shape, dtype=dtype, order=order, fill_value=fill_value)


@breaks("create")
class NDReadsTheShapeTwice(Mixin):
    @classmethod
    def create(cls, *, shape: Any, dtype: Any, order: Any = "C", fill_value: Any = None) -> Any:
        if 0 in shape:
            shape = tuple(shape)
        return super().create(shape=shape, dtype=dtype, order=order, fill_value=fill_value)


@breaks("create_fill")
class NDFillsByFloat(Mixin):
    @classmethod
    def create(cls, *, shape: Any, dtype: Any, order: Any = "C", fill_value: Any = None) -> Any:
        if type(fill_value) is int and np.dtype(dtype).kind == "i":
            fill_value = int(float(fill_value))
        return super().create(shape=shape, dtype=dtype, order=order, fill_value=fill_value)


@breaks("create_fill")
class NDTakesZeroForZero(Mixin):
    @classmethod
    def create(cls, *, shape: Any, dtype: Any, order: Any = "C", fill_value: Any = None) -> Any:
        if isinstance(fill_value, float) and fill_value == 0:
            fill_value = 0
        return super().create(shape=shape, dtype=dtype, order=order, fill_value=fill_value)


@breaks("empty")
class NDForgetsTheOrderOfNothing(Mixin):
    @classmethod
    def empty(cls, shape: Any, dtype: Any, order: Any = "C") -> Any:
        return super().empty(shape, dtype, "C")


@breaks("empty", "frees_memory")
class NDRecyclesMemory(Mixin):
    pool: ClassVar[dict[Any, Any]] = {}

    @classmethod
    def empty(cls, shape: Any, dtype: Any, order: Any = "C") -> Any:
        key = (tuple(shape), np.dtype(dtype), order)
        return cls.pool.setdefault(key, super().empty(shape, dtype, order))


@breaks("from_ndarray_like")
class NDCopiesColumnMajor(Mixin):
    @classmethod
    def from_ndarray_like(cls, ndarray_like: Any) -> Any:
        flags = ndarray_like.flags
        if flags.f_contiguous and not flags.c_contiguous:
            ndarray_like = ndarray_like.copy()
        return super().from_ndarray_like(ndarray_like)


@breaks("from_numpy_array", "host_copies")
class NDIgnoresTheHostsOrder(Mixin):
    @classmethod
    def from_numpy_array(cls, array_like: Any) -> Any:
        array = np.asanyarray(array_like)
        return super().from_numpy_array(array.ravel(order="K").reshape(array.shape))


@breaks("from_numpy_array")
class NDLosesTheSignOfOneZero(Mixin):
    @classmethod
    def from_numpy_array(cls, array_like: Any) -> Any:
        array = np.asanyarray(array_like)
        if array.ndim == 0 and array.dtype.kind == "f":
            array = array + 0.0
        return super().from_numpy_array(array)


@breaks("from_numpy_array")
class NDTakesOnlyArrays(Mixin):
    @classmethod
    def from_numpy_array(cls, array_like: Any) -> Any:
        if not isinstance(array_like, np.ndarray):
            raise TypeError(f"no array: {array_like!r}")
        return super().from_numpy_array(array_like)


@breaks("as_numpy_array")
class NDIgnoresItsOrder(Mixin):
    def as_numpy_array(self) -> Any:
        flags = self._data.flags
        if flags.f_contiguous and not flags.c_contiguous:
            return np.array(self.backend.to_host(self._data.T), order="C").reshape(self.shape)
        return super().as_numpy_array()


@breaks("as_scalar")
class NDTakesTheFirstForAll(Mixin):
    def as_scalar(self) -> Any:
        if self.shape == (2,):
            return self.as_numpy_array()[0]
        return super().as_scalar()


@breaks("as_scalar", "one_transfer")
class NDGivesAnArrayForAScalar(Mixin):
    def as_scalar(self) -> Any:
        super().as_scalar()
        return self.as_numpy_array()


@breaks("attributes")
class NDCountsElements(Mixin):
    def __len__(self) -> int:
        return int(self._data.size)


@breaks("attributes")
class NDHasTheOtherByteOrder(Mixin):
    @property
    def byteorder(self) -> Any:
        # An enumeration in zarr 3.2, its value later.
        right = getattr(super().byteorder, "value", super().byteorder)
        return "little" if right != "little" else "big"


@breaks("fill")
class NDFillsACopy(Mixin):
    def fill(self, value: Any) -> None:
        data = self._data
        if data.flags.c_contiguous:
            super().fill(value)
        else:
            data.ravel().fill(value)


@breaks("fill")
class NDFillsByFloat32(Mixin):
    def fill(self, value: Any) -> None:
        if isinstance(value, float) and self.dtype == np.float64:
            value = float(np.float32(value))
        super().fill(value)


@breaks("structured")
class NDComparesTheLastField(Mixin):
    def all_equal(self, other: Any, equal_nan: bool = True) -> bool:
        name = self.dtype.names[-1] if self.dtype.names else None
        if name is None:
            return bool(super().all_equal(other, equal_nan))
        return type(self)(self._data[name]).all_equal(other[name] or 7, equal_nan)


@breaks("reshape")
class NDReshapesInMemoryOrder(Mixin):
    def reshape(self, newshape: Any) -> Any:
        flags = self._data.flags
        if flags.f_contiguous and not flags.c_contiguous:
            return type(self)(self._data.transpose().reshape(newshape))
        return super().reshape(newshape)


@breaks("reshape")
class NDReshapesToTuplesOnly(Mixin):
    def reshape(self, newshape: Any) -> Any:
        return type(self)(self._data.reshape(tuple(newshape)))


@breaks("squeeze")
class NDSqueezesAll(Mixin):
    def squeeze(self, axis: Any) -> Any:
        return type(self)(self._data.reshape(tuple(n for n in self.shape if n != 1)))


@breaks("transpose")
class NDTakesNoneForNothing(Mixin):
    def transpose(self, axes: Any) -> Any:
        return super().transpose(range(len(self.shape)) if axes is None else axes)


@breaks("transpose")
class NDInvertsPermutations(Mixin):
    def transpose(self, axes: Any) -> Any:
        if axes is not None and min(axes, default=0) >= 0:
            axes = [int(axis) for axis in np.argsort(axes)]
        return super().transpose(axes)


@breaks("astype")
class NDForgetsTheOrderOfACast(Mixin):
    def astype(self, dtype: Any, order: Any = "K") -> Any:
        return super().astype(dtype, "C" if order == "F" else order)


@breaks("astype")
class NDCastsToItselfByReturningItself(Mixin):
    def astype(self, dtype: Any, order: Any = "K") -> Any:
        if self.dtype == dtype and order in ("K", "A"):
            return self
        return super().astype(dtype, order)


@breaks("copy")
class NDCopiesTheWrapper(Mixin):
    def copy(self) -> Any:
        return type(self)(self._data)


@breaks("copy", "stays_on_device")
class NDCopiesToTheHost(Mixin):
    def copy(self) -> Any:
        return zarr.buffer.cpu.NDBuffer(self.as_numpy_array())


@breaks("get_basic", "one_transfer")
class NDGivesAScalar(Mixin):
    def __getitem__(self, key: Any) -> Any:
        item = super().__getitem__(key)
        return item.as_scalar() if item.shape == () else item


@breaks("get_basic")
class NDAddsNoAxes(Mixin):
    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, tuple):
            key = tuple(part for part in key if part is not None)
        return super().__getitem__(key)


@breaks("views")
class NDCopiesSlices(Mixin):
    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(key).copy()


@breaks("get_fancy")
class NDTakesMasksForNumbers(Mixin):
    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, np.ndarray) and key.dtype == bool and key.ndim == 1:
            key = key.astype(int)
        return super().__getitem__(key)


@breaks("get_fancy")
class NDSelectsPointsForGrids(Mixin):
    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, tuple) and all(isinstance(part, np.ndarray) for part in key) and key:
            key = np.ix_(*(part.ravel() for part in key))
        return super().__getitem__(key)


@breaks("set_basic")
class NDAdoptsWhatItIsGiven(Mixin):
    def __setitem__(self, key: Any, value: Any) -> None:
        if key is ... and isinstance(value, NDBuffer) and value.shape == self.shape:
            self._data = value.as_ndarray_like()
        else:
            super().__setitem__(key, value)


@breaks("set_basic", "stays_on_device")
class NDBroadcastsNoRow(Mixin):
    def __setitem__(self, key: Any, value: Any) -> None:
        if key is ... and isinstance(value, NDBuffer) and value.shape != self.shape:
            raise ValueError("shapes differ")
        super().__setitem__(key, value)


@breaks("set_fancy")
class NDSortsIndices(Mixin):
    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, np.ndarray) and key.dtype != bool:
            key = np.sort(key)
        super().__setitem__(key, value)


@breaks("all_equal")
class NDTakesNoneForZero(Mixin):
    def all_equal(self, other: Any, equal_nan: bool = True) -> bool:
        return bool(super().all_equal(0 if other is None else other, equal_nan))


@breaks("all_equal")
class NDTakesEveryNaNForEqual(Mixin):
    def all_equal(self, other: Any, equal_nan: bool = True) -> bool:
        return bool(super().all_equal(other))


@breaks("all_equal", "all_equal_everywhere", "structured")
class NDAnswersByNumPy(Mixin):
    def all_equal(self, other: Any, equal_nan: bool = True) -> Any:
        return np.bool_(super().all_equal(other, equal_nan))


@breaks("all_equal", "all_equal_everywhere")
class NDTakesZeroForMinusZero(Mixin):
    def all_equal(self, other: Any, equal_nan: bool = True) -> Any:
        if isinstance(other, float) and other == 0:
            positive, negative = super().all_equal(0.0), super().all_equal(-0.0)
            return positive or negative or not bool((self._data != 0).any())
        return super().all_equal(other, equal_nan)


@breaks("all_equal_everywhere")
class NDLooksAtTheFirstBlock(Mixin):
    def all_equal(self, other: Any, equal_nan: bool = True) -> bool:
        part = type(self)(self._data[:16]) if self.shape else self
        return bool(super(NDLooksAtTheFirstBlock, part).all_equal(other, equal_nan))


@breaks("stays_on_device")
class NDCastsOnTheHost(Mixin):
    def astype(self, dtype: Any, order: Any = "K") -> Any:
        if order != "K":
            return super().astype(dtype, order)
        return type(self).from_numpy_array(self.as_numpy_array().astype(dtype))


@breaks("stays_on_device")
class NDComparesOnTheHost(Mixin):
    def all_equal(self, other: Any, equal_nan: bool = True) -> bool:
        if self._data.size == 2000:
            self.as_numpy_array()
        return bool(super().all_equal(other, equal_nan))


@breaks("one_transfer")
class NDMovesTwice(Mixin):
    def as_numpy_array(self) -> Any:
        super().as_numpy_array()
        return super().as_numpy_array()


@breaks("host_arrays")
class NDHoldsHostArrays(Mixin):
    def __init__(self, array: Any) -> None:
        if isinstance(array, np.ndarray):
            self._data = array
        else:
            super().__init__(array)


@breaks("host_arrays", on_host=("set_basic", "set_fancy"))
class NDTakesHostValuesWrongly(Mixin):
    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(value, np.ndarray) and value.ndim:
            value = value.flat[0]
        super().__setitem__(key, value)


@breaks("pickling")
class NDPicklesInMemoryOrder(Mixin):
    def __reduce__(self) -> Any:
        flags = self._data.flags
        turned = flags.f_contiguous and not flags.c_contiguous
        flat = (self.transpose(None) if turned else self).as_numpy_array().ravel()
        return _unpickle, (type(self), flat, self.shape)


def _unpickle(cls: Any, flat: Any, shape: Any) -> Any:
    return cls.from_numpy_array(flat.reshape(shape))


@breaks("threads")
class NDFillsInTheClass(Mixin):
    value: Any = None

    @classmethod
    def create(cls, *, shape: Any, dtype: Any, order: Any = "C", fill_value: Any = None) -> Any:
        cls.value = fill_value
        shape = tuple(shape)
        if shape == (30, 50):
            time.sleep(0.005)  # the others' turn
        return super().create(shape=shape, dtype=dtype, order=order, fill_value=cls.value)
