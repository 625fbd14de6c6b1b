"""Broken subjects of `zarr_devbuf.checks.array.slow_stores`."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import numpy as np
from zarr.core.sync import sync

from tests.subjects.arrays.conditions import on_wrapper
from tests.subjects.arrays.wrapping import Wrapped, broken, twin
from zarr_devbuf.checks._harness import HOST
from zarr_devbuf.faults import FaultyStore


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


broken(
    caught_by={"slow_store"},
    members={"take": _in_order_of_arrival},
    when=lambda call: on_wrapper(call) and call.selection is ...,
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


# Zarr 3.4.2 itself is broken here: it does not wait for the other chunks.
broken(
    caught_by={"failed_writes_end"},
    members={},
    twin=twin("InTurn", {"set_basic_selection": _set_in_turn}),
)

broken(
    caught_by={"failed_reads_end"},
    members={},
    twin=twin("IntoTurn", {"get_basic_selection": _get_in_turn}),
)
