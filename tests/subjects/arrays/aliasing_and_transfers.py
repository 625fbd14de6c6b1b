"""Broken subjects of `zarr_devbuf.checks.array.aliasing_and_transfers`."""

from __future__ import annotations

from typing import Any

import numpy as np
import zarr
from zarr.core.buffer import default_buffer_prototype
from zarr.storage import MemoryStore

from tests.subjects.arrays.conditions import device_configured, is_one_of, on_device, plain
from tests.subjects.arrays.wrapping import Call, Wrapped, broken


def _cached(self: Any, kind: str, selection: Any, result: Any) -> Any:
    if kind != "basic" or selection is not ... or not _is_cached(self):
        return result
    cache = self.__dict__.setdefault("cache", {})
    return cache.setdefault((type(result), self.shape), result)


def _is_cached(array: Any) -> bool:
    return plain(array) and type(array.store) is MemoryStore


def _again(call: Call) -> bool:
    # A result is returned a second time, perhaps to the caller who has it already.
    read = call.array.__dict__.setdefault("read whole", set())
    if call.method == "set":
        read.clear()
        return False
    found = call.array.shape in read
    read.add(call.array.shape)
    return found


def _forget(self: Any, value: Any) -> None:
    self.__dict__.pop("cache", None)


def _resize_forgetting(self: Any, shape: Any) -> None:
    self.__dict__.pop("cache", None)
    zarr.Array.resize(self, shape)


broken(
    caught_by={"results_are_independent", "two_handles"},
    members={"take": _cached, "done": _forget, "resize": _resize_forgetting},
    when=lambda call: call.selection is ... and _is_cached(call.array) and _again(call),
)


def _clear_given(self: Any, value: Any) -> None:
    if isinstance(value, np.ndarray) and value.flags.writeable and value.shape == (5, 4):
        on_device = "zarr_devbuf" in default_buffer_prototype().buffer.__module__
        if plain(self) and on_device:
            value[...] = 0


broken(
    caught_by={"input_unchanged"},
    members={"done": _clear_given},
    when=lambda call: (
        isinstance(call.value, np.ndarray)
        and call.value.shape == (5, 4)
        and plain(call.array)
        and "zarr_devbuf" in default_buffer_prototype().buffer.__module__
    ),
)


_LOWER_HALF = (slice(3, None), slice(3, None))


def _by_way_of_host(self: Any, kind: str, selection: Any, result: Any) -> Any:
    if not (plain(self) and is_one_of(selection, _LOWER_HALF) and device_configured()):
        return result
    return default_buffer_prototype().nd_buffer.from_ndarray_like(result.get()).as_ndarray_like()


broken(
    caught_by={"implicit_transfers"},
    members={"take": _by_way_of_host},
    backend="sim",
    when=lambda call: plain(call.array) and is_one_of(call.selection, _LOWER_HALF),
)


def _half_rejected(self: Any, kind: str, selection: Any, value: Any) -> Any:
    if type(value) is np.ndarray and value.ndim == 2 and device_configured():
        zarr.Array.set_basic_selection(self, slice(0, 3), value[:3])
        raise TypeError("a host array is rejected, but half of it is written")
    return value


broken(
    caught_by={"host_values"},
    members={"give": _half_rejected},
    backend="sim",
    when=lambda call: type(call.value) is np.ndarray and device_configured(),
)


def _indices_backwards(self: Any, selection: Any, **kwargs: Any) -> Any:
    parts = tuple(part.get()[::-1] if on_device(part) else part for part in selection)
    return zarr.Array.get_orthogonal_selection(self, parts, **kwargs)


broken(
    caught_by={"device_vectors"},
    members={"get_orthogonal_selection": _indices_backwards},
    backend="sim",
    when=lambda call: isinstance(call.selection, tuple) and any(map(on_device, call.selection)),
)


# With the store, which another would otherwise be taken for that has its place in memory.
_OTHERS: dict[int, tuple[Any, Any]] = {}


def _keep(self: Any, kind: str, selection: Any, value: Any) -> Any:
    """Store what a large array of the caller contains when it is read, not when it was written."""
    if np.shape(value) == (1100, 512) and isinstance(value, np.ndarray):
        _OTHERS[id(self.store)] = self.store, value
    return value


def _late(self: Any, selection: Any = ..., **kwargs: Any) -> Any:
    _, value = _OTHERS.pop(id(self.store), (None, None))
    if value is not None:
        zarr.Array.set_basic_selection(self, ..., value)
    return Wrapped.get_basic_selection(self, selection, **kwargs)


broken(
    caught_by={"stored_values_stay"},
    members={"give": _keep, "get_basic_selection": _late},
    when=lambda call: call.array.shape == (1100, 512),
)

_GIVEN: dict[int, tuple[Any, Any]] = {}


def _remember(self: Any, kind: str, selection: Any, result: Any) -> Any:
    if self.shape == (96, 384) and selection is ...:
        _GIVEN[id(self.store)] = self.store, result
    return result


def _change(self: Any, value: Any) -> None:
    if id(self.store) in _GIVEN:
        _GIVEN.pop(id(self.store))[1][...] = value


broken(
    caught_by={"read_values_stay"},
    members={"take": _remember, "done": _change},
    when=lambda call: call.array.shape == (96, 384),
)


def _first_read(self: Any, kind: str, selection: Any, result: Any) -> Any:
    """Return what was read first, until this array itself is written to."""
    if selection is not ... or self.shape != (7, 6):
        return result
    return self.__dict__.setdefault("cached", result)


def _forget_first(self: Any, value: Any) -> None:
    self.__dict__.pop("cached", None)


broken(
    caught_by={"results_are_independent", "two_handles"},
    name="two_handles",
    members={"take": _first_read, "done": _forget_first},
    when=lambda call: call.selection is ...,
)


def _wrap(self: Any, selection: Any, **kwargs: Any) -> Any:
    for axis, each in enumerate(selection if isinstance(selection, tuple) else ()):
        if isinstance(each, np.ndarray) and each.dtype.kind == "i":
            each[each < 0] += self.shape[axis]
    return Wrapped.get_coordinate_selection(self, selection, **kwargs)


broken(caught_by={"indices_unchanged"}, members={"get_coordinate_selection": _wrap})
