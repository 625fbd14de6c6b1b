"""Broken subjects of `zarr_devbuf.checks.array.concurrency`."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from zarr.core.array import AsyncArray

from tests.subjects.arrays.wrapping import Wrapped, broken, mirrored_by, spoilt


def _sharing_state(method: str) -> Any:
    def set_(
        self: Any, selection: Any, value: Any, *, prototype: Any = None, **kwargs: Any
    ) -> None:
        if self.shape == (16, 6) and prototype is None:
            self.__dict__["pending"] = value
            time.sleep(0.002)
            value = self.__dict__["pending"]
        getattr(Wrapped, method)(self, selection, value, prototype=prototype, **kwargs)

    return set_


_SETTERS = ("set_basic_selection", "set_orthogonal_selection")

broken(
    caught_by={"threads"},
    members={name: _sharing_state(name) for name in _SETTERS},
    when=lambda call: call.array.shape == (16, 6) and call.options.get("prototype") is None,
)


def _many_read_wrong(self: Any, kind: str, selection: Any, result: Any) -> Any:
    return spoilt(result) if self.nchunks > 50 else result


broken(
    caught_by={
        "drawn_points_in_shards",
        "drawn_reads_of_shards",
        "drawn_writes_to_shards",
        "many_chunks",
    },
    members={"take": _many_read_wrong},
    when=lambda call: call.array.nchunks > 50,
    name="many_chunks",
)


class _SharedAsync(AsyncArray[Any]):
    async def getitem(self, selection: Any, *, prototype: Any = None) -> Any:
        object.__setattr__(self, "asked_for", prototype)
        await asyncio.sleep(0)
        return await super().getitem(selection, prototype=self.asked_for)  # type: ignore[attr-defined]


broken(
    caught_by={"asynchronous_together"},
    members={"async_array": property(mirrored_by(_SharedAsync))},
    backend="sim",
)


def _one_prototype(self: Any, selection: Any = ..., *, prototype: Any = None, **kwargs: Any) -> Any:
    if prototype is not None:
        self.__dict__["prototype"] = prototype
        time.sleep(0.001)
        prototype = self.__dict__["prototype"]
    return Wrapped.get_basic_selection(self, selection, prototype=prototype, **kwargs)


broken(
    caught_by={"threads_of_both_devices"},
    members={"get_basic_selection": _one_prototype},
    backend="sim",
    when=lambda call: call.options.get("prototype") is not None,
)


_POOL = ThreadPoolExecutor(1)


def _read_in_a_thread(self: Any, kind: str, selection: Any, result: Any) -> Any:
    """Hand the result to a thread, which a fork leaves behind."""
    return _POOL.submit(lambda: result).result(2) if self.shape == (16, 6) else result


broken(
    caught_by={"fork"},
    members={"take": _read_in_a_thread},
    when=lambda call: call.array.shape == (16, 6),
)
