"""Checks about what a codec returns: its buffer class, its memory, its shape, its length."""

from __future__ import annotations

from zarr_devbuf.checks.codec.chunks import ODD_LENGTHS, TYPICAL, UNUSUAL
from zarr_devbuf.checks.codec.for_each_chunk import CodecHarness, chunk_check
from zarr_devbuf.checks.codec.harness import array_in
from zarr_devbuf.checks.errors import Refused, describe, is_refusal


@chunk_check(
    (*TYPICAL, *UNUSUAL),
    advice="Make results by `chunk_spec.prototype.buffer.from_array_like(array)`, or "
    "`.nd_buffer.from_ndarray_like(array)`, from device arrays of the spec's shape and dtype.",
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


@chunk_check(
    (*TYPICAL, *UNUSUAL, *ODD_LENGTHS),
    skip=lambda codec: "" if getattr(codec, "is_fixed_size", False) else "is_fixed_size is false",
    advice="Correct compute_encoded_size(), or set is_fixed_size to False.",
)
def check_encoded_size(codec: CodecHarness) -> None:
    """``compute_encoded_size`` returns the true length, in bytes, if ``is_fixed_size`` is true.

    Zarr locates the index of a shard by it, and cuts shards of uncompressed chunks with it: a wrong
    length is wrong data. A codec of variable size raises NotImplementedError instead.
    """
    data = codec.input()
    before = array_in(data).nbytes
    encoded = codec.encode(data)
    if encoded is None:
        return
    try:
        with codec.assert_no_error(
            "the length of the encoded chunk, since is_fixed_size is true",
            NotImplementedError,
            advice="Implement compute_encoded_size(), or set is_fixed_size to False.",
        ):
            promised = codec.codec.compute_encoded_size(before, codec.spec)
    except Exception as error:
        if is_refusal(error):
            raise Refused(describe(error)) from error
        raise
    actual = len(encoded) if codec.gives_bytes else array_in(encoded).nbytes
    what = f"compute_encoded_size({before}), in bytes"
    codec.assert_equal(promised, actual, what)
