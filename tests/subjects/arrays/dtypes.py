"""Broken subjects of `zarr_devbuf.checks.array.dtypes`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.subjects.arrays.conditions import reads_wrong
from tests.subjects.arrays.wrapping import Wrapped, broken, twin

reads_wrong(
    caught_by={"combinations", "combinations_in_shards", "dtypes"},
    name="dtypes",
    when=lambda a, k, s: a.dtype == "f2" and a.ndim == 2,
)

reads_wrong(caught_by={"big_endian_dtype"}, when=lambda a, k, s: a.dtype == np.dtype(">i4"))


def _as_native(self: Any, kind: str, selection: Any, value: Any) -> Any:
    return value.view(value.dtype.newbyteorder("=")) if _is_swapped(value) else value


def _is_swapped(value: Any) -> bool:
    if getattr(value, "ndim", 0) != 2:
        return False
    return not value.dtype.isnative and value.dtype.kind == "c"


broken(
    caught_by={"byte_swapped", "combinations", "combinations_in_shards"},
    members={"give": _as_native},
    when=lambda call: _is_swapped(call.value),
)

reads_wrong(
    caught_by={"combinations", "combinations_in_shards", "structured"},
    name="structured",
    when=lambda a, k, s: a.dtype.names is not None,
)

reads_wrong(
    caught_by={"combinations", "combinations_in_shards", "datetimes"},
    name="datetimes",
    when=lambda a, k, s: a.dtype.kind == "m",
)

reads_wrong(
    caught_by={"combinations", "combinations_in_shards", "text"},
    name="text",
    when=lambda a, k, s: a.dtype.kind == "U",
)


def _get_field(self: Any, selection: Any = ..., *, fields: Any = None, **kwargs: Any) -> Any:
    result: Any = Wrapped.get_basic_selection(self, selection, **kwargs)
    return result[fields] if fields else result


def _set_field(self: Any, selection: Any, value: Any, *, fields: Any = None, **kwargs: Any) -> None:
    if fields:
        record: Any = Wrapped.get_basic_selection(self, selection, **kwargs)
        record[fields] = value
        value = record
    Wrapped.set_basic_selection(self, selection, value, **kwargs)


def _set_record(
    self: Any, selection: Any, value: Any, *, fields: Any = None, **kwargs: Any
) -> None:
    if fields:
        records = np.zeros(value.shape, self.dtype)
        records[fields] = value
        value = records
    Wrapped.set_basic_selection(self, selection, value, **kwargs)


WITH_FIELDS = {"get_basic_selection": _get_field, "set_basic_selection": _set_field}

broken(
    caught_by={"fields"},
    members={**WITH_FIELDS, "set_basic_selection": _set_record},
    when=lambda call: bool(call.options.get("fields")),
    twin=twin("WithFields", WITH_FIELDS),
)
