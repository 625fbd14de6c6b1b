"""Checks about how a codec is called: alone, in batches, with and without event loop, in threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from zarr.core.sync import sync

from zarr_devbuf.checks.codec.assertions import require_values
from zarr_devbuf.checks.codec.chunks import ENOUGH, TYPICAL, Chunk
from zarr_devbuf.checks.codec.for_each_chunk import each_chunk
from zarr_devbuf.checks.codec.harness import paths_of
from zarr_devbuf.checks.codec.host_result import reference
from zarr_devbuf.checks.errors import violated
from zarr_devbuf.checks.registry import check

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.codec.harness import Trial
    from zarr_devbuf.checks.codec.host_result import Reference


_THREADS = 4
_ROUNDS = 3


@check("codec")
def check_paths_agree(subject: Any, backend: Backend) -> None:
    """Each code path decodes what each other one has encoded, to the same values.

    zarr's default pipeline calls ``encode``/``decode``, its fused one ``_encode_sync``/
    ``_decode_sync`` where both exist and ``_encode_single``/``_decode_single`` otherwise, shards
    either: arrays written by one are read by another.
    """

    def judge(trial: Trial, expected: Reference) -> None:
        paths = paths_of(trial.codec)
        if not paths:
            raise violated(
                expected="_encode_single and _decode_single, or encode and decode",
                actual="neither",
                advice="implement the two that fit",
            )
        for writer in paths:
            encoded = trial.encode(trial.input(), writer)
            for reader in paths:
                decoded = trial.decode(encoded, reader)
                what = f"encode ({writer}), decode ({reader})"
                require_values(trial, expected, decoded, what)

    each_chunk(subject, backend, TYPICAL, judge, enough=ENOUGH)


@check("codec")
def check_batches(subject: Any, backend: Backend) -> None:
    """A batch keeps its order and length; chunks that are missing (None) stay missing.

    Source: ``encode`` and ``decode`` of zarr's `BaseCodec` take an iterable, which may be empty and
    may be a generator, of chunks, "in which case they are ignored" if they are None.
    """

    def judge(trial: Trial, expected: Reference) -> None:
        other_chunk = Chunk(trial.chunk.dtype, trial.chunk.shape, "other", trial.chunk.nbytes)
        other = reference(subject, other_chunk)
        spec = trial.spec
        codec: Any = trial.codec
        batch: list[Any] = [trial.input(), None, trial.buffer(other.sent), None]
        encoded = list(sync(codec.encode((data, spec) for data in batch)))
        _require_places(trial, batch, encoded, "encode")
        decoded = list(sync(codec.decode((data, spec) for data in encoded)))
        _require_places(trial, batch, decoded, "decode")
        require_values(trial, expected, decoded[0], "encode and decode, first of a batch")
        require_values(trial, other, decoded[2], "encode and decode, third of a batch")
        for name in ("encode", "decode"):
            _require_places(trial, [], list(sync(getattr(codec, name)([]))), name)

    each_chunk(subject, backend, TYPICAL, judge, enough=ENOUGH)


def _require_places(trial: Trial, batch: list[Any], got: list[Any], what: str) -> None:
    places = ["None" if data is None else "chunk" for data in batch]
    actual = ["None" if data is None else "chunk" for data in got]
    if places != actual:
        raise violated(
            expected=f"[{', '.join(places)}], each in its place",
            actual=f"[{', '.join(actual)}]",
            advice="give as many results as there are chunks, in their order, None for None",
            case=trial.about(what, "batched"),
        )


@check("codec")
def check_threads(subject: Any, backend: Backend) -> None:
    """One codec encodes and decodes different chunks in several threads at a time.

    zarr's pipelines share one codec among the threads of a pool. What is bound to the thread it was
    made in, or kept on the codec while it works, mixes up the chunks. Of the code paths, the one
    without event loop is what such pools call; the others stand in where it is missing.
    """

    def judge(trial: Trial, expected: Reference) -> None:
        other_chunk = Chunk(trial.chunk.dtype, trial.chunk.shape, "other", trial.chunk.nbytes)
        references = (expected, reference(subject, other_chunk))
        path = paths_of(trial.codec)[-1]
        inputs = [(trial.buffer(each.sent), each) for each in references] * (_THREADS // 2)

        def work(data: Any, due: Reference) -> None:
            for _ in range(_ROUNDS):
                decoded = trial.decode(trial.encode(data, path), path)
                require_values(
                    trial, due, decoded, f"encode and decode in {_THREADS} threads", path
                )

        with ThreadPoolExecutor(_THREADS, "check_threads") as pool:
            for future in [pool.submit(work, *each) for each in inputs]:
                future.result()

    each_chunk(subject, backend, TYPICAL, judge, enough=2)
