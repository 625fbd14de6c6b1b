"""Backends whose copies between host and device are wrong."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from tests.subjects.backends.model import Model, breaks
from zarr_devbuf.transfers import record


@breaks
class MakesZeroDimensionalArraysOneDimensional(Model):
    caught_by = {
        "dimensions",
        "from_host",
        "from_host_copies",
        "sizes",
        "special_values",
        "to_host_copies",
        "zero_dimensional_assignment",
    }

    def from_host(self, array: Any) -> Any:
        return super().from_host(np.atleast_1d(array))


@breaks
class EmptyFails(Model):
    caught_by = {
        "all",
        "assignment",
        "concatenate",
        "dimensions",
        "from_host",
        "from_host_transfers",
        "owns",
        "reshape",
        "sizes",
        "to_host_transfers",
        "view_dtype",
    }

    def from_host(self, array: Any) -> Any:
        if array.size == 0:
            raise ValueError("cannot copy 0 bytes")
        return super().from_host(array)


@breaks
class CopiesInMemoryOrder(Model):
    """Copies the memory as it lies, and calls it C order."""

    caught_by = {
        "from_host_layouts",
        "large_copies",
    }

    def from_host(self, array: Any) -> Any:
        return super().from_host(array.ravel("K").reshape(array.shape))


@breaks
class RejectsReadOnlySources(Model):
    caught_by = {
        "buffers",
        "from_host_layouts",
        "large_copies",
        "ravel",
    }

    def from_host(self, array: Any) -> Any:
        if not array.flags.writeable:
            raise ValueError("cannot pin read-only memory")
        return super().from_host(array)


@breaks
class LosesTheSignOfZero(Model):
    caught_by = {
        "extremes",
        "signbit",
        "special_values",
    }

    def from_host(self, array: Any) -> Any:
        if array.dtype.kind == "f":
            array = np.where(array == 0, np.zeros((), array.dtype), array).astype(array.dtype)
        return super().from_host(array)


@breaks
class LosesTheSignOfScalars(Model):
    """As CuPy does: a 0-d array is filled."""

    caught_by = {"special_values"}

    def from_host(self, array: Any) -> Any:
        found = super().from_host(array)
        if not array.ndim and array.dtype.kind in "fc" and not array:
            found.fill(0)
        return found


@breaks
class KeepsOneNaN(Model):
    caught_by = {"special_values"}

    def to_host(self, array: Any) -> Any:
        found = super().to_host(array)
        if found.dtype.kind == "f":
            found[np.isnan(found)] = np.nan
        return found


@breaks
class KeepsTheMemoryOfTheCaller(Model):
    caught_by = {"from_host_copies", "is_host"}

    def from_host(self, array: Any) -> Any:
        record("h2d", array.nbytes, explicit=True)
        return array.view(self.array_type)


@breaks
class ToHostInMemoryOrder(Model):
    caught_by = {
        "copy_order",
        "dimensions",
        "fancy_indexing",
        "large_copies",
        "reshape_order",
        "to_host",
        "transpose",
        "view",
    }

    def to_host(self, array: Any) -> Any:
        return super().to_host(array.ravel("K").reshape(array.shape))


@breaks
class ToHostGivesAView(Model):
    caught_by = {"to_host_copies"}

    def to_host(self, array: Any) -> Any:
        record("d2h", array.nbytes, explicit=True)
        return array.view(np.ndarray)


@breaks
class ToHostGivesReadOnlyArrays(Model):
    caught_by = {"to_host_copies"}

    def to_host(self, array: Any) -> Any:
        found = super().to_host(array)
        found.flags.writeable = False
        return found


@breaks
class CopyFromHostGoesNowhere(Model):
    caught_by = {
        "copy_from_host",
        "large_copies",
    }

    def copy_from_host(self, target: Any, source: Any) -> None:
        self.from_host(source)


@breaks
class CopyFromHostWritesBeyondItsTarget(Model):
    caught_by = {
        "copy_from_host",
        "large_copies",
    }

    def copy_from_host(self, target: Any, source: Any) -> None:
        whole = target if target.base is None else target.base
        whole[...] = self.from_host(source).ravel()[0]
        target[...] = source


@breaks
class SharesStagingMemory(Model):
    caught_by = {"threads"}

    def __init__(self) -> None:
        super().__init__()
        self._staging = np.zeros(1 << 16, "u1")

    def from_host(self, array: Any) -> Any:
        if array.size != 5000:
            return super().from_host(array)
        staging = self._staging[: array.nbytes]
        staging[...] = array
        time.sleep(0.001)  # what a driver takes
        return super().from_host(staging)
