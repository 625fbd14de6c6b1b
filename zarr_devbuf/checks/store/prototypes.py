"""Checks of prototypes: one store serves any of them, in turn, by argument and by configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import zarr
from zarr.abc.store import RangeByteRequest, SuffixByteRequest

from zarr_devbuf.checks.errors import violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.checks.store.byte_ranges import part_of
from zarr_devbuf.checks.store.harness import trial
from zarr_devbuf.checks.store.io_methods import reads
from zarr_devbuf.checks.store.sample_values import HOST, pattern
from zarr_devbuf.config import use_backend
from zarr_devbuf.store import BufferMismatchError
from zarr_devbuf.transfers import record_transfers

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend


@check("store")
def check_prototypes_in_turn(subject: Any, backend: Backend) -> None:
    """A value written with one prototype is read with any other, and again with the first.

    Written in device memory and read on the host, written on the host and read in device memory, by
    every way of reading, whole and in part, each prototype again after the other: a store that
    keeps the class of the first reader, or of the writer, gives it to the next. A store that serves
    one prototype only, and says so by `BufferMismatchError`, is not judged.
    """
    with trial(subject, backend) as case:
        try:
            for host in (False, True):
                writer = "Zarr's host class" if host else f"backend {backend.name!r}"
                for name, read in reads(case).items():
                    for turns in ((case.prototype, HOST), (HOST, case.prototype)):
                        data = pattern(47, seed=int(host))
                        first = turns[0].buffer.__module__
                        key = case.put(f"{host}/{name.strip('_')}/{first}", data, host=host)
                        for prototype in (*turns, *turns):
                            reader = (
                                f"{prototype.buffer.__module__}.{prototype.buffer.__qualname__}"
                            )
                            for part in (None, RangeByteRequest(5, 29)):
                                found = read(case, key, prototype, part)
                                what = f"written in buffers of {writer}, read by {name} as {reader}"
                                what += "" if part is None else f", {part}"
                                case.judge(found, part_of(data, part), what, prototype)
        except BufferMismatchError as error:
            case.serves_one_prototype(error)


@check("store")
def check_shard_reads(subject: Any, backend: Backend) -> None:
    """The index of a shard is read on the host, its chunks on the device, in turn from one value.

    That is how Zarr reads a part of a shard: a suffix (or the beginning) with its host prototype,
    then ranges with the array's, by both pipelines. The class of the one must not stick to the key.
    """
    with trial(subject, backend) as case:
        data = pattern(300)
        key = case.put("c/0/0", data)
        indices = (SuffixByteRequest(20), RangeByteRequest(0, 20))
        chunks = (RangeByteRequest(40, 90), RangeByteRequest(150, 151))
        for name, read in reads(case).items():
            for index in indices:
                whole = "get_sync" if name.endswith("_sync") else "get"
                found = reads(case)[whole](case, key, HOST, index)
                what = f"the index of a shard, {index}, read by {whole} on the host"
                case.judge(found, part_of(data, index), what, HOST)
                for chunk in chunks:
                    found = read(case, key, case.prototype, chunk)
                    case.judge(found, part_of(data, chunk), f"then a chunk, {chunk}, by {name}")


@check("store")
def check_configured_prototype(subject: Any, backend: Backend) -> None:
    """`get_sync` without a prototype takes the one that is configured at the time of the call.

    Its argument is optional (`zarr.abc.store.SupportsGetSync`). The configuration is switched
    between two calls on one store: a default that was looked up once, or at import, shows.
    """
    with trial(subject, backend) as case:
        case.require_sync()
        data = pattern(43)
        key = case.put("c/0", data)
        store: Any = case.store
        with use_backend(backend):
            case.judge(store.get_sync(key), data, f"get_sync with {backend.name!r} configured")
            try:
                with _host_configured():
                    found = store.get_sync(key)
                    case.judge(found, data, "get_sync with the host configured", HOST)
            except BufferMismatchError:
                pass  # it serves one prototype, has looked at the configuration, and says so
            again = store.get_sync(key)
            case.judge(again, data, f"get_sync with {backend.name!r} configured again")


@check("store")
def check_metadata_stays_on_host(subject: Any, backend: Backend) -> None:
    """A metadata document, written from the host and read by the host, never visits the device.

    Zarr parses ``zarr.json`` on the host: a store that keeps every value in device memory moves
    each document there and back, at every opening of an array.
    """
    with trial(subject, backend) as case:
        document = b'{"zarr_format": 3, "node_type": "group"}'
        for name in ("zarr.json", "group/zarr.json", "old/.zarray"):
            with record_transfers() as log:
                key = case.put(name, document, host=True)
                found = {each: read(case, key, HOST, None) for each, read in reads(case).items()}
            for each, buffer in found.items():
                case.judge(buffer, document, f"{name} read by {each} on the host", HOST)
            if len(log):
                raise violated(
                    case=f"{name!r}, written from and read to host memory",
                    expected="no transfer between host and device",
                    actual=f"{len(log)} of them",
                    advice="Keep host buffers on the host, or at least those whose key names "
                    "metadata (zarr.json, .zarray, .zgroup, .zattrs, .zmetadata).",
                    transfers=log,
                )


def _host_configured() -> Any:
    names = {"buffer": HOST.buffer, "ndbuffer": HOST.nd_buffer}
    return zarr.config.set(
        {key: f"zarr.buffer.cpu.{cls.__qualname__}" for key, cls in names.items()}
    )
