"""Broken subjects of `zarr_devbuf.checks.array.prototypes`."""

from __future__ import annotations

from typing import Any

import numpy as np
import zarr
from zarr.core.array import AsyncArray
from zarr.core.buffer import default_buffer_prototype
from zarr.storage import MemoryStore

from tests.subjects.arrays.conditions import device_configured, drops, is_one_of, plain
from tests.subjects.arrays.wrapping import Call, Wrapped, broken, make, mirrored_by, spoilt
from zarr_devbuf.checks._harness import host_configuration

drops(
    caught_by={"two_handles", "written_and_read_on_device"},
    name="written_and_read_on_device",
    when=lambda a, k, s, v: (
        is_one_of(s, (slice(2, None), slice(2, None))) and np.shape(v) == (5, 4)
    ),
)


def _get_mask_as_configured(self: Any, selection: Any, *, prototype: Any = None, **kw: Any) -> Any:
    return zarr.Array.get_mask_selection(self, selection, **kw)


def _prototype_given(kind: str) -> Any:
    return lambda call: call.kind == kind and call.options.get("prototype") is not None


broken(
    caught_by={"prototype_argument"},
    members={"get_mask_selection": _get_mask_as_configured},
    backend="sim",
    when=_prototype_given("mask"),
)


def _set_block_as_configured(
    self: Any, selection: Any, value: Any, *, prototype: Any = None, **kwargs: Any
) -> None:
    zarr.Array.set_block_selection(self, selection, value, **kwargs)


broken(
    caught_by={"prototype_argument"},
    members={"set_block_selection": _set_block_as_configured},
    backend="sim",
    when=_prototype_given("block"),
    name="prototype_argument_of_set_block_selection",
)


def _set_mask_as_configured(
    self: Any, selection: Any, value: Any, *, prototype: Any = None
) -> None:
    if self.metadata.zarr_format == 3 or prototype is None:
        zarr.Array.set_mask_selection(self, selection, value, prototype=prototype)


broken(
    caught_by={"format_2_prototype_argument"},
    members={"set_mask_selection": _set_mask_as_configured},
    when=_prototype_given("mask"),
)


class _WrongAsync(AsyncArray[Any]):
    async def getitem(self, selection: Any, *, prototype: Any = None) -> Any:
        found = await super().getitem(selection, prototype=prototype)
        return spoilt(found) if prototype is None else found


broken(caught_by={"asynchronous"}, members={"async_array": property(mirrored_by(_WrongAsync))})


def _remembering(self: Any, selection: Any = ..., *, prototype: Any = None, **kwargs: Any) -> Any:
    if prototype is None:
        first = self.__dict__.setdefault("first", default_buffer_prototype())
        if _rewritten(self) and selection is ...:
            prototype = first
    return zarr.Array.get_basic_selection(self, selection, prototype=prototype, **kwargs)


def _count_whole_writes(self: Any, kind: str, selection: Any, value: Any) -> Any:
    if selection is ... and device_configured():
        self.__dict__["written"] = self.__dict__.get("written", 0) + 1
    return value


def _rewritten(array: Any) -> bool:
    return array.__dict__.get("written", 0) > 1 and type(array.store) is MemoryStore


def _follow(call: Call) -> bool:
    if call.method == "set":
        _count_whole_writes(call.array, call.kind, call.selection, call.value)
    return _rewritten(call.array) and call.method == "get" and call.selection is ...


broken(
    caught_by={"configuration_switched"},
    members={"get_basic_selection": _remembering, "give": _count_whole_writes},
    backend="sim",
    when=_follow,
)

drops(caught_by={"between_devices"}, when=lambda a, k, s, v: plain(a) and is_one_of(s, slice(1, 2)))


class MetadataOnHost(Wrapped):
    """A clean array that keeps its metadata on the host, as zarr 3.4.2 does not."""

    def update_attributes(self, new_attributes: Any) -> Any:
        with host_configuration():
            return super().update_attributes(new_attributes)

    def resize(self, new_shape: Any) -> None:
        with host_configuration():
            super().resize(new_shape)


def metadata_on_host(**settings: Any) -> Any:
    """Make an empty array whose metadata were written on the host."""
    with host_configuration():
        return make(MetadataOnHost, **settings)


# Zarr 3.4.2 itself is broken here: it writes metadata with the prototype that is configured.
broken(caught_by={"metadata_stays_on_host"}, members={}, backend="sim", twin=metadata_on_host)
