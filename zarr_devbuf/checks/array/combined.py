"""Checks of combinations: dtypes, byte orders, shards, compression and formats together."""

from __future__ import annotations

import itertools
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
from zarr.codecs import BytesCodec, ShardingCodec, ZstdCodec

from zarr_devbuf.checks._harness import holds
from zarr_devbuf.checks.array import drawing
from zarr_devbuf.checks.array.array_params import ArrayParams
from zarr_devbuf.checks.array.harness import ArrayHarness, array_check
from zarr_devbuf.checks.errors import NotApplicable

if TYPE_CHECKING:
    from collections.abc import Iterator

_RECORD = np.dtype([("a", "i2"), ("b", "f8"), ("c", "c8")])
_DTYPES: tuple[tuple[Any, Any], ...] = (
    ("?", True),
    ("i2", -3),
    ("u8", 2**64 - 1),
    ("f2", 0.5),
    ("f4", float("nan")),
    ("c16", complex(1, -2)),
    ("U5", ""),
    ("M8[ns]", np.datetime64("NaT", "ns")),
    ("m8[us]", np.timedelta64(7, "us")),
    (_RECORD, np.zeros((), _RECORD)[()]),
)
_ADVICE = "Swap, cut and compress by the dtype of the array spec, in each pipeline alike."


def _combinations(*, shards: bool) -> Iterator[ArrayParams]:
    for (dtype, fill), order, compressed, zarr_format in itertools.product(
        _DTYPES, "<>", (False, True), (3,) if shards else (2, 3)
    ):
        full = np.dtype(dtype).newbyteorder(order)
        if order == ">" and full == np.dtype(dtype):
            continue  # a dtype of single bytes
        settings: dict[str, Any] = {"dtype": full, "fill_value": fill, "zarr_format": zarr_format}
        bytes_ = BytesCodec(endian="big" if order == ">" else "little")
        inner: list[Any] = [bytes_, *([ZstdCodec()] if compressed else [])]
        if shards:
            codec = ShardingCodec(chunk_shape=(2, 3), codecs=inner, index_codecs=[BytesCodec()])
            yield ArrayParams((8, 6), (4, 6), serializer=codec, **settings)
            continue
        if zarr_format == 3:
            settings["serializer"] = bytes_
        if compressed:
            settings["compressors"] = (ZstdCodec(),) if zarr_format == 3 else "auto"
        yield ArrayParams((5, 4), (2, 3), **settings)


@array_check(
    *_combinations(shards=False), source="documented", severity="stored wrong", advice=_ADVICE
)
def check_combinations(harness: ArrayHarness) -> None:
    """Every dtype is kept, in both byte orders, compressed or not, in both formats.

    With the extremes of integers and floating-point numbers, text in several scripts, times that
    are one nanosecond apart, NaT, and records: what works alone may fail together. Source: zarr
    documents each of these settings, and no exception.
    """
    _assert_kept(harness)


@array_check(
    *_combinations(shards=True), source="documented", severity="stored wrong", advice=_ADVICE
)
def check_combinations_in_shards(harness: ArrayHarness) -> None:
    """Every dtype is kept in shards, in both byte orders, compressed or not.

    Source: zarr documents each of these settings, and no exception.
    """
    _assert_kept(harness)


@array_check(
    ArrayParams((640, 1024), (256, 1024), "f4", 2),
    source="documented",
    severity="stored wrong",
    advice="Compute sizes and offsets in 64 bits, and handle large chunks as small ones.",
)
def check_large_chunks(harness: ArrayHarness) -> None:
    """Chunks of one MiB, and one of half of it, are written and read as small ones.

    All of them, and rows that cut through each. Source: zarr sets no limit to the size of a chunk.
    """
    count = 640 * 1024
    values = np.arange(count, dtype="f4").reshape(640, 1024)
    array = harness.empty()
    harness.write(array, ..., values, "writing chunks of a MiB")
    harness.assert_reads(array, values)
    values[3:600:7] += 1
    harness.write(array, np.s_[3:600:7], values[3:600:7], "writing rows of chunks of a MiB")
    harness.assert_reads(array, values, np.s_[250:260, ::3])
    harness.assert_contents(array, values, "rows of chunks of a MiB written")


def _assert_kept(harness: ArrayHarness) -> None:
    params = harness.params
    dtype = np.dtype(params.dtype)
    if dtype.hasobject or (dtype.kind == "V" and dtype.names is None):
        raise NotApplicable(f"no values of {dtype}")
    rng = np.random.default_rng(zlib.crc32(str(params).encode()))
    values = drawing.values(rng, params.shape, dtype)
    array = harness.empty()
    # Zarr 3 keeps the byte order in the codec alone, and reads in one order or the other.
    values = values.astype(array.dtype)
    part = (slice(1, 4), slice(1, None))
    harness.fill(array, values)
    harness.assert_values(harness.contents(array), values, "written and read on the host")
    other = drawing.values(rng, params.shape, array.dtype)
    with harness.host("writing a part"):
        array[part] = other[part]
        values[part] = other[part]
    harness.assert_values(harness.contents(array), values, "a part written on the host")
    if not holds(harness.backend, array.dtype):
        return
    harness.assert_reads(array, values)
    harness.assert_reads(array, values, np.s_[1::2, 1])
    values = drawing.values(rng, params.shape, array.dtype)
    harness.write(array, ..., values, "writing all")
    harness.write(array, part, other[part], "writing a part")
    values[part] = other[part]
    harness.assert_contents(array, values, "written on the device")
