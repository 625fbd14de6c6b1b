"""Checks about what a codec returns: its buffer class, its memory, its shape, its length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr_devbuf.checks.codec.assertions import require_buffer
from zarr_devbuf.checks.codec.chunks import ODD_LENGTHS, TYPICAL, UNUSUAL
from zarr_devbuf.checks.codec.for_each_chunk import each_chunk
from zarr_devbuf.checks.codec.harness import Refused, describe, is_refusal, paths_of
from zarr_devbuf.checks.errors import NotApplicable, violated
from zarr_devbuf.checks.registry import check

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.codec.harness import Trial
    from zarr_devbuf.checks.codec.host_result import Reference


@check("codec")
def check_prototype_buffers(subject: Any, backend: Backend) -> None:
    """Encoding and decoding give buffers of the prototype, in memory of the backend.

    Along every code path that the codec has, for usual chunks and for empty ones: a flat `Buffer`
    for bytes, an `NDBuffer` for arrays, with the shape and dtype that are due. Source: a codec is
    told by ``chunk_spec.prototype`` where its caller wants the data.
    """

    def judge(trial: Trial, expected: Reference) -> None:
        native = trial.spec.dtype.to_native_dtype()
        decoded_shape = None if trial.takes_bytes else trial.spec.shape
        for path in paths_of(trial.codec):
            encoded = trial.encode(trial.input(), path)
            if encoded is None:
                continue
            shape = None if trial.gives_bytes else ()
            require_buffer(trial, encoded, "encode", path, shape=shape)
            decoded = trial.decode(trial.buffer(expected.encoded, flat=trial.gives_bytes), path)
            require_buffer(trial, decoded, "decode", path, shape=decoded_shape, dtype=native)

    each_chunk(subject, backend, (*TYPICAL, *UNUSUAL), judge)


@check("codec")
def check_resolved_metadata(subject: Any, backend: Backend) -> None:
    """``resolve_metadata`` tells shape and dtype of the encoded chunk, and keeps the prototype.

    By that spec the codecs behind this one work. If the shape or dtype is another than the encoded
    chunk's, they fail or misread it; if the prototype is dropped, all of them make host buffers,
    and nothing is wrong with any of those.
    """

    def judge(trial: Trial, _: Reference) -> None:
        resolved = trial.codec.resolve_metadata(trial.spec)
        if resolved.prototype != trial.spec.prototype:
            raise violated(
                expected=f"a spec with the prototype it was given: {trial.spec.prototype}",
                actual=f"{resolved.prototype}",
                advice="make the new spec by `dataclasses.replace(chunk_spec, ...)`",
                case=trial.about("resolve_metadata"),
            )
        if trial.gives_bytes:
            return
        for path in paths_of(trial.codec):
            encoded = trial.encode(trial.input(), path)
            dtype = resolved.dtype.to_native_dtype()
            if encoded is not None:
                require_buffer(trial, encoded, "encode", path, shape=resolved.shape, dtype=dtype)

    each_chunk(subject, backend, (*TYPICAL, *UNUSUAL), judge)


@check("codec")
def check_encoded_size(subject: Any, backend: Backend) -> None:
    """``compute_encoded_size`` tells the true length, in bytes, where ``is_fixed_size`` is true.

    Zarr locates the index of a shard by it, and cuts shards of uncompressed chunks with it: a wrong
    length is wrong data. A codec of variable size raises NotImplementedError instead.
    """
    if not getattr(subject, "is_fixed_size", False):
        raise NotApplicable("is_fixed_size is not true")

    def judge(trial: Trial, _: Reference) -> None:
        data = trial.input()
        before = _nbytes(data, flat=trial.takes_bytes)
        encoded = trial.encode(data)
        if encoded is None:
            return
        try:
            promised = trial.codec.compute_encoded_size(before, trial.spec)
        except NotImplementedError as error:
            raise violated(
                expected="the length of the encoded chunk, since is_fixed_size is true",
                actual=describe(error),
                advice="implement compute_encoded_size(), or set is_fixed_size to False",
                case=trial.about(f"compute_encoded_size({before})"),
            ) from error
        except Exception as error:
            if is_refusal(error):
                raise Refused(describe(error)) from error
            raise
        actual = _nbytes(encoded, flat=trial.gives_bytes)
        if promised != actual:
            raise violated(
                expected=f"{actual} bytes, as the encoded chunk has",
                actual=f"{promised} bytes",
                advice="mend compute_encoded_size(), or set is_fixed_size to False",
                case=trial.about(f"compute_encoded_size({before})"),
            )

    chunks = (*TYPICAL, *UNUSUAL)
    each_chunk(subject, backend, (*chunks, *ODD_LENGTHS), judge)


def _nbytes(data: Any, *, flat: bool) -> int:
    return len(data) if flat else int(data.as_ndarray_like().nbytes)
