"""Arrays whose operations all go through hooks, and broken subjects made of them."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

__all__ = [
    "BROKEN",
    "LISTENERS",
    "SKIP",
    "Broken",
    "Call",
    "Wrapped",
    "broken",
    "clean",
    "made_of",
    "make",
    "mirrored_by",
    "spoilt",
    "twin",
]

SKIP: Any = object()
"""What `give` returns to have nothing written."""


@dataclass(frozen=True, eq=False)
class Call:
    """One call of an array: ``get`` or ``set`` of a kind of selection, a method, or "make"."""

    array: Any
    method: str
    kind: str = ""
    selection: Any = None
    value: Any = None
    options: dict[str, Any] = field(default_factory=dict)


LISTENERS: list[Callable[[Call], None]] = []
"""Functions that are called with every call of every array that is made here."""


def _note(*args: Any) -> None:
    if LISTENERS:
        call = Call(*args)
        for listener in LISTENERS:
            listener(call)


class Wrapped(zarr.Array[Any]):
    """A clean array, each of whose operations goes through `take` and `give`."""

    def take(self, kind: str, selection: Any, result: Any) -> Any:
        """Pass a result on."""
        return result

    def give(self, kind: str, selection: Any, value: Any) -> Any:
        """Pass values on."""
        return value

    def done(self, value: Any) -> None:
        """Follow a write."""

    def __reduce__(self) -> Any:
        _note(self, "__reduce__")
        return _made_again, (type(self).__name__, self._async_array)

    def __iter__(self) -> Any:
        _note(self, "__iter__")
        return iter(self[number] for number in range(self.shape[0]))


_CLASSES: dict[str, type[Wrapped]] = {"Wrapped": Wrapped}


def made_of(name: str, members: dict[str, Any]) -> type[Wrapped]:
    """Make a class of arrays, which can be pickled."""
    cls = _CLASSES[name] = type(name, (Wrapped,), members)
    return cls


def _made_again(name: str, array: Any) -> Any:
    return _CLASSES[name](array)


def _getter(kind: str) -> Any:
    name = f"get_{kind}_selection"

    def get(self: Any, selection: Any = ..., *, out: Any = None, **kwargs: Any) -> Any:
        _note(self, "get", kind, selection, None, {"out": out, **kwargs})
        result = getattr(zarr.Array, name)(self, selection, out=out, **kwargs)
        return result if out is not None else self.take(kind, selection, result)

    return get


def _setter(kind: str) -> Any:
    name = f"set_{kind}_selection"

    def set_(self: Any, selection: Any, value: Any, **kwargs: Any) -> None:
        _note(self, "set", kind, selection, value, kwargs)
        value = self.give(kind, selection, value)
        if value is not SKIP:
            getattr(zarr.Array, name)(self, selection, value, **kwargs)
        self.done(value)

    return set_


for _kind in ("basic", "orthogonal", "coordinate", "mask", "block"):
    setattr(Wrapped, f"get_{_kind}_selection", _getter(_kind))
    setattr(Wrapped, f"set_{_kind}_selection", _setter(_kind))


def _noted(name: str) -> Any:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        _note(self, name, "", None, None, kwargs)
        return getattr(zarr.Array, name)(self, *args, **kwargs)

    return method


_METHODS = ("resize", "append", "update_attributes", "nbytes_stored", "info_complete", "__array__")
for _name in _METHODS:
    setattr(Wrapped, _name, _noted(_name))


def _noted_property(name: str) -> Any:
    def get(self: Any) -> Any:
        # Zarr's own methods use these all the time.
        if not sys._getframe(1).f_globals["__name__"].startswith("zarr."):
            _note(self, name)
        return getattr(zarr.Array, name).fget(self)

    return property(get)


for _name in ("async_array", "nchunks_initialized", "oindex"):
    setattr(Wrapped, _name, _noted_property(_name))


def mirrored_by(cls: type[Any]) -> Callable[[Any], Any]:
    """Give an array an asynchronous one of another class."""

    def get(self: Any) -> Any:
        if type(self._async_array) is not cls:
            array = self._async_array
            self._async_array = cls(array.metadata, array.store_path, array.config)
        return self._async_array

    return get


def make(cls: type[Any] = Wrapped, **settings: Any) -> Any:
    """Make an empty array of a class."""
    _note(None, "make", "", None, None, settings)
    return cls(zarr.create_array(MemoryStore(), **settings)._async_array)


def clean(**settings: Any) -> Any:
    """Make the clean twin of every array that is broken, unless it has one of its own."""
    return make(Wrapped, **settings)


@dataclass(frozen=True, eq=False)
class Broken:
    """
    A broken subject.

    Attributes
    ----------
    caught_by : set of str
        The short names of the checks that fail on it, and pass on its clean twin.
    members : dict
        The members of its class that differ from `Wrapped`. If empty, zarr itself is broken.
    backend : str
        The backend on which it is broken.
    when : callable, optional
        Whether, given a `Call`, the subject may differ from its clean twin in it. By default it
        may in any call of the methods that it overrides.
    name : str
        By default, that of the first check; to be given if several subjects are caught by it.
    twin : callable, optional
        Makes the clean twin, if that is not `clean`.
    changes : callable, optional
        Takes the settings of an array, and returns those that it is made with.
    within : callable
        Makes a context in which zarr itself is broken.
    """

    caught_by: set[str]
    members: dict[str, Any] = field(default_factory=dict)
    backend: str = "cpu"
    when: Callable[[Call], bool] | None = None
    name: str = ""
    twin: Callable[..., Any] = clean
    changes: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    within: Callable[[], AbstractContextManager[Any]] = nullcontext

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name or min(self.caught_by))
        if self.members:
            made_of(f"Broken_{self.name}", self.members)

    @property
    def is_zarr(self) -> bool:
        """Whether nothing but zarr itself is broken, unchanged."""
        return not self.members and self.changes is None and self.within is nullcontext

    @property
    def subject(self) -> Callable[..., Any]:
        """The callable that makes arrays, to be checked."""
        if self.changes is not None:
            changes = self.changes
            return lambda **settings: make(Wrapped, **changes(dict(settings)))
        return partial(make, _CLASSES.get(f"Broken_{self.name}", Wrapped))

    def acts(self, call: Call) -> bool:
        """Tell whether it may differ from its clean twin in a call."""
        if self.changes is not None and call.method == "make":
            return self.changes(dict(call.options)) != call.options
        if call.method not in _overridden(self.members):
            return False
        return self.when is None or bool(self.when(call))


BROKEN: list[Broken] = []
"""All broken subjects, which their modules add by `broken`."""


def broken(**fields: Any) -> None:
    """Add a broken subject; see `Broken` for the arguments."""
    BROKEN.append(Broken(**fields))


def twin(name: str, members: dict[str, Any]) -> Callable[..., Any]:
    """Make a clean subject with some members of its own."""
    return partial(make, made_of(name, members))


def _overridden(members: dict[str, Any]) -> set[str]:
    methods = set()
    for name in members:
        if name == "take" or name.startswith("get_"):
            methods.add("get")
        elif name in ("give", "done") or name.startswith("set_"):
            methods.add("set")
        else:
            methods.add(name)
    return methods


def spoilt(result: Any) -> Any:
    """Make wrong values of a result."""
    dtype = np.dtype(result.dtype)
    if dtype.names is not None:
        result = result.copy()
        result[dtype.names[-1]] = 0
        return result
    if dtype.kind == "U":
        return np.char.add(result, "x").astype(dtype)
    if dtype.kind in "mM":
        return np.zeros_like(result)
    if dtype.kind == "b":
        return ~result
    return (result * 0 + 1).astype(dtype)
