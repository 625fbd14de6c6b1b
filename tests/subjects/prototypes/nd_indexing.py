"""Broken buffers that the checks in `zarr_devbuf.checks.prototype.nd_indexing` catch."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import zarr.buffer.cpu
from zarr.abc.buffer import NDBuffer

from tests.subjects.prototypes.derive import Mixin

# Mixins call methods of the class that they are mixed with, which mypy cannot know.
# mypy: disable-error-code="misc, no-any-return, type-arg"


class NDGivesAScalar(Mixin):
    caught_by: ClassVar = {"get_basic", "one_transfer"}

    def __getitem__(self, key: Any) -> Any:
        item = super().__getitem__(key)
        return item.as_scalar() if item.shape == () else item


class NDAddsNoAxes(Mixin):
    caught_by: ClassVar = {"get_basic"}

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, tuple):
            key = tuple(part for part in key if part is not None)
        return super().__getitem__(key)


class NDCopiesSlices(Mixin):
    caught_by: ClassVar = {"views"}

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(key).copy()


class NDTakesMasksForNumbers(Mixin):
    caught_by: ClassVar = {"get_fancy"}

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, np.ndarray) and key.dtype == bool and key.ndim == 1:
            key = key.astype(int)
        return super().__getitem__(key)


class NDSelectsPointsForGrids(Mixin):
    caught_by: ClassVar = {"get_fancy"}

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, tuple) and all(isinstance(part, np.ndarray) for part in key) and key:
            key = np.ix_(*(part.ravel() for part in key))
        return super().__getitem__(key)


class NDKeepsTheAssignedArray(Mixin):
    caught_by: ClassVar = {"results_are_final", "set_basic", "set_host_buffer"}

    def __setitem__(self, key: Any, value: Any) -> None:
        if key is ... and isinstance(value, NDBuffer) and value.shape == self.shape:
            self._data = value.as_ndarray_like()
        else:
            super().__setitem__(key, value)


class NDBroadcastsNoRow(Mixin):
    caught_by: ClassVar = {"set_basic", "set_host_buffer", "stays_on_device"}

    def __setitem__(self, key: Any, value: Any) -> None:
        if key is ... and isinstance(value, NDBuffer) and value.shape != self.shape:
            raise ValueError("shapes differ")
        super().__setitem__(key, value)


class NDSpreadsNoScalarBuffer(Mixin):
    caught_by: ClassVar = {"set_basic", "set_host_buffer"}

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(value, NDBuffer) and value.shape == () and key is ...:
            key = (0,) * len(self.shape)
        super().__setitem__(key, value)


class NDSortsIndices(Mixin):
    caught_by: ClassVar = {"set_fancy", "set_host_buffer"}

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, np.ndarray) and key.dtype != bool:
            key = np.sort(key)
        super().__setitem__(key, value)


class NDSetsNoScalarBufferByMask(Mixin):
    caught_by: ClassVar = {"set_fancy", "set_host_buffer"}

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, np.ndarray) and isinstance(value, NDBuffer) and value.shape == ():
            return
        super().__setitem__(key, value)


class NDTakes256Rows(Mixin):
    """Has indices of one byte if there are more than 256."""

    caught_by: ClassVar = {"get_fancy", "results_are_final"}

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, np.ndarray) and key.dtype != bool and len(key) > 256:
            key = key % 256
        return super().__getitem__(key)


class NDSets1024Points(Mixin):
    caught_by: ClassVar = {"set_fancy"}

    def __setitem__(self, key: Any, value: Any) -> None:
        if (
            isinstance(key, tuple)
            and key
            and all(isinstance(each, np.ndarray) and each.ndim == 1 for each in key)
            and len(key[0]) > 1024
        ):
            key = tuple(each[:1024] for each in key)
            value = value[:1024] if value.shape else value
        super().__setitem__(key, value)


class NDIgnoresHostBuffers(Mixin):
    caught_by: ClassVar = {"set_host_buffer"}

    def __setitem__(self, key: Any, value: Any) -> None:
        if type(value) is not zarr.buffer.cpu.NDBuffer:
            super().__setitem__(key, value)


class NDRejectsHostBuffers(Mixin):
    caught_by: ClassVar = {"set_host_buffer"}

    def __setitem__(self, key: Any, value: Any) -> None:
        if type(value) is zarr.buffer.cpu.NDBuffer:
            raise TypeError("host")
        super().__setitem__(key, value)


class NDAssignsInMemoryOrder(Mixin):
    """Is right for values in C or F order."""

    caught_by: ClassVar = {"set_parts"}

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(value, NDBuffer) and len(value.shape) > 1:
            array: Any = value.as_ndarray_like()
            if min(array.strides) < 0:
                value = array[tuple(slice(None, None, -1) for _ in array.shape)]
        super().__setitem__(key, value)


class NDCountsStepsFromTheStart(Mixin):
    caught_by: ClassVar = {"get_basic"}

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, tuple) and len(key) > 3:
            key = tuple(
                slice(each.start, each.stop, 1)
                if isinstance(each, slice) and each.step == 3
                else each
                for each in key
            )
        return super().__getitem__(key)


class NDSpreadsNoHostScalar(Mixin):
    caught_by: ClassVar = {"set_host_buffer"}

    def __setitem__(self, key: Any, value: Any) -> None:
        if type(value) is zarr.buffer.cpu.NDBuffer and value.shape == () and key is ...:
            key = (0,) * len(self.shape)
        super().__setitem__(key, value)


class NDAssignsHostBuffersInMemoryOrder(Mixin):
    caught_by: ClassVar = {"set_host_buffer"}

    def __setitem__(self, key: Any, value: Any) -> None:
        if type(value) is zarr.buffer.cpu.NDBuffer:
            array: Any = value.as_numpy_array()
            value = zarr.buffer.cpu.NDBuffer(array.ravel(order="K").reshape(array.shape))
        super().__setitem__(key, value)


class NDAssignsBitsOfHostBuffers(Mixin):
    caught_by: ClassVar = {"set_host_buffer"}

    def __setitem__(self, key: Any, value: Any) -> None:
        if type(value) is zarr.buffer.cpu.NDBuffer and value.dtype.itemsize == self.dtype.itemsize:
            bits: Any = value.as_numpy_array().view(self.dtype)
            value = zarr.buffer.cpu.NDBuffer(bits)
        super().__setitem__(key, value)


class NDAssignsNoHostBufferByIndex(Mixin):
    caught_by: ClassVar = {"set_host_buffer"}

    def __setitem__(self, key: Any, value: Any) -> None:
        fancy = any(isinstance(each, np.ndarray) for each in (key if type(key) is tuple else [key]))
        if not (fancy and type(value) is zarr.buffer.cpu.NDBuffer):
            super().__setitem__(key, value)


class NDSetsThreeAxes(Mixin):
    caught_by: ClassVar = {"set_parts"}

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(value, NDBuffer) and len(value.shape) > 3:
            value = value.as_ndarray_like()[::-1]
        super().__setitem__(key, value)


class NDSetsOneMebibyte(Mixin):
    caught_by: ClassVar = {"set_parts"}

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value)
        if self._data.nbytes > 1 << 20 and isinstance(value, NDBuffer) and key is not ...:
            self._data[-1, -1] = 0
