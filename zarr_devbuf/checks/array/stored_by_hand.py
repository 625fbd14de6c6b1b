"""Checks of stored bytes: zarr's formats, read and made by hand, apart from zarr's pipelines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numcodecs  # type: ignore[import-untyped]
import numpy as np
from zarr.codecs import (
    BloscCodec,
    BytesCodec,
    Crc32cCodec,
    GzipCodec,
    ShardingCodec,
    TransposeCodec,
    VLenUTF8Codec,
    ZstdCodec,
)
from zarr.codecs.numcodecs import Delta

from zarr_devbuf.checks._assertions import same_bits, show, show_bytes
from zarr_devbuf.checks._harness import holds
from zarr_devbuf.checks.array import codecs_by_hand as by_hand
from zarr_devbuf.checks.array.array_params import ArrayParams, chunk_shape, numbers
from zarr_devbuf.checks.array.collected_failures import Failures
from zarr_devbuf.checks.array.harness import ArrayHarness, array_check, documented_write
from zarr_devbuf.checks.array.keys import chunk_grid, chunk_key, document_in, document_of
from zarr_devbuf.checks.array.selection import as_selection
from zarr_devbuf.checks.array.selection_cases import PART
from zarr_devbuf.checks.errors import NotApplicable, describe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt
    import zarr

    from zarr_devbuf.checks.array.array_params import Shape
    from zarr_devbuf.checks.array.codecs_by_hand import Step
    from zarr_devbuf.checks.registry import CheckFunction

# Blosc leaves less than 128 bytes as they are.
_LARGE: dict[str, Any] = {"shape": (40, 30), "chunks": (16, 20)}
_ADVICE = "Compare the stored bytes with the specification of each codec in the chain."


def _chain(*steps: Step, **settings: Any) -> tuple[ArrayParams, tuple[Step, ...]]:
    return ArrayParams(**settings), steps


def _blosc(cname: Any, shuffle: Any) -> BloscCodec:
    return BloscCodec(cname=cname, shuffle=shuffle, typesize=4)


_TRANSPOSED = (TransposeCodec(order=(1, 0)),)
_CHAINS = (
    _chain(by_hand.Bytes()),
    _chain(by_hand.Bytes(), by_hand.Zstd(), compressors="auto", filters="auto"),
    _chain(by_hand.Bytes(), dtype="f8", fill_value=2),
    _chain(by_hand.Transpose((1, 0)), by_hand.Bytes(), filters=_TRANSPOSED),
    _chain(
        by_hand.Transpose((2, 0, 1)),
        by_hand.Bytes(),
        shape=(5, 4, 6),
        chunks=(3, 2, 4),
        filters=(TransposeCodec(order=(2, 0, 1)),),
    ),
    _chain(
        by_hand.Transpose((1, 2, 0)),
        by_hand.Transpose((1, 0, 2)),
        by_hand.Bytes(),
        shape=(5, 4, 6),
        chunks=(3, 2, 4),
        filters=(TransposeCodec(order=(1, 2, 0)), TransposeCodec(order=(1, 0, 2))),
    ),
    _chain(by_hand.Bytes(), by_hand.Crc32c(), compressors=(Crc32cCodec(),)),
    *(
        _chain(by_hand.Bytes(), by_hand.Gzip(level), compressors=(GzipCodec(level=level),))
        for level in (0, 5, 9)
    ),
    *(
        _chain(
            by_hand.Bytes(),
            by_hand.Zstd(3, checksum=checksum),
            compressors=(ZstdCodec(level=3, checksum=checksum),),
        )
        for checksum in (False, True)
    ),
    *(
        _chain(
            by_hand.Bytes(),
            by_hand.Blosc(name, shuffle),
            compressors=(_blosc(name, shuffle),),
            **_LARGE,
        )
        for name, shuffle in (
            ("lz4", "noshuffle"),
            ("zstd", "shuffle"),
            ("zstd", "bitshuffle"),
            ("zlib", "bitshuffle"),
        )
    ),
    _chain(
        by_hand.Transpose((1, 0)),
        by_hand.Bytes(),
        by_hand.Zstd(),
        by_hand.Crc32c(),
        filters=_TRANSPOSED,
        compressors=(ZstdCodec(), Crc32cCodec()),
    ),
    _chain(
        by_hand.Bytes(),
        by_hand.Crc32c(),
        by_hand.Gzip(),
        by_hand.Zstd(),
        compressors=(Crc32cCodec(), GzipCodec(), ZstdCodec()),
    ),
)
_BIG_ENDIAN = tuple(
    _chain(by_hand.Bytes(">"), dtype=dtype, serializer=BytesCodec(endian="big"))
    for dtype in ("i2", "u8", "f4", "c16")
)
_FORMAT_2 = tuple(
    _chain(*steps, zarr_format=2, **settings)
    for steps, settings in (
        ((by_hand.Bytes(),), {}),
        ((by_hand.Bytes(), by_hand.Gzip()), {"compressors": numcodecs.GZip(5)}),
        ((by_hand.Bytes(), by_hand.Zstd()), {"compressors": "auto"}),
        ((by_hand.Delta(), by_hand.Bytes()), {"filters": (numcodecs.Delta("i4"),)}),
        (
            (by_hand.AsType("i8"), by_hand.Bytes(dtype="i8")),
            {"filters": (numcodecs.AsType("i8", "i4"),)},
        ),
        (
            (by_hand.Delta(), by_hand.Bytes(), by_hand.Zstd()),
            {"filters": (numcodecs.Delta("i4"),), "compressors": numcodecs.Zstd()},
        ),
        (
            (by_hand.Bytes(), by_hand.Blosc("zstd", "bitshuffle")),
            {"compressors": numcodecs.Blosc("zstd", 5, 2), **_LARGE},
        ),
    )
)
_FORTRAN = tuple(
    _chain(*steps, zarr_format=2, order="F", **settings)
    for steps, settings in (
        ((by_hand.Bytes(order="F"),), {}),
        ((by_hand.Bytes(order="F"), by_hand.Gzip()), {"compressors": numcodecs.GZip(5)}),
    )
)


def _in_shards(
    hand: by_hand.Shards,
    codecs: Sequence[Any] = (),
    index_codecs: Sequence[Any] = (),
    **settings: Any,
) -> tuple[ArrayParams, tuple[Step, ...]]:
    codec = ShardingCodec(
        chunk_shape=hand.chunk_shape,
        codecs=[*(codecs or [BytesCodec()])],
        index_codecs=[BytesCodec(), *index_codecs],
        index_location="start" if hand.index_at_start else "end",
    )
    shape: dict[str, Any] = {"shape": (8, 6), "chunks": (4, 6)}
    return ArrayParams(**{**shape, "serializer": codec, **settings}), (hand,)


_SHARDS = (
    _in_shards(by_hand.Shards((2, 3))),
    _in_shards(by_hand.Shards((2, 3), index_at_start=True)),
    _in_shards(by_hand.Shards((2, 3), backwards=True)),
    _in_shards(
        by_hand.Shards((2, 3), (by_hand.Bytes(">"), by_hand.Gzip())),
        [BytesCodec(endian="big"), GzipCodec()],
    ),
    _in_shards(
        by_hand.Shards((2, 3), (by_hand.Shards((1, 3), index_at_start=True),)),
        [
            ShardingCodec(
                chunk_shape=(1, 3),
                codecs=[BytesCodec()],
                index_codecs=[BytesCodec()],
                index_location="start",
            )
        ],
    ),
    _in_shards(by_hand.Shards((3,)), shape=(24,), chunks=(12,), dtype="f8"),
    _in_shards(by_hand.Shards((2, 1, 2)), shape=(4, 4, 6), chunks=(4, 2, 6), dtype="u2"),
)
_CHECKED_SHARDS = (
    _in_shards(by_hand.Shards((2, 3), checksum=True), index_codecs=[Crc32cCodec()]),
    _in_shards(
        by_hand.Shards((2, 3), (by_hand.Bytes(), by_hand.Zstd()), True, checksum=True),
        [BytesCodec(), ZstdCodec()],
        [Crc32cCodec()],
    ),
)
_TEXTS = (
    _chain(
        by_hand.Text(), dtype=np.dtypes.StringDType(), fill_value="", serializer=VLenUTF8Codec()
    ),
)
_DELTAS = tuple(
    _chain(*steps, **settings)
    for steps, settings in (
        ((by_hand.Delta(), by_hand.Bytes()), {"filters": (Delta(dtype="i4"),)}),
        (
            (by_hand.Delta(), by_hand.Bytes(), by_hand.Zstd()),
            {"filters": (Delta(dtype="i4"),), "compressors": (ZstdCodec(),)},
        ),
    )
)


def _stored_check(
    *chains: tuple[ArrayParams, tuple[Step, ...]], skip: str = ""
) -> Callable[[Callable[[ArrayHarness], None]], CheckFunction]:
    """Register a check of these chains, each with the steps that do the same by hand.

    `skip` is why the check does not apply; an empty string if it does.
    """
    steps = {str(params) + _names(params): chain for params, chain in chains}

    def register(function: Callable[[ArrayHarness], None]) -> CheckFunction:
        def run(harness: ArrayHarness) -> None:
            if skip:
                raise NotApplicable(skip)
            _assert_stored_by_hand(harness, steps[str(harness.params) + _names(harness.params)])

        run.__name__, run.__doc__ = function.__name__, function.__doc__
        run.__module__, run.__qualname__ = function.__module__, function.__qualname__
        params = (each for each, _ in chains)
        return array_check(*params, source="documented", severity="stored wrong", advice=_ADVICE)(
            run
        )

    return register


def _names(params: ArrayParams) -> str:
    """Return the whole configuration of codecs, which `str` shortens to the names of classes."""
    codecs = (params.serializer, *(params.filters or ()))
    more = params.compressors if isinstance(params.compressors, tuple) else (params.compressors,)
    shown = (each.to_dict() if hasattr(each, "to_dict") else each for each in (*codecs, *more))
    return str(list(shown))


@_stored_check(*_CHAINS)
def check_stored_codecs(harness: ArrayHarness) -> None:
    """Chunks have the bytes that the specifications of their codecs describe, and are read so.

    Filters, byte order, shuffles, levels, checksums, and their order in a chain. A filter that is
    ignored on writing and on reading alike, or a bitshuffle that is a shuffle, is right after every
    round trip, and no other program can read what is stored. What is written is decoded by hand,
    with NumPy, zlib and numcodecs; what is made by hand is read. Source: the specifications of the
    codecs of Zarr 3.
    """


@_stored_check(*_DELTAS)
def check_stored_filters(harness: ArrayHarness) -> None:
    """Filters of numcodecs that are listed in the metadata change the bytes that are stored.

    Source: the documentation of numcodecs on `delta`.
    """


@_stored_check(*_BIG_ENDIAN)
def check_stored_big_endian(harness: ArrayHarness) -> None:
    """Chunks of ``BytesCodec(endian="big")`` have big-endian bytes, and are read as such.

    Complex numbers are swapped part by part. Source: the specification of the codec `bytes`.
    """


@_stored_check(*_FORMAT_2)
def check_stored_format_2(harness: ArrayHarness) -> None:
    """Chunks of format 2 have the bytes that filters and compressor make, in this order.

    Source: the specification of format 2.
    """


@_stored_check(*_FORTRAN)
def check_stored_fortran_order(harness: ArrayHarness) -> None:
    """Chunks of format 2 with order F have their elements in Fortran order.

    Source: the specification of format 2.
    """


@_stored_check(*_SHARDS)
def check_stored_shards(harness: ArrayHarness) -> None:
    """Shards have an index of offsets and lengths, at the end or at the start, and are read by it.

    By hand, chunks are stored in another order, too: readers have to follow the index. Source: the
    specification of the codec `sharding_indexed`.
    """


@_stored_check(*_CHECKED_SHARDS)
def check_stored_shard_checksums(harness: ArrayHarness) -> None:
    """Shard indexes have the checksum that `crc32c` describes, and are read with it.

    Source: the specification of the codec `sharding_indexed`.
    """


@_stored_check(
    *_TEXTS,
    skip=""
    if np.lib.NumpyVersion(np.__version__) >= "2.2.0"
    else "NumPy before 2.2 frees text of variable length twice",
)
def check_stored_text(harness: ArrayHarness) -> None:
    """Text of variable length is stored with counts and lengths of UTF-8, in any script.

    Source: the specification of the codec `vlen-utf8`.
    """


@documented_write(
    ArrayParams(),
    ArrayParams((5,), (2,), "f4"),
    ArrayParams((2, 3, 4), (2, 2, 2), "u1", fill_value=3),
    ArrayParams(zarr_format=2),
    ArrayParams((5,), (2,), "f8", zarr_format=2),
    advice="Write the document of the format that was asked for, and the keys that it names.",
)
def check_stored_keys(harness: ArrayHarness) -> None:
    """The store has the document of the array's format, and the chunks under the keys it names.

    ``zarr.json`` or ``.zarray``, with the shape, the chunks and the fill value that were asked for.
    Other programs look for nothing else. Source: the specifications of both formats.
    """
    array, _ = harness.filled()
    params = harness.params
    stored = harness.stored(array, metadata=True)
    name = "zarr.json" if params.zarr_format == 3 else ".zarray"
    doing = "looking at what is stored"
    if name not in stored:
        found = ", ".join(sorted(stored)) or "nothing"
        raise harness.failed(doing, expected=f"a document {name!r}", actual=found)
    document = json.loads(stored[name])
    if params.zarr_format == 3:
        grid = document.get("chunk_grid", {}).get("configuration", {})
        chunks = grid.get("chunk_shape")
    else:
        chunks = document.get("chunks")
    facts = {
        "zarr_format": (document.get("zarr_format"), params.zarr_format),
        "shape": (document.get("shape"), list(params.shape)),
        "chunks": (chunks, list(params.chunks)),
        "fill_value": (document.get("fill_value"), params.fill_value),
    }
    for fact, (value, expected) in facts.items():
        if value != expected:
            raise harness.failed(f"{fact} in {name}", expected=repr(expected), actual=repr(value))
    keys = {chunk_key(document, each) for each in chunk_grid(params.shape, params.chunks)}
    if harness.subject is None:
        separator = "." if params.zarr_format == 2 else "/"
        first = separator.join("0" * len(params.shape))
        keys.add(first if params.zarr_format == 2 else f"c/{first}")
    chunks_found = {key for key in stored if key.rpartition("/")[2][:1] not in ".z"}
    if chunks_found != keys:
        expected = ", ".join(sorted(keys))
        raise harness.failed(doing, expected=expected, actual=", ".join(sorted(chunks_found)))


def _values(harness: ArrayHarness) -> npt.NDArray[Any]:
    dtype = np.dtype(harness.params.dtype)
    shape = harness.params.shape
    if dtype.kind == "T":
        words = ["", "a", "zarr", "Grüße", "数組", "🙂", "a\x00b", "x" * 300]
        return np.resize(np.array(words, dtype=object), shape).astype(dtype)
    return numbers(shape, dtype, 5)


def _assert_stored_by_hand(harness: ArrayHarness, chain: tuple[Step, ...]) -> None:
    """Assert that what is written decodes by hand, and that what is made by hand is read."""
    values = _values(harness)
    if not holds(harness.backend, values.dtype):
        raise NotApplicable(f"backend {harness.backend.name!r} holds no {values.dtype}")
    with Failures() as failures:
        with failures.collected():
            array = harness.empty()
            contents = values.copy()
            for key in (..., PART[: values.ndim]):
                contents[key] = contents[key][::-1]
                if harness.backend.is_host:
                    harness.write_on_host(array, key, contents[key])
                else:
                    harness.write(array, key, contents[key], f"writing {as_selection(key)}")
                _assert_decodes(harness, array, contents, chain)
        with failures.collected():
            array = harness.empty()
            _put_by_hand(harness, array, values, chain)
            for key in (..., PART[: values.ndim]):
                harness.assert_reads(array, values, key, "chunks that were made by hand")


def _assert_decodes(
    harness: ArrayHarness, array: zarr.Array[Any], values: npt.NDArray[Any], chain: tuple[Step, ...]
) -> None:
    stored, shape = harness.stored(array, metadata=True), chunk_shape(array)
    document = document_in(harness, stored)
    for place in chunk_grid(values.shape, shape):
        key = chunk_key(document, place)
        doing = f"{key!r}, decoded by hand"
        part = values[_part(place, shape)]
        if key not in stored:
            raise harness.failed(doing, expected="a chunk in the store", actual="none")
        try:
            found = by_hand.decode(stored[key], shape, values.dtype, chain)
        except Exception as error:
            raise harness.failed(
                doing, expected=show(part), actual=f"{describe(error)}: {show_bytes(stored[key])}"
            ) from error
        # Beyond the edge of the array, a chunk may contain anything.
        found = found[tuple(slice(0, n) for n in part.shape)]
        if not same_bits(found, part):
            raise harness.failed(doing, expected=show(part), actual=show(found))


def _put_by_hand(
    harness: ArrayHarness, array: zarr.Array[Any], values: npt.NDArray[Any], chain: tuple[Step, ...]
) -> None:
    document, shape, chunks = document_of(harness, array), chunk_shape(array), {}
    for place in chunk_grid(values.shape, shape):
        chunk = np.zeros(shape, values.dtype)
        part = values[_part(place, shape)]
        chunk[tuple(slice(0, n) for n in part.shape)] = part
        chunks[chunk_key(document, place)] = by_hand.encode(chunk, chain)
    harness.put_stored(array, chunks)


def _part(place: Shape, chunks: Shape) -> tuple[slice, ...]:
    return tuple(slice(i * c, (i + 1) * c) for i, c in zip(place, chunks, strict=True))
