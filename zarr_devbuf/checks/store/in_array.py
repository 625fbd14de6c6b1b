"""The checks of use: arrays and groups on the store are what was written, on the device."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import zarr

from zarr_devbuf._backends.zarr_internals import codec_pipeline, pipeline_paths
from zarr_devbuf.checks._assertions import assert_in_memory_of, assert_same
from zarr_devbuf.checks._harness import on_device
from zarr_devbuf.checks.store.harness import StoreHarness, store_check, try_call
from zarr_devbuf.config import use_backend
from zarr_devbuf.transfers import unrecorded_transfers

_HOST = np.arange(1, 43, dtype="int32").reshape(7, 6)
_PLAIN: dict[str, Any] = {"compressors": None, "filters": None, "fill_value": 0}
_SELECTIONS = (np.s_[:], np.s_[1:6, 2:5], np.s_[3:5], np.s_[6, 5])


@store_check(
    "documented",
    "read wrong",
    advice="See which other checks fail: arrays read and write by several methods.",
)
def check_arrays(harness: StoreHarness) -> None:
    """An array on the store is read as it was written, on the device, by every pipeline.

    With both of zarr's codec pipelines, whole and in part, also read by the pipeline that did not
    write it: they call different methods of a store. Sharded arrays only on the host: zarr's own
    sharding moves data for which no store is responsible. `check_shard_reads` makes the requests of
    a shard on a device.
    """
    pipelines = pipeline_paths()
    for shards, writer in product(
        (None, (4, 6)) if harness.backend.is_host else (None,), pipelines
    ):
        name = f"{'shards' if shards else 'chunks'}/{writer.rpartition('.')[2]}"
        with use_backend(harness.backend), codec_pipeline(writer):
            array = zarr.create_array(
                harness.store,
                name=harness.key(name),
                shape=_HOST.shape,
                chunks=(2, 3),
                shards=shards,
                dtype=_HOST.dtype,
                **_PLAIN,
            )
            array[:] = on_device(harness.backend, _HOST)
        for reader in pipelines:
            with use_backend(harness.backend), codec_pipeline(reader):
                _assert_array(harness, name, f"{name}, read by {reader.rpartition('.')[2]}")


@store_check(
    "documented",
    "read wrong",
    deletes=True,
    lists=True,
    advice="Drop what is cached of every key of a directory in `delete_dir`.",
)
def check_group_members(harness: StoreHarness) -> None:
    """A member that was deleted from a group is gone, and a new one of its name has nothing of it.

    `zarr.Group.__delitem__` deletes by `delete_dir`, as `overwrite=True` does. Chunks of the old
    array that come back are wrong values in the new one, whose chunks nobody has written.
    Modes hold, too: ``"w-"`` replaces nothing, ``"r"`` writes nothing.
    """
    with use_backend(harness.backend):
        harness.call(_delete_members, harness)


def _delete_members(harness: StoreHarness) -> None:
    path = harness.key("group")
    group = zarr.create_group(harness.store, path=path)
    values = np.arange(1, 7, dtype="int32")
    for attempt, overwrite in (("first", False), ("second", False), ("third", True)):
        array = group.create_array(
            "a",
            shape=(6,),
            chunks=(3,),
            dtype="int32",
            **_PLAIN,
            overwrite=overwrite,
        )
        case = f"the {attempt} array of its name, before anything was written to it"
        _assert_values(harness, array[:], np.zeros_like(values), case)
        array[:] = on_device(harness.backend, values)
        _assert_values(harness, group["a"][:], values, f"the {attempt} array, written")  # type: ignore[index]
        harness.assert_equal("a" in group, True, "'a' in group")
        if attempt == "second":
            continue  # it is overwritten
        del group["a"]
        harness.assert_equal("a" in group, False, "'a' in group, after del group['a']")
        harness.assert_equal(list(group.array_keys()), [], "array_keys after del group['a']")
    harness.assert_rejects(
        "create_group where there is one", lambda: zarr.create_group(harness.store, path=path)
    )
    harness.assert_rejects(
        "open_group where there is one, mode='w-'",
        lambda: zarr.open_group(harness.store, path=path, mode="w-"),
        error="FileExistsError",
    )
    array = group.create_array("b", data=on_device(harness.backend, values), compressors=None)
    raised, reader = try_call(lambda: zarr.open_array(harness.store, path=f"{path}/b", mode="r"))
    if raised:  # the store has no with_read_only
        return
    harness.assert_rejects(
        "writing to an array that was opened by mode='r'",
        lambda: reader.__setitem__(slice(None), on_device(harness.backend, values[::-1])),
        error="ValueError",
        advice="Return a read-only store from `with_read_only(True)`.",
    )
    _assert_values(harness, array[:], values, "an array, after writing by mode='r' was rejected")


def _assert_values(harness: StoreHarness, found: Any, expected: Any, case: str) -> None:
    with unrecorded_transfers():
        host = harness.backend.to_host(found) if harness.backend.owns(found) else found
    assert_same(host, expected, case, advice=harness.advice)


def _assert_array(harness: StoreHarness, name: str, case: str) -> None:
    array = zarr.open_array(harness.store, path=harness.key(name), mode="r+")
    for selection in _SELECTIONS:
        found, expected = array[selection], _HOST[selection]
        where = f"{case}, selection {selection}"
        if np.ndim(expected):
            assert_in_memory_of(found, harness.backend, where, advice=harness.advice)
        _assert_values(harness, found, expected, where)
