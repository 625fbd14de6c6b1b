"""A backend small enough to break: NumPy arrays that know their owner, copied in and out."""

from __future__ import annotations

import sys
from typing import Any, ClassVar

import numpy as np
import zarr.abc.buffer

from zarr_devbuf import Backend
from zarr_devbuf.reference import ReferenceBuffer, ReferenceNDBuffer
from zarr_devbuf.store import ReferenceStore
from zarr_devbuf.transfers import record

__all__ = ["BROKEN", "CLEAN", "Model", "ModelArray", "breaks", "define"]

BROKEN: list[Model] = []


class ModelArray(np.ndarray[Any, Any]):
    pass


class Namespace:
    """NumPy, except that arrays are of one class, and that some functions are replaced."""

    def __init__(self, array_type: type, functions: dict[str, Any]) -> None:
        self._array_type = array_type
        self._functions = functions

    def __getattr__(self, name: str) -> Any:
        function = self._functions.get(name) or getattr(np, name)
        return lambda *args, **kwargs: self._owned(function(*args, **kwargs))

    def _owned(self, result: Any) -> Any:
        if isinstance(result, tuple | list):
            return tuple(map(self._owned, result))
        return result.view(self._array_type) if isinstance(result, np.ndarray) else result


class Model(Backend):
    """Faultless. A broken backend overrides one thing, and names the checks that fail."""

    caught_by: ClassVar[set[str]] = set()
    array_type: Any = ModelArray
    TestNDArrayLike: Any = None
    is_host: Any = False
    functions: ClassVar[dict[str, Any]] = {}  # of the namespace, in the place of NumPy's
    xp: Any = None

    def __init__(self) -> None:
        self.name = type(self).__name__

    def from_host(self, array: Any) -> Any:
        record("h2d", array.nbytes, explicit=True)
        return array.copy().view(self.array_type)

    def to_host(self, array: Any) -> Any:
        record("d2h", array.nbytes, explicit=True)
        return array.view(np.ndarray).copy()


def define[T: type[Model]](cls: T) -> T:
    """Give a backend its array class, its namespace and its reference classes; make one."""
    backend = cls()
    if cls.TestNDArrayLike is None:
        cls.TestNDArrayLike = type("TestNDArrayLike", (cls.array_type,), {})
    if cls.xp is None:
        cls.xp = Namespace(cls.array_type, cls.functions)
    module = sys.modules[cls.__module__]
    bases: dict[str, tuple[type, ...]] = {
        "TestBuffer": (ReferenceBuffer, zarr.abc.buffer.Buffer),
        "NDBufferUsingTestNDArrayLike": (ReferenceNDBuffer, zarr.abc.buffer.NDBuffer),
        "StoreExpectingTestBuffer": (ReferenceStore,),
    }
    for short, parents in bases.items():
        # At the top of a module, under its own name: as pickle demands of classes.
        name = f"{cls.__name__}{short}"
        namespace = {"__module__": module.__name__, "__qualname__": name}
        setattr(module, name, type(name, parents, namespace, backend=backend))
    cls.instance = backend  # type: ignore[attr-defined]
    return cls


def breaks[T: type[Model]](cls: T) -> T:
    """Add a backend to those that are broken."""
    assert cls.caught_by, cls
    define(cls)
    BROKEN.append(cls.instance)  # type: ignore[attr-defined]
    return cls


@define
class Faultless(Model):
    pass


CLEAN: Model = Faultless.instance  # type: ignore[attr-defined]
