"""Backends that hold other dtypes than they were asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.subjects.backends.model import Model, breaks

_NAMES = ("empty", "zeros", "ones", "full")


def _replaced(change: Any) -> dict[str, Any]:
    """Give the functions that allocate, each with `change` applied to the dtype."""

    def replaced(name: str) -> Any:
        def function(*args: Any, dtype: Any = None, **kwargs: Any) -> Any:
            *rest, dtype = (*args, dtype) if dtype is not None else args
            return getattr(np, name)(*rest, dtype=change(np.dtype(dtype)), **kwargs)

        return function

    return {name: replaced(name) for name in _NAMES}


def _no_uint8(dtype: np.dtype[Any]) -> np.dtype[Any]:
    if dtype == "u1":
        raise TypeError("no arrays of uint8")
    return dtype


@breaks
class WithoutUint8(Model):
    caught_by = {
        "array_protocols",
        "array_type",
        "buffers",
        "full_of_extremes",
        "guarded_transfers",
        "is_host",
        "large_assignment",
        "large_comparisons",
        "large_copies",
        "many_parts",
        "no_other_transfers",
        "owns",
        "threads",
        "uint8",
        "view_dtype",
    }
    functions = _replaced(_no_uint8)

    def from_host(self, array: Any) -> Any:
        _no_uint8(array.dtype)
        return super().from_host(array)


def _single(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.dtype("f4") if dtype == "f2" else dtype


@breaks
class HalfBecomesSingle(Model):
    caught_by = {
        "copyto",
        "dtypes",
        "extremes",
        "full_of_extremes",
        "full_values",
        "special_values",
    }
    functions = _replaced(_single)

    def from_host(self, array: Any) -> Any:
        return super().from_host(array.astype(_single(array.dtype)))


@breaks
class HalfBecomesSingleOnlyFromHost(Model):
    caught_by = {
        "copyto",
        "dtypes",
        "extremes",
        "special_values",
    }

    def from_host(self, array: Any) -> Any:
        return super().from_host(array.astype(_single(array.dtype)))


@breaks
class ConvertsByteOrder(Model):
    caught_by = {
        "byte_orders",
        "extremes",
    }

    def from_host(self, array: Any) -> Any:
        return super().from_host(array.astype(array.dtype.newbyteorder("=")))


@breaks
class SwapsBytes(Model):
    """Has its own byte order only; the bytes are copied as they are."""

    caught_by = {"rejected_dtypes"}

    @staticmethod
    def _own(dtype: np.dtype[Any]) -> np.dtype[Any]:
        if not dtype.isnative:
            raise ValueError("another byte order")
        return dtype

    functions = _replaced(_own.__func__)  # type: ignore[attr-defined]

    def from_host(self, array: Any) -> Any:
        return super().from_host(array).view(array.dtype.newbyteorder("="))


@breaks
class TimesBecomeIntegers(Model):
    caught_by = {"rejected_dtypes"}

    @staticmethod
    def _no_times(dtype: np.dtype[Any]) -> np.dtype[Any]:
        if dtype.kind in "mM":
            raise TypeError("no times")
        return dtype

    functions = _replaced(_no_times.__func__)  # type: ignore[attr-defined]

    def from_host(self, array: Any) -> Any:
        return super().from_host(array.astype("i8") if array.dtype.kind in "mM" else array)
