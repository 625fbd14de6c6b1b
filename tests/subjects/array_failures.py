"""Arrays that fail badly, upset one another, or say wrong things of themselves, a check each."""

from __future__ import annotations

import asyncio
import itertools
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr
import zarr.buffer.cpu
from zarr.core.array import AsyncArray
from zarr.core.buffer import default_buffer_prototype
from zarr.core.sync import sync
from zarr.storage import MemoryStore, StorePath, WrapperStore

from tests.subjects.array_wrapping import Broken, Call, Wrapped, made_of, make, mirrored_by, spoilt
from zarr_devbuf import get_backend
from zarr_devbuf.checks._harness import host_configuration
from zarr_devbuf.faults import FaultyStore

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BROKEN"]

HOST = zarr.buffer.cpu.buffer_prototype
BROKEN: list[Broken] = []


def _twin(name: str, members: dict[str, Any]) -> Callable[..., Any]:
    return partial(make, made_of(name, members))


def _stepping_back(part: Any) -> bool:
    return isinstance(part, slice) and part.step == -1


def _on_wrapper(call: Call) -> bool:
    return isinstance(call.array.store, WrapperStore)


# The store fails.
def _reading(error: type[Exception], answer: Callable[[Any, Any], Any]) -> Any:
    def get(self: Any, selection: Any = ..., **kwargs: Any) -> Any:
        try:
            return Wrapped.get_basic_selection(self, selection, **kwargs)
        except error as raised:
            if isinstance(raised, OSError) is not (error is OSError):
                raise
            return answer(self, selection)

    return {"get_basic_selection": get}


def _nothing(self: Any, selection: Any) -> Any:
    shape = np.empty(self.shape, "?")[selection].shape
    return default_buffer_prototype().nd_buffer.create(shape=shape, dtype=self.dtype, fill_value=0)


def _fill_values(self: Any, selection: Any) -> Any:
    return _nothing(self, selection).as_ndarray_like()


BROKEN.append(Broken("failed_reads", _reading(OSError, _fill_values), when=_on_wrapper))
BROKEN.append(Broken("short_reads", _reading(Exception, _fill_values), when=_on_wrapper))


def _writing(whole: bool) -> Any:
    # Zarr takes slices for an orthogonal selection.
    def setter(name: str) -> Any:
        def set_(self: Any, selection: Any, value: Any, **kwargs: Any) -> None:
            try:
                getattr(Wrapped, name)(self, selection, value, **kwargs)
            except OSError:
                if (selection is ...) is not whole:
                    raise

        return set_

    return {name: setter(name) for name in ("set_basic_selection", "set_orthogonal_selection")}


BROKEN.append(Broken("failed_writes", _writing(True), when=_on_wrapper))
BROKEN.append(Broken("failed_rewrites", _writing(False), when=_on_wrapper))


def _resize_at_once(self: Any, shape: Any) -> None:
    try:
        zarr.Array.resize(self, shape)
    except OSError:
        object.__setattr__(self._async_array, "metadata", self.metadata.update_shape(shape))
        raise


BROKEN.append(Broken("failed_shapes", {"resize": _resize_at_once}, when=_on_wrapper))


def _in_order_of_arrival(self: Any, kind: str, selection: Any, result: Any) -> Any:
    store = self.store
    if not isinstance(store, FaultyStore) or selection is not ...:
        return result  # what is not late comes in order
    arrived = []

    async def ask() -> None:
        keys = sorted([key async for key in store.list()])

        async def get(number: int) -> None:
            await store.get(keys[number], prototype=HOST)
            arrived.append(number)

        await asyncio.gather(*map(get, range(len(keys))))

    sync(ask())
    return result if arrived == sorted(arrived) else result[::-1]


BROKEN.append(
    Broken(
        "slow_store",
        {"take": _in_order_of_arrival},
        when=lambda call: _on_wrapper(call) and call.selection is ...,
    )
)


def _regions(self: Any) -> list[Any]:
    shards = self.shards or self.chunks
    starts = [range(0, n, c) for n, c in zip(self.shape, shards, strict=True)]
    return [
        tuple(slice(start, start + c) for start, c in zip(corner, shards, strict=True))
        for corner in itertools.product(*starts)
    ]


