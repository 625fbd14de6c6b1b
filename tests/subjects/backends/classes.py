"""Backends whose reference classes are missing, or another's."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from tests.subjects.backends.model import Model, ModelArray, breaks
from zarr_devbuf import get_backend
from zarr_devbuf.reference import ReferenceBuffer


@breaks
class WithoutStore(Model):
    caught_by = {"reference_classes"}


del WithoutStore.instance.StoreExpectingTestBuffer  # type: ignore[attr-defined]


@breaks
class BufferOfAnother(Model):
    caught_by = {"reference_classes", "prototype_classes", "buffers"}


BufferOfAnother.instance.TestBuffer = get_backend("cpu").TestBuffer  # type: ignore[attr-defined]


@breaks
class PrototypeOfAnother(Model):
    caught_by = {"prototype_classes"}
    prototype: Any = get_backend("sim").prototype


@breaks
class ClassesWithoutAName(Model):
    """The classes are not where their names say: pickle does not find them."""

    caught_by = {"prototype_pickling"}


delattr(sys.modules[__name__], "ClassesWithoutANameTestBuffer")


@breaks
class TakenByAnother(Model):
    """A class that is defined later takes the path of the buffer in zarr's registry."""

    caught_by = {"use_backend", "prototype_pickling"}


_taken = TakenByAnother.instance  # type: ignore[attr-defined]
_kept = _taken.TestBuffer
_name = "TakenByAnotherTestBuffer"
_namespace = {"__module__": __name__, "__qualname__": _name}
TakenByAnotherTestBuffer = type(_name, (ReferenceBuffer,), _namespace, backend=_taken)
_taken.TestBuffer = _kept


@breaks
class TestArrayIsTheArrayItself(Model):
    caught_by = {"test_array_class"}
    TestNDArrayLike = ModelArray
    __test__ = False


@breaks
class ViewOfAnArrayCopies(Model):
    caught_by = {"view"}

    def view(self, array: Any) -> Any:
        return super().view(array.copy())


@breaks
class ViewLosesStrides(Model):
    caught_by = {"view"}

    def view(self, array: Any) -> Any:
        found = super().view(array)
        return found if array.flags.c_contiguous else found.copy()


@breaks
class BuffersFromReversedBytes(Model):
    caught_by = {"buffers"}


def _from_bytes(cls: Any, data: Any) -> Any:
    return cls(cls.backend.from_host(np.frombuffer(data, "u1")[::-1]))


BuffersFromReversedBytes.instance.TestBuffer.from_bytes = classmethod(_from_bytes)  # type: ignore[attr-defined]
