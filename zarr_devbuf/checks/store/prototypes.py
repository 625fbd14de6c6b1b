"""Checks of prototypes: one store serves any of them, by argument and by configuration."""

from __future__ import annotations

from itertools import product
from typing import Any

from zarr.abc.store import RangeByteRequest, SuffixByteRequest

from zarr_devbuf.checks._assertions import class_name
from zarr_devbuf.checks._harness import HOST, host_configuration
from zarr_devbuf.checks.errors import NotApplicable
from zarr_devbuf.checks.store.harness import StoreHarness, store_check
from zarr_devbuf.checks.store.sample_values import SIZES, part_of, pattern
from zarr_devbuf.config import use_backend
from zarr_devbuf.store import BufferMismatchError
from zarr_devbuf.transfers import record_transfers


@store_check(
    "documented",
    "read wrong",
    each="reads",
    advice="Make each result by the prototype of its call, cached ones included.",
)
def check_prototypes_in_turn(harness: StoreHarness, name: str, read: Any) -> None:
    """A value written with one prototype is read with any other, and again with the first.

    By every method, whole and in part, each prototype again after the other: a store that keeps the
    class of the first reader, or of the writer, returns it to the next. Does not apply to a store
    that serves one prototype only and raises `BufferMismatchError`.
    """
    try:
        for host, length in product((False, True), SIZES[:2]):
            writer = "zarr's host class" if host else f"backend {harness.backend.name!r}"
            for turns in ((harness.prototype, HOST), (HOST, harness.prototype)):
                data = pattern(length, seed=int(host))
                key = harness.put(data, host=host)
                for prototype in (*turns, *turns):
                    reader = class_name(prototype.buffer)
                    for part in (None, RangeByteRequest(5, 29)):
                        case = f"{part or length} of a value of {writer}, by {name} as {reader}"
                        found = read(key, prototype, part)
                        harness.assert_value(found, part_of(data, part), case, prototype)
    except BufferMismatchError as error:
        line = str(error).partition("\n")[0]
        raise NotApplicable(f"the store serves one prototype only: {line}") from error


@store_check(
    "documented",
    "read wrong",
    each="reads",
    advice="Use the prototype of each call for partial reads too.",
)
def check_shard_reads(harness: StoreHarness, name: str, read: Any) -> None:
    """The index of a shard is read on the host, its chunks on the device, in turn from one value.

    That is how zarr reads a part of a shard: a suffix (or the beginning) with its host prototype,
    then ranges with the array's, by both pipelines. The class of the first read must not be
    remembered for the key.
    """
    data = pattern(300)
    key = harness.put(data)
    whole = "get_sync" if name.endswith("_sync") else "get"
    for index in (SuffixByteRequest(20), RangeByteRequest(0, 20)):
        case = f"the index of a shard, {index}, read by {whole} on the host"
        found = harness.reads()[whole](key, HOST, index)
        harness.assert_value(found, part_of(data, index), case, HOST)
        for chunk in (RangeByteRequest(40, 90), RangeByteRequest(150, 151)):
            found = read(key, byte_range=chunk)
            harness.assert_value(found, part_of(data, chunk), f"then a chunk, {chunk}, by {name}")


@store_check(
    "documented",
    "read wrong",
    needs="get_sync",
    advice="Look the configured prototype up in every call of `get_sync` without one.",
)
def check_configuration_switched(harness: StoreHarness) -> None:
    """`get_sync` without a prototype uses the one that is configured at the time of the call.

    Its argument is optional (`zarr.abc.store.SupportsGetSync`). The configuration is switched
    between two calls on one store, which shows a default that was looked up once, or at import.
    """
    data = pattern(43)
    key = harness.put(data)
    name = harness.backend.name
    with use_backend(harness.backend):
        found = harness.store.get_sync(key)
        harness.assert_value(found, data, f"get_sync with {name!r} configured")
        try:
            with host_configuration():
                found = harness.store.get_sync(key)
                harness.assert_value(found, data, "get_sync with the host configured", HOST)
        except BufferMismatchError:
            pass  # the store serves one prototype, has looked the configuration up, and reports it
        found = harness.store.get_sync(key)
        harness.assert_value(found, data, f"get_sync with {name!r} configured again")


@store_check(
    "ours",
    "wasteful",
    advice="Keep host buffers on the host, at least those of metadata documents.",
)
def check_metadata_stays_on_host(harness: StoreHarness) -> None:
    """A metadata document, written from the host and read by the host, never visits the device.

    Zarr parses ``zarr.json`` on the host: a store that keeps every value in device memory moves
    each document there and back whenever an array is opened.
    """
    document = b'{"zarr_format": 3, "node_type": "group"}'
    for name in ("zarr.json", "group/zarr.json", "old/.zarray"):
        with record_transfers() as log:
            key = harness.put(document, name, host=True)
            found = {reader: read(key, HOST) for reader, read in harness.reads().items()}
        for reader, buffer in found.items():
            harness.assert_value(buffer, document, f"{name} read by {reader} on the host", HOST)
        if len(log):
            raise harness.violated(
                case=f"{name!r}, written from and read to host memory",
                expected="no transfer between host and device",
                actual=f"{len(log)} transfers",
                transfers=log,
            )
