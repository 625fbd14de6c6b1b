"""The check of use: an array on the store comes back as it was written, on the device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import zarr
import zarr.core.codec_pipeline

from zarr_devbuf.checks.errors import violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.checks.store.assertions import is_host
from zarr_devbuf.checks.store.harness import trial
from zarr_devbuf.config import use_backend
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.store.harness import Trial


_SHAPE, _CHUNKS, _SHARDS = (7, 6), (2, 3), (4, 6)


@check("store")
def check_arrays(subject: Any, backend: Backend) -> None:
    """An array on the store is read as it was written, on the device, by every pipeline.

    With both of Zarr's codec pipelines, whole and in part, read by the pipeline that did not write
    it as well: they enter a store by different doors. Sharded ones on the host only: Zarr's own
    sharding moves data that no store is to blame for. `check_shard_reads` asks a store on a device
    what a shard asks.
    """
    with trial(subject, backend) as case:
        host = np.arange(1, 1 + np.prod(_SHAPE), dtype="int32").reshape(_SHAPE)
        pipelines = list(_pipelines())
        for shards in (None, _SHARDS) if is_host(backend) else (None,):
            for writer in pipelines:
                name = f"{'shards' if shards else 'chunks'}/{writer.rpartition('.')[2]}"
                with use_backend(backend), zarr.config.set({"codec_pipeline.path": writer}):
                    _write(case, name, host, shards)
                for reader in pipelines:
                    with use_backend(backend), zarr.config.set({"codec_pipeline.path": reader}):
                        _read(case, name, host, f"{name}, read by {reader.rpartition('.')[2]}")


def _pipelines() -> Iterator[str]:
    for name in ("BatchedCodecPipeline", "FusedCodecPipeline"):
        if hasattr(zarr.core.codec_pipeline, name):
            yield f"zarr.core.codec_pipeline.{name}"


def _write(case: Trial, name: str, host: Any, shards: tuple[int, ...] | None) -> None:
    array = zarr.create_array(
        case.store,
        name=case.key(name),
        shape=_SHAPE,
        chunks=_CHUNKS,
        shards=shards,
        dtype=host.dtype,
        compressors=None,
        filters=None,
        fill_value=0,
    )
    with unrecorded_transfers():
        values = case.backend.from_host(host)
    array[:] = values


def _read(case: Trial, name: str, host: Any, what: str) -> None:
    array = zarr.open_array(case.store, path=case.key(name), mode="r+")
    for selection in (np.s_[:], np.s_[1:6, 2:5], np.s_[3:5], np.s_[6, 5]):
        found: Any = array[selection]
        if not case.backend.owns(found) and np.ndim(host[selection]):
            raise violated(
                case=f"{what}, selection {selection}",
                expected=f"an array of backend {case.backend.name!r}",
                actual=f"{type(found).__module__}.{type(found).__qualname__}",
                advice="Return the buffer class of the prototype that you are given, in every "
                "method that reads.",
            )
        with unrecorded_transfers():
            if case.backend.owns(found):
                found = case.backend.to_host(found)
        if not np.array_equal(found, host[selection]):
            wrong = int(np.count_nonzero(np.asarray(found) != host[selection]))
            raise violated(
                case=f"{what}, selection {selection}",
                expected="the values that were written",
                actual=f"{wrong} of {host[selection].size} elements differ",
                advice="See which of the other checks fail: the pipelines read and write by "
                "get, set and get_ranges, or by their synchronous twins.",
            )
