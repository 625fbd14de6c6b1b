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
from zarr_devbuf.checks.array.harness import ArrayHarness, documented_write
from zarr_devbuf.checks.array.selection import Selection
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
    product = itertools.product(enumerate(_DTYPES), enumerate("<>"), (False, True))
    for (number, (dtype, fill)), (place, order), compressed in product:
        full = np.dtype(dtype).newbyteorder(order)
        if order == ">" and full == np.dtype(dtype):
            continue  # a dtype of single bytes
        # Each three of the settings meet; in shards each two, and all of them for records.
        even = (number + place + compressed) % 2 == 0
        if shards and not even and full.names is None:
            continue
        zarr_format: Any = 3 if even or shards else 2
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
        yield ArrayParams((4, 4), (2, 3), **settings)


@documented_write(*_combinations(shards=False), advice=_ADVICE)
def check_combinations(harness: ArrayHarness) -> None:
    """Every dtype is kept, in both byte orders, compressed or not, in both formats.

    With the extremes of integers and floating-point numbers, text in several scripts, times that
    are one nanosecond apart, NaT, and records: what works alone may fail together. Source: zarr
    documents each of these settings, and no exception.
    """
    _assert_kept(harness)


@documented_write(*_combinations(shards=True), advice=_ADVICE)
def check_combinations_in_shards(harness: ArrayHarness) -> None:
    """Every dtype is kept in shards, in both byte orders, compressed or not.

    Source: zarr documents each of these settings, and no exception.
    """
    _assert_kept(harness)


@documented_write(
    ArrayParams((640, 1024), (256, 1024), "f4", 2),
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
    array, contents = harness.blank()
    # Zarr 3 keeps the byte order in the codec alone, and reads in one order or the other.
    dtype = array.dtype
    if not holds(harness.backend, dtype):
        raise NotApplicable(f"backend {harness.backend.name!r} holds no {dtype}")
    rng = np.random.default_rng(zlib.crc32(str(harness.params).encode()))
    contents[1:], other = drawing.values(rng, contents[1:].shape, dtype), contents.copy()
    other[...] = drawing.values(rng, other.shape, dtype)
    harness.write_on_host(array, np.s_[1:], contents[1:])
    harness.assert_reads(array, contents, np.s_[:, ::2])
    part = Selection("basic", np.s_[1:4, 1:])
    harness.assert_writes_in_turn(
        (Selection("basic", ...), other), (part, contents[part.key]), empty=True
    )
