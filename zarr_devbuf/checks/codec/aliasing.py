"""Checks about memory: a codec writes to nobody's but its own, and remembers no chunk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.codec.assertions import array_in, require_values
from zarr_devbuf.checks.codec.chunks import ENOUGH, TYPICAL, Chunk
from zarr_devbuf.checks.codec.for_each_chunk import each_chunk
from zarr_devbuf.checks.codec.harness import paths_of
from zarr_devbuf.checks.codec.host_result import reference
from zarr_devbuf.checks.codec.tolerance import same
from zarr_devbuf.checks.errors import violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.codec.harness import Trial
    from zarr_devbuf.checks.codec.host_result import Reference


@check("codec")
def check_input_unchanged(subject: Any, backend: Backend) -> None:
    """Encoding does not change the chunk, and decoding does not change the encoded bytes.

    A chunk that is written whole is the user's own array, and what is decoded may be the very
    memory that the store keeps (zarr hands out views in both cases). Along every code path.
    """

    def judge(trial: Trial, expected: Reference) -> None:
        for path in paths_of(trial.codec):
            data = trial.input()
            trial.encode(data, path)
            _require_kept(expected.sent, trial.to_host(data), trial.about("encode", path))
            data = trial.buffer(expected.encoded, flat=trial.gives_bytes)
            trial.decode(data, path)
            _require_kept(expected.encoded, trial.to_host(data), trial.about("decode", path))

    each_chunk(subject, backend, TYPICAL, judge, enough=ENOUGH)


def _require_kept(before: npt.NDArray[Any], after: npt.NDArray[Any], case: str) -> None:
    if before.dtype != after.dtype or not same(before, after):
        raise violated(
            expected="the input as it was before the call",
            actual="it has changed",
            advice="work on a copy: the memory is the user's array, or the store's value",
            case=case,
        )


def _other(chunk: Chunk) -> Chunk:
    return Chunk(chunk.dtype, chunk.shape, "other", chunk.nbytes)


@check("codec")
def check_chunks_are_independent(subject: Any, backend: Backend) -> None:
    """What was encoded or decoded stays as it is while other chunks are.

    Zarr encodes many chunks before it stores the first. A codec that works in a buffer of its own
    and returns it hands out the same memory for every chunk: all of them become the last.
    """

    def judge(trial: Trial, expected: Reference) -> None:
        other = reference(subject, _other(trial.chunk))
        other_input = trial.buffer(other.sent)
        for path in paths_of(trial.codec):
            encoded = trial.encode(trial.input(), path)
            at_first = trial.to_host(encoded)
            trial.encode(other_input, path)
            _require_independent(at_first, trial.to_host(encoded), trial.about("encode", path))
            decoded = trial.decode(encoded, path)
            at_first = trial.to_host(decoded)
            trial.decode(trial.buffer(other.encoded, flat=trial.gives_bytes), path)
            _require_independent(at_first, trial.to_host(decoded), trial.about("decode", path))
            require_values(trial, expected, decoded, "encode and decode, another between", path)

    each_chunk(subject, backend, TYPICAL, judge, enough=ENOUGH)


def _require_independent(before: npt.NDArray[Any], after: npt.NDArray[Any], case: str) -> None:
    if not same(before, after):
        raise violated(
            expected="the first chunk's result as it was when it was returned",
            actual="the second chunk has overwritten it",
            advice="return memory of its own for each chunk",
            case=case,
        )


@check("codec")
def check_no_memory_of_input(subject: Any, backend: Backend) -> None:
    """A chunk that was changed in place is encoded anew.

    Users write to the same array again and again. A codec that keeps results by the identity or
    address of their input (on devices, freed memory is handed out again at once) stores old data.
    """

    def judge(trial: Trial, expected: Reference) -> None:
        other = reference(subject, _other(trial.chunk))
        if np.array_equal(expected.sent, other.sent):
            return
        for path in paths_of(trial.codec):
            data = trial.input()
            trial.encode(data, path)
            with unrecorded_transfers():
                array_in(data)[...] = array_in(trial.buffer(other.sent))
            decoded = trial.decode(trial.encode(data, path), path)
            require_values(trial, other, decoded, "encode again what was changed in place", path)

    each_chunk(subject, backend, TYPICAL, judge, enough=ENOUGH)
