"""Broken subjects of `zarr_devbuf.checks.array.creating`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np
import zarr

from tests.subjects.arrays.wrapping import broken

if TYPE_CHECKING:
    from collections.abc import Callable


def _whole(settings: dict[str, Any]) -> dict[str, Any]:
    """Take one number of chunks for that of the first axis."""
    if type(settings["chunks"]) is int and settings["chunks"] > 0:
        settings["chunks"] = (settings["chunks"], *settings["shape"][1:])
    return settings


def _unsharded(settings: dict[str, Any]) -> dict[str, Any]:
    """Ignore shards that are given as a list."""
    if isinstance(settings.get("shards"), list):
        del settings["shards"]
    return settings


def _rounded(settings: dict[str, Any]) -> dict[str, Any]:
    if isinstance(settings["chunks"], float):
        settings["chunks"] = int(settings["chunks"])
    return settings


broken(caught_by={"chunk_shapes"}, changes=_whole)
broken(caught_by={"chunk_shapes"}, changes=_unsharded, name="shards_ignored")
broken(caught_by={"invalid_chunk_shapes"}, changes=_rounded)


def _configured(name: str, value: Any) -> Any:
    """Take a default that is not the one of `zarr.config`."""

    def changes(settings: dict[str, Any]) -> dict[str, Any]:
        return {**settings, "config": {name: value, **settings["config"]}}

    return changes


for _name, _value in (
    ("write_empty_chunks", False),
    ("read_missing_chunks", True),
    ("order", "C"),
):
    broken(
        caught_by={"global_configuration"},
        changes=_configured(_name, _value),
        name=f"global_{_name}_ignored",
    )


def _opening(name: str, change: dict[Any, Any]) -> Callable[[], Any]:
    """Make zarr open arrays with other arguments; `change` says what becomes of them."""
    original = getattr(zarr, name)

    def opened(**arguments: Any) -> Any:
        given = {key: change.get((key, str(value)), value) for key, value in arguments.items()}
        return original(**{key: value for key, value in given.items() if key not in change})

    return lambda: mock.patch.object(zarr, name, opened)


broken(caught_by={"opened_with_configuration"}, within=_opening("open", {"config": None}))
broken(
    caught_by={"opened_with_configuration"},
    within=_opening("open_array", {"config": None}),
    name="open_array_ignores_config",
)
for _name, _mode, _other in (
    ("mode_w_keeps", "w", "a"),
    ("mode_w_minus_opens", "w-", "a"),
    ("mode_r_writes", "r", "r+"),
):
    broken(
        caught_by={"modes"}, within=_opening("open_array", {("mode", _mode): _other}), name=_name
    )


def _oindex(self: Any) -> Any:
    """Take the indices in a zarr array backwards."""
    index = zarr.Array.oindex.fget(self)  # type: ignore[attr-defined]
    taken = mock.MagicMock()
    taken.__getitem__.side_effect = lambda key: index[
        np.asarray(key[...])[::-1] if isinstance(key, zarr.Array) else key
    ]
    taken.__setitem__.side_effect = index.__setitem__
    return taken


broken(caught_by={"zarr_arrays_select"}, members={"oindex": property(_oindex)})
