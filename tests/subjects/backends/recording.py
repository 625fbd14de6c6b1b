"""Backends whose account of transfers is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.subjects.backends.model import Model, ModelArray, breaks
from zarr_devbuf.transfers import record


@breaks
class RecordsNothing(Model):
    caught_by = {
        "from_host_transfers",
        "to_host_transfers",
        "copy_from_host_transfers",
        "guarded_transfers",
    }

    def from_host(self, array: Any) -> Any:
        return array.copy().view(self.array_type)

    def to_host(self, array: Any) -> Any:
        return array.view(np.ndarray).copy()


@breaks
class RecordsTwice(Model):
    caught_by = {"from_host_transfers", "copy_from_host_transfers"}

    def from_host(self, array: Any) -> Any:
        record("h2d", array.nbytes, explicit=True)
        return super().from_host(array)


@breaks
class RecordsElements(Model):
    caught_by = {"to_host_transfers"}

    def to_host(self, array: Any) -> Any:
        record("d2h", array.size, explicit=True)
        return array.view(np.ndarray).copy()


@breaks
class RecordsTheWrongDirection(Model):
    caught_by = {"to_host_transfers"}

    def to_host(self, array: Any) -> Any:
        record("h2d", array.nbytes, explicit=True)
        return array.view(np.ndarray).copy()


@breaks
class RecordsImplicitTransfers(Model):
    caught_by = {"from_host_transfers", "copy_from_host_transfers"}

    def from_host(self, array: Any) -> Any:
        record("h2d", array.nbytes, explicit=False)
        return array.copy().view(self.array_type)


@breaks
class RecordsCopyFromHostTwice(Model):
    caught_by = {"copy_from_host_transfers"}

    def copy_from_host(self, target: Any, source: Any) -> None:
        record("h2d", source.nbytes, explicit=True)
        super().copy_from_host(target, source)


@breaks
class GoesByTheHostToConcatenate(Model):
    caught_by = {"no_other_transfers"}

    @staticmethod
    def _concatenate(arrays: Any) -> Any:
        for array in arrays:
            record("d2h", array.nbytes, explicit=True)
        return np.concatenate(arrays)

    functions = {"concatenate": _concatenate.__func__}  # type: ignore[attr-defined]


@breaks
class ComparesOnTheHost(Model):
    caught_by = {"no_other_transfers"}

    class array_type(ModelArray):
        def __eq__(self, other: object) -> Any:
            record("d2h", self.nbytes, explicit=True)
            return super().__eq__(other)

        __hash__ = None  # type: ignore[assignment]


@breaks
class RecordsAfterItHasCopied(Model):
    caught_by = {"guarded_transfers"}

    def copy_from_host(self, target: Any, source: Any) -> None:
        target[...] = source.view(self.array_type)
        record("h2d", source.nbytes, explicit=True)
