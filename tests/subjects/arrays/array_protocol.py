"""Broken subjects of `zarr_devbuf.checks.array.array_protocol`."""

from __future__ import annotations

from typing import Any

import numpy as np
import zarr
from zarr.core.array import AsyncArray
from zarr.core.buffer import default_buffer_prototype
from zarr.storage import MemoryStore, StorePath

from tests.subjects.arrays.wrapping import Wrapped, broken, twin
from zarr_devbuf.checks._harness import HOST, host_configuration


def _all_but_the_last(self: Any) -> Any:
    return iter([self[number] for number in range(self.shape[0] - 1)])


def _zeros_for_numpy(self: Any, dtype: Any = None, copy: Any = None) -> Any:
    return np.zeros(self.shape, dtype or self.dtype)


def _counted_once(self: Any) -> Any:
    count = zarr.Array.nchunks_initialized.fget(self)  # type: ignore[attr-defined]
    return self.__dict__.setdefault("chunks counted", count)


broken(caught_by={"iteration"}, members={"__iter__": _all_but_the_last})

broken(caught_by={"conversion_to_numpy"}, members={"__array__": _zeros_for_numpy})

broken(caught_by={"counts"}, members={"nchunks_initialized": property(_counted_once)})


def _on_the_host(name: str) -> Any:
    def method(self: Any) -> Any:
        with host_configuration():
            return getattr(zarr.Array, name)(self)

    return method


# Zarr 3.4.2 itself is broken here: it reads chunks into device memory to know their sizes.
broken(
    caught_by={"counting_moves_nothing"},
    members={},
    backend="sim",
    twin=twin(
        "CountingOnHost",
        {name: _on_the_host(name) for name in ("nbytes_stored", "info_complete")},
    ),
)


def _update_in_memory(self: Any, new_attributes: Any) -> Any:
    if default_buffer_prototype().buffer is HOST.buffer:
        return zarr.Array.update_attributes(self, new_attributes)
    self.metadata.attributes.update(new_attributes)
    return self


broken(caught_by={"attributes"}, members={"update_attributes": _update_in_memory})


def _pickled_without_chunks(self: Any) -> Any:
    array = self._async_array
    path = StorePath(MemoryStore())
    return Wrapped, (AsyncArray(array.metadata, path, array.config),)


broken(caught_by={"pickling"}, members={"__reduce__": _pickled_without_chunks})
