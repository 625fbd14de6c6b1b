"""Broken buffers that the checks in `zarr_devbuf.checks.prototype.transfers` catch."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from zarr.abc.buffer import Buffer

from tests.subjects.prototypes.derive import Mixin, is_device

# Mixins call methods of the class that they are mixed with, which mypy cannot know.
# mypy: disable-error-code="misc, no-any-return, type-arg"


class AddsOnTheHost(Mixin):
    caught_by: ClassVar = {"stays_on_device"}

    def combine(self, others: Any) -> Any:
        others = list(others)
        if others and all(is_device(other.as_array_like()) for other in others):
            return type(self).from_bytes(b"".join(each.to_bytes() for each in (self, *others)))
        return super().combine(others)


class ComparesOnTheHost(Mixin):
    caught_by: ClassVar = {"answers_on_device"}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Buffer) and self.to_bytes() == other.to_bytes()

    __hash__ = None  # type: ignore[assignment]


class NDCastsOnTheHost(Mixin):
    caught_by: ClassVar = {"stays_on_device"}
    caught_on_host: ClassVar = {"generic_times"}

    def astype(self, dtype: Any, order: Any = "K") -> Any:
        if order != "K":
            return super().astype(dtype, order)
        return type(self).from_numpy_array(self.as_numpy_array().astype(dtype))


class NDComparesOnTheHost(Mixin):
    caught_by: ClassVar = {"answers_on_device"}

    def all_equal(self, other: Any, equal_nan: bool = True) -> bool:
        if self._data.size == 2000:
            self.as_numpy_array()
        return bool(super().all_equal(other, equal_nan))


class NDCastsColumnsOnTheHost(Mixin):
    caught_by: ClassVar = {"stays_on_device"}

    def astype(self, dtype: Any, order: Any = "K") -> Any:
        if order == "F" and is_device(self._data):
            return type(self).from_numpy_array(self.as_numpy_array().astype(dtype, order="F"))
        return super().astype(dtype, order)


class NDReshapesOnTheHost(Mixin):
    caught_by: ClassVar = {"stays_on_device"}

    def reshape(self, newshape: Any) -> Any:
        flags = self._data.flags
        if is_device(self._data) and not flags.c_contiguous:
            return type(self).from_numpy_array(self.as_numpy_array().reshape(newshape))
        return super().reshape(newshape)


class TransfersTwice(Mixin):
    caught_by: ClassVar = {"one_transfer"}

    @classmethod
    def from_bytes(cls, bytes_like: Any) -> Any:
        super().from_bytes(bytes_like)
        return super().from_bytes(bytes_like)


class ReadsTheWholeForAPart(Mixin):
    caught_by: ClassVar = {"one_transfer"}

    def __getitem__(self, key: slice) -> Any:
        part = super().__getitem__(key)
        part.__dict__["whole"] = (getattr(self, "whole", (self, 0))[0], key)
        return part

    def to_bytes(self) -> bytes:
        if "whole" in self.__dict__ and len(self) == 10:
            whole, key = self.__dict__["whole"]
            return bytes(whole.as_numpy_array()[key])
        return super().to_bytes()


class NDTransfersTwice(Mixin):
    caught_by: ClassVar = {"one_transfer"}

    def as_numpy_array(self) -> Any:
        super().as_numpy_array()
        return super().as_numpy_array()


class NDReadsOneByMany(Mixin):
    caught_by: ClassVar = {"one_transfer"}

    def as_scalar(self) -> Any:
        self.as_numpy_array()
        return super().as_scalar()


class HoldsHostArrays(Mixin):
    caught_by: ClassVar = {"host_arrays"}

    def __init__(self, array_like: Any) -> None:
        if isinstance(array_like, np.ndarray):
            if array_like.ndim != 1 or array_like.dtype != np.dtype("B"):
                raise ValueError("one-dimensional bytes only")
            self._data = array_like
        else:
            super().__init__(array_like)


class NDHoldsHostArrays(Mixin):
    caught_by: ClassVar = {"host_arrays"}

    def __init__(self, array: Any) -> None:
        if isinstance(array, np.ndarray):
            self._data = array
        else:
            super().__init__(array)


class NDRepeatsTheFirstHostValue(Mixin):
    caught_by: ClassVar = {"host_arrays"}
    caught_on_host: ClassVar = {"set_basic", "set_fancy"}

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(value, np.ndarray) and value.ndim:
            value = value.flat[0]
        super().__setitem__(key, value)


class NDCopiesOnTheHostIfLarge(Mixin):
    caught_by: ClassVar = {"stays_on_device"}

    def copy(self) -> Any:
        if is_device(self._data) and self._data.nbytes > 1 << 20:
            return type(self).from_numpy_array(self.as_numpy_array())
        return super().copy()


class CombinesManyOnTheHost(Mixin):
    caught_by: ClassVar = {"stays_on_device"}

    def combine(self, others: Any) -> Any:
        others = list(others)
        if len(others) > 64 and len(self) and all(is_device(each._data) for each in others):
            return type(self).from_bytes(b"".join(each.to_bytes() for each in (self, *others)))
        return super().combine(others)


class TransfersOneMebibyteAtATime(Mixin):
    caught_by: ClassVar = {"one_transfer"}

    @classmethod
    def from_bytes(cls, bytes_like: Any) -> Any:
        view = memoryview(bytes_like)
        if view.ndim == 1 and view.format == "B" and view.contiguous and len(view) > 1 << 20:
            return super().from_bytes(view[: 1 << 20]) + super().from_bytes(view[1 << 20 :])
        return super().from_bytes(bytes_like)
