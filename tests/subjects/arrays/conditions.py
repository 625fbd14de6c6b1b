"""The conditions in which broken subjects misbehave, and the ways in which several do."""

from __future__ import annotations

from typing import Any

import numpy as np
import zarr
from zarr.core.buffer import default_buffer_prototype
from zarr.core.sync import sync
from zarr.storage import WrapperStore

from tests.subjects.arrays.wrapping import SKIP, Call, broken, spoilt


def reads_wrong(*, caught_by: set[str], when: Any, **fields: Any) -> None:
    """Add an array whose results are wrong if ``when(array, kind, selection)`` is true."""

    def take(self: Any, kind: str, selection: Any, result: Any) -> Any:
        return spoilt(result) if when(self, kind, selection) else result

    def acts(call: Call) -> Any:
        return when(call.array, call.kind, call.selection)

    broken(caught_by=caught_by, members={"take": take}, when=acts, **fields)


def drops(*, caught_by: set[str], when: Any, **fields: Any) -> None:
    """Add an array that writes nothing if ``when(array, kind, selection, value)`` is true."""

    def give(self: Any, kind: str, selection: Any, value: Any) -> Any:
        return SKIP if when(self, kind, selection, value) else value

    def acts(call: Call) -> Any:
        return when(call.array, call.kind, call.selection, call.value)

    broken(caught_by=caught_by, members={"give": give}, when=acts, **fields)


def codecs(array: Any) -> str:
    text: str | None = array.__dict__.get("codecs as text")
    if text is None:
        text = str(array.metadata.to_dict().get("codecs", "")).lower()
        array.__dict__["codecs as text"] = text
    return text


def plain(array: Any) -> bool:
    """Tell whether there is nothing special about an array."""
    return (
        array.shape == (7, 6)
        and array.dtype == np.dtype("i4")
        and not uneven(array)
        and array.metadata.zarr_format == 3
        and array.fill_value == 0
        and array.order == "C"
        and array.compressors == ()
        and array.filters == ()
        and "big" not in codecs(array)
    )


def uneven(array: Any) -> bool:
    return "Rectilinear" in type(getattr(array.metadata, "chunk_grid", None)).__name__


def stepped(selection: Any) -> bool:
    return any(isinstance(part, slice) and (part.step or 1) > 1 for part in parts(selection))


def parts(selection: Any) -> tuple[Any, ...]:
    return selection if isinstance(selection, tuple) else (selection,)


def element(selection: Any) -> bool:
    return isinstance(selection, tuple) and all(isinstance(part, int) for part in selection)


def is_one_of(selection: Any, *wanted: Any) -> bool:
    return any(repr(selection) == repr(each) for each in wanted)


def device_configured() -> bool:
    module = default_buffer_prototype().buffer.__module__
    return "zarr_devbuf" in module and "cpu" not in module


def on_device(value: Any) -> bool:
    return hasattr(value, "get") and hasattr(value, "dtype")


def is_flag(value: Any) -> bool:
    return np.dtype(getattr(value, "dtype", "i4")).kind == "b"


def append_backwards(to_shards: bool) -> Any:
    def append(self: Any, data: Any, axis: int = 0) -> Any:
        data = data[::-1] if bool(self.shards) == to_shards else data
        return zarr.Array.append(self, data, axis)

    return append


def appends(to_shards: bool) -> Any:
    return lambda call: bool(call.array.shards) == to_shards


def spoil_stored(fill: int) -> Any:
    def done(self: Any, value: Any) -> None:
        if self.dtype == "i4" and self.fill_value == fill and on_device(value):
            for key in ("c/0/0", "0.0"):
                if sync(self.store.exists(key)):
                    buffer = default_buffer_prototype().buffer.from_bytes(bytes(48))
                    sync(self.store.set(key, buffer))

    return done


def filled_with(fill: int) -> Any:
    return lambda call: call.array.dtype == "i4" and call.array.fill_value == fill


def on_wrapper(call: Call) -> bool:
    return isinstance(call.array.store, WrapperStore)
