"""Backends whose namespace computes something else."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.subjects.backends.model import Model, ModelArray, breaks

# Signatures are as short as the faults allow.
# mypy: disable-error-code="override, misc, no-untyped-def"


def _in_c_order(function: Any) -> Any:
    def ordered(*args: Any, order: str = "C", **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return ordered


@breaks
class IgnoresOrder(Model):
    caught_by = {"creation_order"}
    functions = {
        name: _in_c_order(getattr(np, name)) for name in ("empty", "zeros", "ones", "full")
    }


@breaks
class FullIgnoresOrder(Model):
    caught_by = {"creation_order"}
    functions = {"full": _in_c_order(np.full)}


@breaks
class ZerosAreNotCleared(Model):
    caught_by = {
        "byte_orders",
        "creation",
        "dtypes",
        "full_of_extremes",
        "uint8",
    }
    functions = {"zeros": np.ones}


@breaks
class TakesNoIntForAShape(Model):
    caught_by = {"creation"}
    functions = {"full": lambda shape, *args, **kwargs: np.full(tuple(shape), *args, **kwargs)}


_cache: dict[Any, Any] = {}


def _cached_zeros(shape: Any, dtype: Any = None, order: Any = "C") -> Any:
    key = (shape, np.dtype(dtype), order)
    if key not in _cache:
        _cache[key] = np.zeros(shape, dtype, order)
    return _cache[key]


@breaks
class SharesZeros(Model):
    caught_by = {"creation_memory"}
    functions = {"zeros": _cached_zeros}


@breaks
class FullLosesTheSignOfZero(Model):
    caught_by = {
        "full_of_extremes",
        "full_values",
    }
    functions = {
        "full": lambda shape, value, **kwargs: np.full(shape, value or 0, **kwargs),
    }


@breaks
class ConcatenateSharesOneArray(Model):
    caught_by = {"concatenate"}
    functions = {
        "concatenate": lambda arrays: arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
    }


@breaks
class ConcatenateSkipsShortArrays(Model):
    caught_by = {
        "concatenate",
        "many_parts",
    }
    functions = {
        "concatenate": lambda arrays: np.concatenate(
            [arrays[0], *(array for array in arrays[1:] if array.size > 3)]
        )
    }


def _copyto(target: Any, value: Any, casting: str = "same_kind") -> None:
    target[...] = value or 0


@breaks
class CopytoLosesTheSignOfZero(Model):
    caught_by = {"copyto"}
    functions = {"copyto": _copyto}


@breaks
class BroadcastsToOneElement(Model):
    caught_by = {"broadcast_arrays"}
    functions = {
        "broadcast_arrays": lambda first, second: (first, np.broadcast_to(second, first.shape))
    }


@breaks
class NaNEqualsItself(Model):
    caught_by = {"comparisons"}

    class array_type(ModelArray):
        def __eq__(self, other):
            found = super().__eq__(other)
            return np.logical_or(found, True) if other is self else found

        __hash__ = None  # type: ignore[assignment]


@breaks
class ComparesToBytes(Model):
    caught_by = {"comparisons"}

    class array_type(ModelArray):
        def __eq__(self, other):
            found = super().__eq__(other)
            return found.view("u1") if isinstance(found, ModelArray) else found

        __hash__ = None  # type: ignore[assignment]


@breaks
class AllIsAny(Model):
    caught_by = {
        "all",
        "large_comparisons",
    }

    class array_type(ModelArray):
        def all(self):
            return self.any()


@breaks
class SignbitByComparison(Model):
    caught_by = {"signbit"}
    functions = {"signbit": lambda array: array < 0}


@breaks
class ImagIsReal(Model):
    caught_by = {"parts_and_fields"}

    class array_type(ModelArray):
        imag = property(lambda self: self.real)
