"""Broken buffers that the checks in `zarr_devbuf.checks.prototype.pickling_and_threads` catch."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import numpy as np
import zarr.buffer.cpu

from tests.subjects.prototypes.derive import Mixin

# Mixins call methods of the class that they are mixed with, which mypy cannot know.
# mypy: disable-error-code="misc, no-any-return, type-arg"


class IsNotInItsModule(Mixin):
    caught_by: ClassVar = {"prototype_pickling", "pickling"}
    hidden = True


_CREATED_AT_RUNTIME: dict[str, Any] = {}


def _restore(name: str, data: bytes) -> Any:
    return _CREATED_AT_RUNTIME[name].from_bytes(data)


class IsCreatedAtRuntime(Mixin):
    """Its buffers can be pickled, by a function; the class itself cannot."""

    caught_by: ClassVar = {"prototype_pickling"}
    hidden = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _CREATED_AT_RUNTIME[cls.__qualname__] = cls

    def __reduce__(self) -> Any:
        return _restore, (type(self).__qualname__, self.to_bytes())


class PicklesAsHostBuffer(Mixin):
    caught_by: ClassVar = {"pickling"}

    def __reduce__(self) -> Any:
        return zarr.buffer.cpu.Buffer.from_bytes, (self.to_bytes(),)


class PicklesWhatItWasCutFrom(Mixin):
    caught_by: ClassVar = {"pickling"}

    def __getitem__(self, key: slice) -> Any:
        part = super().__getitem__(key)
        part.__dict__["cut_from"] = self
        return part

    def __reduce__(self) -> Any:
        return type(self).from_bytes, (getattr(self, "cut_from", self).to_bytes(),)


def _unpickle(cls: Any, flat: Any, shape: Any) -> Any:
    return cls.from_numpy_array(flat.reshape(shape))


class NDPicklesInMemoryOrder(Mixin):
    caught_by: ClassVar = {"pickling"}

    def __reduce__(self) -> Any:
        flags = self._data.flags
        turned = flags.f_contiguous and not flags.c_contiguous
        flat = (self.transpose(None) if turned else self).as_numpy_array().ravel()
        return _unpickle, (type(self), flat, self.shape)


class NDPicklesRowsForColumns(Mixin):
    """Is right for contiguous arrays, in either order."""

    caught_by: ClassVar = {"pickling"}

    def __reduce__(self) -> Any:
        array = self.as_numpy_array()
        flags = self._data.flags
        if not (flags.c_contiguous or flags.f_contiguous):
            array = array.T.reshape(array.shape)
        return type(self).from_numpy_array, (array,)


class CombinesInTheClass(Mixin):
    caught_by: ClassVar = {"threads"}
    parts: ClassVar[list[Any]] = []

    def combine(self, others: Any) -> Any:
        type(self).parts = [self, *others]
        time.sleep(0.005)  # lets the other threads run
        first, *rest = type(self).parts
        return super(CombinesInTheClass, first).combine(rest)


class NDFillsInTheClass(Mixin):
    caught_by: ClassVar = {"threads"}
    value: Any = None

    @classmethod
    def create(cls, *, shape: Any, dtype: Any, order: Any = "C", fill_value: Any = None) -> Any:
        cls.value = fill_value
        shape = tuple(shape)
        if shape == (30, 50):
            time.sleep(0.005)  # lets the other threads run
        return super().create(shape=shape, dtype=dtype, order=order, fill_value=cls.value)


class PicklesSixtyFourKibibytes(Mixin):
    caught_by: ClassVar = {"pickling"}

    def __reduce__(self) -> Any:
        data = self.to_bytes()
        return type(self).from_bytes, (data[: 1 << 16] + bytes(max(len(data) - (1 << 16), 0)),)


def _unpickle_bytes(cls: Any, data: bytes, dtype: str, shape: Any) -> Any:
    return cls.from_numpy_array(np.frombuffer(data, dtype).reshape(shape))


class NDPicklesNativeBytes(Mixin):
    """Forgets the byte order. The simulated device has only its own."""

    caught_by: ClassVar[set[str]] = set()
    caught_on_host: ClassVar = {"pickling"}

    def __reduce__(self) -> Any:
        if self.dtype.kind not in "iufc":
            return super().__reduce__()
        dtype = self.dtype.newbyteorder("=").str
        return _unpickle_bytes, (type(self), self.as_numpy_array().tobytes(), dtype, self.shape)


class NDPicklesThreeAxes(Mixin):
    caught_by: ClassVar = {"pickling"}

    def __reduce__(self) -> Any:
        array = self.as_numpy_array()
        if array.ndim > 3:
            array = array.swapaxes(0, 1).reshape(array.shape)
        return type(self).from_numpy_array, (array,)


class StagesLargeOnesInTheClass(Mixin):
    caught_by: ClassVar = {"threads"}
    staged: Any = None

    @classmethod
    def from_bytes(cls, bytes_like: Any) -> Any:
        if len(bytes_like) != 100_000:
            return super().from_bytes(bytes_like)
        cls.staged = bytes_like
        time.sleep(0.005)  # lets the other threads run
        return super().from_bytes(cls.staged)


_POOL = ThreadPoolExecutor(2, thread_name_prefix="pool of a broken prototype")


class CombinesInAPool(Mixin):
    """Works in threads that a fork leaves behind."""

    caught_by: ClassVar = {"fork"}

    def combine(self, others: Any) -> Any:
        return _POOL.submit(super().combine, list(others)).result()


class NDKnowsOneProcess(Mixin):
    """Holds a handle that is the parent's."""

    caught_by: ClassVar = {"fork"}
    parent: ClassVar = os.getpid()

    def copy(self) -> Any:
        if os.getpid() != self.parent:
            raise RuntimeError("not my process")
        return super().copy()


class NDPicklesConstantsAsOneValue(Mixin):
    """Takes 0.0 and -0.0 for the same."""

    caught_by: ClassVar = {"pickling"}

    def __reduce__(self) -> Any:
        array = self.as_numpy_array()
        if array.dtype == "f8" and array.size > 1 and (array == array.flat[0]).all():
            array = np.broadcast_to(array.flat[0], array.shape)
        return type(self).from_numpy_array, (array,)
