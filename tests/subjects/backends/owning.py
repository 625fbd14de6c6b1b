"""Backends that do not know their own arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

import zarr_devbuf.simulator.cupy as simulated
from tests.subjects.backends.model import Model, ModelArray, breaks
from zarr_devbuf import Backend, get_backend

# Overriding what is final is the fault.
# mypy: disable-error-code="misc"


@breaks
class AllocatesNumPyArrays(Model):
    caught_by = {
        "array_type",
        "broadcast_arrays",
        "byte_orders",
        "concatenate",
        "creation",
        "dtypes",
        "full_of_extremes",
        "full_values",
        "many_parts",
        "owns",
        "uint8",
    }
    xp = np


@breaks
class NewArrayTypeEachTime(Model):
    caught_by = {
        "array_type",
        "buffers",
        "full_of_extremes",
        "many_parts",
        "no_other_transfers",
        "owns",
        "uint8",
    }
    TestNDArrayLike = type("TestNDArrayLike", (ModelArray,), {})

    @property
    def array_type(self) -> Any:
        class Meta(type):
            def __instancecheck__(cls, instance: object) -> bool:
                return isinstance(instance, ModelArray)

            def __subclasscheck__(cls, subclass: type) -> bool:
                return issubclass(subclass, ModelArray)

        return Meta("ModelArray", (ModelArray,), {})


@breaks
class OwnsOneClassOnly(Model):
    caught_by = {"owns", "view", "buffers"}

    def owns(self, array: object) -> bool:
        return type(array) is self.array_type


@breaks
class OwnsEverything(Model):
    caught_by = {"owns_no_other", "owns_never_raises"}

    def owns(self, array: object) -> bool:
        return True


@breaks
class OwnsWhatHasDimensions(Model):
    caught_by = {"owns_no_other", "owns_never_raises"}

    def owns(self, array: object) -> bool:
        return hasattr(array, "ndim")


@breaks
class OwnsRaises(Model):
    caught_by = {"owns_no_other", "owns_never_raises"}

    def owns(self, array: Any) -> bool:
        return isinstance(array.base, object) and Backend.owns(self, array)


@breaks
class OwnsAsksForTheTruth(Model):
    caught_by = {"owns_never_raises"}

    def owns(self, array: Any) -> bool:
        return isinstance(array, ModelArray)


@breaks
class DeviceThatCallsItselfTheHost(Model):
    caught_by = {"is_host", "from_host_transfers", "to_host_transfers", "copy_from_host_transfers"}
    is_host = True
    array_type = simulated.ndarray
    xp = simulated

    def from_host(self, array: Any) -> Any:
        return get_backend("sim").from_host(array)

    def to_host(self, array: Any) -> Any:
        return get_backend("sim").to_host(array)


@breaks
class HostThatCallsItselfADevice(Model):
    caught_by = {
        "from_host_copies",
        "to_host_copies",
        "owns_no_other",
        "is_host",
        "from_host_transfers",
        "to_host_transfers",
        "copy_from_host_transfers",
        "guarded_transfers",
    }
    array_type = np.ndarray
    xp = np

    def from_host(self, array: Any) -> Any:
        return array

    def to_host(self, array: Any) -> Any:
        return array


@breaks
class UnsureWhetherItIsTheHost(Model):
    caught_by = {"is_host"}
    is_host = 0
