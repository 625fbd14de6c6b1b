"""Checks about how a codec is called: alone, in batches, without event loop, in threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from zarr_devbuf.checks.codec.for_each_chunk import CodecHarness, chunk_check
from zarr_devbuf.checks.codec.host_result import with_other_values
from zarr_devbuf.checks.errors import violated

_THREADS = 4
_ROUNDS = 3


@chunk_check(advice="Let all methods that encode write one format, and read it.")
def check_paths_agree(codec: CodecHarness) -> None:
    """Each call path decodes what every other one has encoded, to the same values.

    zarr's default pipeline calls ``encode``/``decode``; its fused one ``_encode_sync``/
    ``_decode_sync`` if both exist, otherwise ``_encode_single``/``_decode_single``; shards call
    either: arrays written by one are read by another.
    """
    if not codec.paths:
        raise violated(
            expected="_encode_single and _decode_single, or encode and decode",
            actual="neither",
            advice="Implement _encode_single and _decode_single, or encode and decode.",
        )
    for writer in codec.paths:
        encoded = codec.encode(codec.input(), writer)
        for reader in codec.paths:
            decoded = codec.decode(encoded, reader)
            codec.assert_values(decoded, f"encode ({writer}), decode ({reader})")


@chunk_check(
    advice="Return one result for each chunk of the batch, in their order, and None for None."
)
def check_batches(codec: CodecHarness) -> None:
    """A batch keeps its order and length; chunks that are missing (None) stay missing.

    Source: ``encode`` and ``decode`` of zarr's `BaseCodec` take an iterable, which may be empty and
    may be a generator, of chunks, "in which case they are ignored" if they are None.
    """
    other = with_other_values(codec)
    batch = [codec.input(), None, other.input(), None]
    encoded = _batch(codec, "encode", batch)
    decoded = _batch(codec, "decode", encoded)
    codec.assert_values(decoded[0], "encode and decode, first of a batch")
    other.assert_values(decoded[2], "encode and decode, third of a batch")
    for name in ("encode", "decode"):
        _batch(codec, name, [])


def _batch(codec: CodecHarness, name: str, batch: list[Any]) -> list[Any]:
    chunks = ((data, codec.spec) for data in batch) if batch else []
    results = list(codec.run(getattr(codec.codec, name)(chunks)))
    expected, found = (
        ["None" if data is None else "chunk" for data in each] for each in (batch, results)
    )
    codec.assert_equal(found, expected, name, "batched")
    return results


@chunk_check(
    enough=2,
    advice="Keep the state of a call in local variables, not on the codec or its first thread.",
)
def check_threads(codec: CodecHarness) -> None:
    """One codec encodes and decodes different chunks in several threads at a time.

    zarr's pipelines share one codec among the threads of a pool. A codec that is bound to the
    thread that made it, or that keeps state on itself while it works, mixes up the chunks. Such
    pools call the path without event loop; if a codec lacks it, another path is checked.
    """
    path = codec.paths[-1]
    jobs = [(each, each.input()) for each in (codec, with_other_values(codec))] * (_THREADS // 2)

    def work(each: CodecHarness, data: Any) -> None:
        for _ in range(_ROUNDS):
            decoded = each.decode(each.encode(data, path), path)
            each.assert_values(decoded, f"encode and decode in {_THREADS} threads", path)

    with ThreadPoolExecutor(_THREADS, "check_threads") as pool:
        for future in [pool.submit(work, *each) for each in jobs]:
            future.result()
