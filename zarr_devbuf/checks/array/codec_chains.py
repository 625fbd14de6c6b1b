"""Checks of the codecs of an array: each of a chain is called, once for a chunk, in order."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from zarr.codecs import BytesCodec, ShardingCodec

from zarr_devbuf.checks._assertions import show_bytes
from zarr_devbuf.checks.array import probe_codecs
from zarr_devbuf.checks.array.array_params import ArrayParams, make_array, numbers
from zarr_devbuf.checks.array.collected_failures import Failures
from zarr_devbuf.checks.array.harness import ArrayHarness, array_check, documented_write
from zarr_devbuf.checks.array.selection import as_selection
from zarr_devbuf.checks.array.selection_cases import PART

_PLACES: tuple[frozenset[str], ...] = (
    frozenset(),
    frozenset({"filter"}),
    frozenset({"serializer"}),
    frozenset({"compressor"}),
    frozenset({"filter", "serializer", "compressor"}),
)
_ADVICE = "Call every codec of the chain in the pipeline, in its place, when writing and reading."
_CHUNKS = 2


@documented_write(ArrayParams(), advice=_ADVICE)
def check_codecs_are_called(harness: ArrayHarness) -> None:
    """Filters, serializer and compressors are called for every chunk, in order, and in reverse.

    Each of them leaves its trace in the bytes. Some have synchronous methods, some do not, in each
    place of the chain. A codec that is skipped on writing and on reading alike leaves the values
    right, and the bytes wrong. Source: the specification of Zarr 3, on the codecs of a chunk.
    """
    _assert_each_called(harness, sharded=False)


@documented_write(ArrayParams(), advice=_ADVICE)
def check_codecs_within_shards_are_called(harness: ArrayHarness) -> None:
    """Codecs within shards are called for every chunk, in order, and in reverse.

    Source: the specification of the codec `sharding_indexed`.
    """
    _assert_each_called(harness, sharded=True)


@array_check(
    ArrayParams(),
    source="ours",
    severity="read wrong",
    device_only=True,
    advice="Copy the host's chunk to its place on the device, or reject it.",
)
def check_chunks_decoded_on_host(harness: ArrayHarness) -> None:
    """Chunks that a codec decodes into host memory are read correctly on the device, or rejected.

    A codec for the host returns the host's buffers, in whatever prototype it was asked for. They
    may be moved, whole chunks and parts of them; nothing else may be read in their place.
    """
    codec = probe_codecs.HostSerializer("on the host", Counter())
    with harness.host("making an array"):
        array = make_array(harness.subject, replace(harness.params, serializer=codec))
    values = numbers(array.shape, array.dtype)
    harness.fill(array, values)
    for key in (..., PART):
        doing = f"reading {as_selection(key)} by a codec for the host"
        error, found = harness.attempt(doing, partial(array.__getitem__, key), Exception)
        if not error:
            harness.assert_result(found, values[key], doing)


def _assert_each_called(harness: ArrayHarness, *, sharded: bool) -> None:
    with Failures() as failures:
        for places in _PLACES:
            with failures.collected():
                _assert_called(harness, places, sharded=sharded)


def _assert_called(harness: ArrayHarness, places: frozenset[str], *, sharded: bool) -> None:
    calls: probe_codecs.Calls = Counter()
    filters, serializer, compressors = probe_codecs.chain(calls, places)
    shape: dict[str, Any] = {"shape": (6, 4), "chunks": (3, 4), "dtype": "u1"}
    if sharded:
        codec = ShardingCodec(
            chunk_shape=(3, 4),
            codecs=[*filters, serializer, *compressors],
            index_codecs=[BytesCodec()],
        )
        params = ArrayParams(**shape, serializer=codec)
    else:
        params = ArrayParams(
            **shape, filters=tuple(filters), serializer=serializer, compressors=tuple(compressors)
        )
    which = f"without synchronous methods: {', '.join(sorted(places)) or 'none'}"
    text = f"codecs {'within shards ' if sharded else ''}{which}"
    with harness.host(f"making an array with {text}"):
        array = make_array(harness.subject, params)
    values = np.arange(24, dtype="u1").reshape(6, 4) * np.uint8(9)
    given = harness.put(values)
    with harness.device(f"writing, {text}"):
        array[...] = given
    _assert_counts(harness, calls, "encode", text)
    for number, (key, data) in enumerate(sorted(harness.stored(array).items())):
        expected = probe_codecs.encoded(values[3 * number : 3 * number + 3])
        # The index of a shard follows its one chunk.
        found = data[: len(expected)] if sharded else data
        if found != expected:
            raise harness.failed(
                f"{key!r} in the store, {text}",
                expected=show_bytes(expected),
                actual=show_bytes(found),
            )
    calls.clear()
    with harness.device(f"reading, {text}"):
        result = array[...]
    _assert_counts(harness, calls, "decode", text)
    harness.assert_result(result, values, f"reading, {text}")


def _assert_counts(harness: ArrayHarness, calls: probe_codecs.Calls, does: str, text: str) -> None:
    names = ("filter 1", "filter 2", "serializer", "compressor 1", "compressor 2")
    expected = dict.fromkeys(names, _CHUNKS)
    found = {name: calls[name, does] for name in names}
    if found != expected:
        raise harness.failed(
            f"calls to {does}, {text}",
            expected=f"{_CHUNKS} of each codec, for {_CHUNKS} chunks",
            actual=", ".join(f"{count} of {name}" for name, count in found.items()),
        )
