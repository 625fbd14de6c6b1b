"""Checks of formats: both of metadata, zarr's own compressors and filters, memory order, bytes."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from zarr.codecs import Crc32cCodec

from zarr_devbuf.checks.array.array_params import ArrayParams, numbers, sharded
from zarr_devbuf.checks.array.assertions import assert_round_trip, assert_stored_same
from zarr_devbuf.checks.array.harness import (
    ArrayHarness,
    array_check,
    documented_read,
    documented_write,
)
from zarr_devbuf.checks.array.selection_cases import PART


@documented_write(
    *(ArrayParams(dtype=dtype, zarr_format=2) for dtype in ("i4", "f8", "u1")),
    advice="Handle chunks of format 2 on the device, as those of format 3.",
)
def check_format_2(harness: ArrayHarness) -> None:
    """An array of format 2, without compressor and filters, is written and read as one of 3."""
    assert_round_trip(harness)


@documented_read(
    ArrayParams(compressors=(Crc32cCodec(),)),
    sharded(checksum=True),
    advice="Compare the checksum with that of the bytes, and raise if they differ.",
)
def check_corrupt_chunks(harness: ArrayHarness) -> None:
    """A chunk, or the index of a shard, whose checksum does not match its bytes is rejected.

    One bit is changed, in the bytes or in the checksum. Source: the specification of the codec
    `crc32c`.
    """
    array, _ = harness.filled()
    key, data = min(harness.stored(array).items())
    # The index of a shard, with 16 bytes for each of its 4 chunks, is at the end.
    first = len(data) - 68 if array.shards else 0
    for place in (first, (first + len(data)) // 2, len(data) - 5, len(data) - 4, len(data) - 1):
        spoilt = bytearray(data)
        spoilt[place] ^= 1
        harness.put_stored(array, {key: bytes(spoilt)})
        doing = f"reading {key!r} with a bit of byte {place} of {len(data)} changed"
        error, _ = harness.attempt(doing, functools.partial(array.__getitem__, ...), Exception)
        if not error:
            raise harness.failed(doing, expected="an error", actual="no exception")


@array_check(
    ArrayParams(order="C"),
    ArrayParams(order="F"),
    source="documented",
    severity="wasteful",
    advice="Pass the order on to `nd_buffer.create`, and use it there.",
)
def check_memory_order(harness: ArrayHarness) -> None:
    """Results have the memory order that the array is configured for, as on the host."""
    assert_round_trip(harness)
    array, _ = harness.filled()
    flag = f"{harness.params.order.lower()}_contiguous"
    for key in (..., PART):
        with harness.device(f"reading {key}"):
            found: Any = array[key]
        if not getattr(found.flags, flag):
            actual = f"strides {found.strides} of shape {found.shape}"
            expected = f"a result that is {flag}"
            raise harness.failed(f"reading {key}", expected=expected, actual=actual)


@documented_write(
    ArrayParams(fill_value=5),
    ArrayParams(fill_value=5, zarr_format=2),
    advice="Look at byte order, strides, and the fill of partial chunks: the bytes are wrong.",
)
def check_stored_bytes(harness: ArrayHarness) -> None:
    """The device stores, byte for byte, what the host stores.

    After a round trip the values are equal even if writing and reading are both wrong: another
    program, or the host, would read something else. Whole chunks and parts of them, with no codec
    but `bytes`.
    """
    host, device = harness.empty(), harness.empty()
    for key, start in ((np.s_[0:6, 0:4], 10), (np.s_[5:7, 3:6], 90)):
        values = numbers((7, 6), "i4", start)[key]
        with harness.host(f"writing {key} in plain host memory"):
            host[key] = values
        harness.write(device, key, values, f"writing {key}")
    assert_stored_same(harness, device, host, "whole chunks and parts written")