def _set_in_turn(self: Any, selection: Any, value: Any, **kwargs: Any) -> None:
    if selection is not ... or np.ndim(value) != self.ndim or not self.ndim:
        Wrapped.set_basic_selection(self, selection, value, **kwargs)
        return
    for region in _regions(self):
        Wrapped.set_basic_selection(self, region, value[region], **kwargs)


def _get_in_turn(self: Any, selection: Any = ..., *, out: Any = None, **kwargs: Any) -> Any:
    if out is None or selection is not ...:
        return Wrapped.get_basic_selection(self, selection, out=out, **kwargs)
    memory = out.as_ndarray_like()
    for region in _regions(self):
        part = type(out).from_ndarray_like(memory[region])
        Wrapped.get_basic_selection(self, region, out=part, **kwargs)
    return memory


# What zarr 3.4.2 does is what breaks these: it leaves the other chunks to themselves.
BROKEN.append(
    Broken("failed_writes_end", {}, twin=_twin("InTurn", {"set_basic_selection": _set_in_turn}))
)
BROKEN.append(
    Broken("failed_reads_end", {}, twin=_twin("IntoTurn", {"get_basic_selection": _get_in_turn}))
)


# The device is full.
def _short_of_memory(method: str, after: Callable[..., Any]) -> Any:
    def operate(self: Any, selection: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return getattr(Wrapped, method)(self, selection, *args, **kwargs)
        except MemoryError as error:
            return after(self, selection, error)

    return {method: operate}


def _keep_error(self: Any, selection: Any, error: Exception) -> None:
    self.__dict__["last error"] = error
    raise error


def _zeros(self: Any, selection: Any, error: Exception) -> Any:
    return np.zeros(np.empty(self.shape, "?")[selection].shape, self.dtype)


def _short_of_room(_: Call) -> bool:
    return bool(get_backend("sim").xp.get_default_memory_pool().get_limit())


def _keep_result(self: Any, selection: Any, value: Any, **kwargs: Any) -> None:
    try:
        Wrapped.set_basic_selection(self, selection, value, **kwargs)
    except OSError:
        # To try again, later.
        self.__dict__.setdefault("to be tried again", []).append(value.copy())
        raise


BROKEN.append(
    Broken("frees_memory", {"set_basic_selection": _keep_result}, "sim", when=_on_wrapper)
)


for _name, _after in (("swallowed", _zeros), ("kept", _keep_error)):
    BROKEN.append(
        Broken(
            "out_of_memory_reading",
            _short_of_memory("get_basic_selection", _after),
            "sim",
            when=_short_of_room,
            name=f"out_of_memory_reading_{_name}",
        )
    )
    BROKEN.append(
        Broken(
            "out_of_memory_writing",
            _short_of_memory("set_basic_selection", _after),
            "sim",
            when=_short_of_room,
            name=f"out_of_memory_writing_{_name}",
        )
    )


# Chunks, threads and tasks, many of them.
def _many_read_wrong(self: Any, kind: str, selection: Any, result: Any) -> Any:
    return spoilt(result) if self.nchunks > 50 else result


BROKEN.append(
    Broken("many_chunks", {"take": _many_read_wrong}, when=lambda call: call.array.nchunks > 50)
)


class _SharedAsync(AsyncArray[Any]):
    async def getitem(self, selection: Any, *, prototype: Any = None) -> Any:
        object.__setattr__(self, "asked_for", prototype)
        await asyncio.sleep(0)
        return await super().getitem(selection, prototype=self.asked_for)  # type: ignore[attr-defined]


BROKEN.append(
    Broken("asynchronous_together", {"async_array": property(mirrored_by(_SharedAsync))}, "sim")
)


def _one_prototype(self: Any, selection: Any = ..., *, prototype: Any = None, **kwargs: Any) -> Any:
    if prototype is not None:
        self.__dict__["prototype"] = prototype
        time.sleep(0.001)
        prototype = self.__dict__["prototype"]
    return Wrapped.get_basic_selection(self, selection, prototype=prototype, **kwargs)


BROKEN.append(
    Broken(
        "threads_of_both_devices",
        {"get_basic_selection": _one_prototype},
        "sim",
        when=lambda call: call.options.get("prototype") is not None,
    )
)


# What cannot be selected.
def _get_forward(self: Any, selection: Any = ..., **kwargs: Any) -> Any:
    selection = slice(None) if _stepping_back(selection) else selection
    return Wrapped.get_basic_selection(self, selection, **kwargs)


def _set_forward(self: Any, selection: Any, value: Any, **kwargs: Any) -> None:
    selection = slice(None) if _stepping_back(selection) else selection
    Wrapped.set_basic_selection(self, selection, value, **kwargs)


def _half_written(self: Any, selection: Any, value: Any, **kwargs: Any) -> None:
    if isinstance(selection, int) and selection >= self.shape[0]:
        Wrapped.set_basic_selection(self, (slice(-1, None), slice(None)), value, **kwargs)
    Wrapped.set_orthogonal_selection(self, selection, value, **kwargs)


BROKEN.append(
    Broken(
        "invalid_reads",
        {"get_basic_selection": _get_forward, "get_orthogonal_selection": _get_forward},
        when=lambda call: _stepping_back(call.selection),
    )
)
BROKEN.append(
    Broken(
        "invalid_writes",
        {"set_basic_selection": _set_forward, "set_orthogonal_selection": _set_forward},
        when=lambda call: _stepping_back(call.selection),
    )
)
BROKEN.append(
    Broken(
        "invalid_writes",
        {"set_orthogonal_selection": _half_written},
        when=lambda call: isinstance(call.selection, int) and call.selection >= call.array.shape[0],
        name="invalid_writes_too_late",
    )
)


# What an array says of itself.
def _all_but_the_last(self: Any) -> Any:
    return iter([self[number] for number in range(self.shape[0] - 1)])


def _zeros_for_numpy(self: Any, dtype: Any = None, copy: Any = None) -> Any:
    return np.zeros(self.shape, dtype or self.dtype)


def _counted_once(self: Any) -> Any:
    count = zarr.Array.nchunks_initialized.fget(self)  # type: ignore[attr-defined]
    return self.__dict__.setdefault("chunks counted", count)


BROKEN.append(Broken("iteration", {"__iter__": _all_but_the_last}))
BROKEN.append(Broken("conversion_to_numpy", {"__array__": _zeros_for_numpy}))
BROKEN.append(Broken("counts", {"nchunks_initialized": property(_counted_once)}))


def _on_the_host(name: str) -> Any:
    def method(self: Any) -> Any:
        with host_configuration():
            return getattr(zarr.Array, name)(self)

    return method


# Zarr 3.4.2 reads every chunk, into memory of the device, to know how long it is.
BROKEN.append(
    Broken(
        "counting_moves_nothing",
        {},
        "sim",
        twin=_twin(
            "CountingOnHost",
            {name: _on_the_host(name) for name in ("nbytes_stored", "info_complete")},
        ),
    )
)


def _update_in_memory(self: Any, new_attributes: Any) -> Any:
    if default_buffer_prototype().buffer is HOST.buffer:
        return zarr.Array.update_attributes(self, new_attributes)
    self.metadata.attributes.update(new_attributes)
    return self


BROKEN.append(Broken("attributes", {"update_attributes": _update_in_memory}))


def _pickled_without_chunks(self: Any) -> Any:
    array = self._async_array
    path = StorePath(MemoryStore())
    return Wrapped, (AsyncArray(array.metadata, path, array.config),)


BROKEN.append(Broken("pickling", {"__reduce__": _pickled_without_chunks}))


def _wrong_without_sync(self: Any, kind: str, selection: Any, result: Any) -> Any:
    return spoilt(result) if _without_sync(self) else result


def _without_sync(array: Any) -> bool:
    return getattr(array.store, "_supports_sync_io", True) is False


BROKEN.append(
    Broken(
        "store_without_sync",
        {"take": _wrong_without_sync},
        when=lambda call: _without_sync(call.array),
    )
)


# Signs of zero.
def _keeping(**settings: Any) -> Any:
    if np.dtype(settings["dtype"]).kind == "c":
        settings["config"] = {**settings["config"], "write_empty_chunks": True}
    return make(Wrapped, **settings)


# Zarr 3.4.2 takes all complex zeros for one.
BROKEN.append(Broken("negative_zero_of_complex", {}, twin=_keeping))
