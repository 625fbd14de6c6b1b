"""Checks about what a codec returns: its buffer class, its memory, its shape, its length."""

from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.checks.codec.chunks import ODD_LENGTHS, TYPICAL, UNUSUAL, Chunk
from zarr_devbuf.checks.codec.for_each_chunk import CodecHarness, chunk_check
from zarr_devbuf.checks.codec.harness import array_in, refusals
from zarr_devbuf.checks.codec.sample_values import values_of


@chunk_check(
    (*TYPICAL, *UNUSUAL),
    advice="Make results by `chunk_spec.prototype.buffer.from_array_like(array)`, or "
    "`.nd_buffer.from_ndarray_like(array)`, from device arrays of the spec's shape and dtype.",
    source="documented",
    severity="raises",
)
def check_prototype_buffers(codec: CodecHarness) -> None:
    """Encoding and decoding return buffers of the prototype, in memory of the backend.

    By every call path of the codec, for usual chunks and for empty ones: a flat `Buffer` for bytes,
    an `NDBuffer` for arrays, with the expected shape and dtype. Source: the caller of a codec
    selects by ``chunk_spec.prototype`` where it gets the data.
    """
    for path in codec.paths:
        encoded = codec.encode(codec.input(), path)
        if encoded is None:
            continue
        codec.assert_buffer(encoded, "encode", path, flat=codec.gives_bytes)
        decoded = codec.decode(codec.encoded_input(), path)
        codec.assert_decoded(decoded, "decode", path)


@chunk_check(
    (*TYPICAL, *UNUSUAL),
    advice="Return from resolve_metadata() `dataclasses.replace(chunk_spec, ...)` with the shape "
    "and dtype that encoding gives.",
    source="documented",
    severity="read wrong",
)
def check_resolved_metadata(codec: CodecHarness) -> None:
    """``resolve_metadata`` returns the shape and dtype of the encoded chunk, and the prototype.

    The codecs behind this one work by that spec. If its shape or dtype is not the encoded chunk's,
    they fail or misread the chunk; if it has another prototype, all of them make host buffers,
    though nothing is wrong with any of them.
    """
    resolved = codec.codec.resolve_metadata(codec.spec)
    codec.assert_equal(resolved.prototype, codec.spec.prototype, "resolve_metadata: the prototype")
    if codec.gives_bytes:
        return
    for path in codec.paths:
        encoded = codec.encode(codec.input(), path)
        if encoded is not None:
            codec.assert_buffer(encoded, "encode", path, flat=False, spec=resolved)


# What a run of zeros, of noise, of the largest numbers is encoded to may be shorter than the rest.
_OF_VALUES = tuple(
    Chunk(dtype, shape, trait)
    for dtype, shape in (("uint8", (32, 32)), ("int32", (8, 12)), ("float32", (8, 12)))
    for trait in ("constant", "noise", "runs")
)
# Bytes: every length that is short, and those round the powers of two.
_LENGTHS = (*range(34), *(2**power + step for power in (6, 8, 10, 12, 16) for step in (-1, 0, 1)))


@chunk_check(
    (*TYPICAL, *UNUSUAL, *ODD_LENGTHS, *_OF_VALUES),
    skip=lambda codec: "" if getattr(codec, "is_fixed_size", False) else "is_fixed_size is false",
    advice="Correct compute_encoded_size(), or set is_fixed_size to False.",
    source="documented",
    severity="stored wrong",
)
def check_encoded_size(codec: CodecHarness) -> None:
    """``compute_encoded_size`` returns the true length, in bytes, if ``is_fixed_size`` is true.

    Of every number of bytes, whatever the values are. Zarr locates the index of a shard by it, and
    cuts shards of uncompressed chunks with it: a wrong length is wrong data. A codec of variable
    size raises NotImplementedError instead.
    """
    _assert_size(codec, codec.input())
    if codec.takes_bytes and not codec.turn:
        values = values_of(np.dtype("u1"), (max(_LENGTHS),), "noise")
        for length in _LENGTHS:
            _assert_size(codec, codec.buffer(values[:length].copy(), flat=True))


def _assert_size(codec: CodecHarness, data: Any) -> None:
    before = array_in(data).nbytes
    encoded = codec.encode(data)
    if encoded is None:
        return
    with (
        refusals(),
        codec.assert_no_error(
            "the length of the encoded chunk, since is_fixed_size is true",
            NotImplementedError,
            advice="Implement compute_encoded_size(), or set is_fixed_size to False.",
        ),
    ):
        promised = codec.codec.compute_encoded_size(before, codec.spec)
    actual = len(encoded) if codec.gives_bytes else array_in(encoded).nbytes
    what = f"compute_encoded_size({before}), in bytes"
    codec.assert_equal(promised, actual, what)
