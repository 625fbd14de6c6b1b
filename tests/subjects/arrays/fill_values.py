"""Broken subjects of `zarr_devbuf.checks.array.fill_values`."""

from __future__ import annotations

from typing import Any

import numpy as np
import zarr
from zarr.core.buffer import default_buffer_prototype
from zarr.core.sync import sync

from tests.subjects.arrays.conditions import is_one_of, on_device, reads_wrong
from tests.subjects.arrays.wrapping import Call, Wrapped, broken, make

reads_wrong(
    caught_by={"missing_chunks"},
    when=lambda a, k, s: a.dtype == "i4" and a.fill_value == 42 and is_one_of(s, 0),
)

reads_wrong(caught_by={"fill_values"}, when=lambda a, k, s: a.shape == (5,) and a.dtype == "u8")

reads_wrong(caught_by={"fill_value_none"}, when=lambda a, k, s: a.metadata.fill_value is None)

reads_wrong(caught_by={"negative_zero"}, when=lambda a, k, s: a.shape == (5,) and a.dtype == "f2")


def _fill_of_others(self: Any, kind: str, selection: Any, value: Any) -> Any:
    if self.shape == (7,) and is_one_of(selection, slice(2, 5)) and self.dtype == "i8":
        zarr.Array.set_basic_selection(self, slice(0, 1), 1)
    return value


broken(
    caught_by={"fill_value_of_partial_chunks"},
    members={"give": _fill_of_others},
    when=lambda call: call.array.shape == (7,) and call.array.dtype == "i8",
)


def _keeps(call: Call) -> bool:
    return bool(call.array.shape == (2, 9))


def _keep_all(zarr_format: int) -> Any:
    key = "c/0/0" if zarr_format == 3 else "0.0"

    def done(self: Any, value: Any) -> None:
        if (
            self.shape == (2, 9)
            and self.metadata.zarr_format == zarr_format
            and on_device(value)
            and not self._async_array.config.write_empty_chunks
        ):
            data = bytes(3 * self.dtype.itemsize)
            buffer = default_buffer_prototype().buffer.from_bytes(data)
            sync(self.store.set_if_not_exists(key, buffer))

    return done


broken(
    caught_by={"empty_chunks_dropped"}, members={"done": _keep_all(3)}, backend="sim", when=_keeps
)

broken(
    caught_by={"empty_chunks_dropped"},
    members={"done": _keep_all(2)},
    backend="sim",
    when=_keeps,
    name="empty_chunks_dropped_in_format_2",
)


def _keep_none(self: Any, value: Any) -> None:
    if self.shape == (2, 9) and on_device(value) and self._async_array.config.write_empty_chunks:
        sync(self.store.delete("c/0/0"))


broken(caught_by={"empty_chunks_kept"}, members={"done": _keep_none}, backend="sim", when=_keeps)


def _keeping(settings: dict[str, Any]) -> dict[str, Any]:
    if np.dtype(settings["dtype"]).kind == "c":
        settings["config"] = {**settings["config"], "write_empty_chunks": True}
    return settings


# Zarr 3.4.2 itself is broken here: it takes all complex zeros for equal.
broken(
    caught_by={"negative_zero_of_complex"},
    twin=lambda **settings: make(Wrapped, **_keeping(settings)),
)


def _keeping_all(settings: dict[str, Any]) -> dict[str, Any]:
    """Ignore `write_empty_chunks=False`, on the host as well."""
    settings["config"] = {**settings["config"], "write_empty_chunks": True}
    return settings


broken(
    caught_by={"empty_chunks_dropped", "global_configuration", "shards_stored"},
    changes=_keeping_all,
    name="keeps_empty_chunks",
)


def _filling(settings: dict[str, Any]) -> dict[str, Any]:
    settings["config"] = {**settings["config"], "read_missing_chunks": True}
    return settings


broken(
    caught_by={"global_configuration", "missing_chunks_rejected"},
    name="missing_chunks_rejected",
    changes=_filling,
)
