"""Checks about what a codec returns: its buffer class, its memory, its shape, its length."""

from __future__ import annotations

from zarr_devbuf.checks.codec.chunks import ODD_LENGTHS, TYPICAL, UNUSUAL
from zarr_devbuf.checks.codec.for_each_chunk import CodecHarness, chunk_check
from zarr_devbuf.checks.codec.harness import array_in
from zarr_devbuf.checks.errors import Refused, describe, is_refusal, violated


@chunk_check(
    (*TYPICAL, *UNUSUAL),
    enough=None,
    advice="Make results by `chunk_spec.prototype.buffer.from_array_like(array)`, or "
    "`.nd_buffer.from_ndarray_like(array)`, from device arrays of the spec's shape and dtype.",
)
def check_prototype_buffers(codec: CodecHarness) -> None:
    """Encoding and decoding return buffers of the prototype, in memory of the backend.

    By every call path of the codec, for usual chunks and for empty ones: a flat `Buffer` for bytes,
    an `NDBuffer` for arrays, with the expected shape and dtype. Source: ``chunk_spec.prototype``
    is by which the caller of a codec says where it wants the data.
    """
    for path in codec.paths:
        encoded = codec.encode(codec.input(), path)
        if encoded is None:
            continue
        codec.assert_encoded(encoded, "encode", path)
        decoded = codec.decode(codec.encoded_input(), path)
        codec.assert_decoded(decoded, "decode", path)


@chunk_check(
    (*TYPICAL, *UNUSUAL),
    enough=None,
    advice="Return from resolve_metadata() the shape and dtype that encoding gives.",
)
def check_resolved_metadata(codec: CodecHarness) -> None:
    """``resolve_metadata`` returns the shape and dtype of the encoded chunk, and the prototype.

    The codecs behind this one work by that spec. If its shape or dtype is not the encoded chunk's,
    they fail or misread the chunk; if it has another prototype, all of them make host buffers,
    though nothing is wrong with any of them.
    """
    resolved = codec.codec.resolve_metadata(codec.spec)
    if resolved.prototype != codec.spec.prototype:
        raise violated(
            expected=f"a spec with the same prototype: {codec.spec.prototype}",
            actual=f"{resolved.prototype}",
            advice="Make the new spec by `dataclasses.replace(chunk_spec, ...)`.",
            case=codec.about("resolve_metadata"),
        )
    if codec.gives_bytes:
        return
    for path in codec.paths:
        encoded = codec.encode(codec.input(), path)
        if encoded is not None:
            codec.assert_encoded(encoded, "encode", path, resolved)


@chunk_check(
    (*TYPICAL, *UNUSUAL, *ODD_LENGTHS),
    enough=None,
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
    case = codec.about(f"compute_encoded_size({before})")
    encoded = codec.encode(data)
    if encoded is None:
        return
    try:
        promised = codec.codec.compute_encoded_size(before, codec.spec)
    except NotImplementedError as error:
        raise violated(
            expected="the length of the encoded chunk, since is_fixed_size is true",
            actual=describe(error),
            advice="Implement compute_encoded_size(), or set is_fixed_size to False.",
            case=case,
        ) from error
    except Exception as error:
        if is_refusal(error):
            raise Refused(describe(error)) from error
        raise
    actual = len(encoded) if codec.gives_bytes else array_in(encoded).nbytes
    if promised != actual:
        raise violated(
            expected=f"{actual} bytes, as the encoded chunk has",
            actual=f"{promised} bytes",
            advice=codec.advice,
            case=case,
        )
