"""Checks about how a codec is called: alone, in batches, without event loop, in threads."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from zarr_devbuf.checks._child_process import assert_works_in_child, require_fork
from zarr_devbuf.checks._harness import in_time
from zarr_devbuf.checks.codec.for_each_chunk import CodecHarness, chunk_check
from zarr_devbuf.checks.codec.host_result import with_other_values
from zarr_devbuf.checks.errors import during, violated

if TYPE_CHECKING:
    from zarr_devbuf.checks.codec.harness import CallPath

_RACE = (
    "Keep what belongs to one chunk in local variables, not on the codec: the chunks of a batch "
    "are encoded at the same time."
)
_THREADS = 4
_ROUNDS = 3


@chunk_check(
    advice="Let all methods that encode write one format, and read it.",
    source="documented",
    severity="read wrong",
)
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
    advice="Return one result for each chunk of the batch, in their order, and None for None.",
    source="documented",
    severity="stored wrong",
)
def check_batches(codec: CodecHarness) -> None:
    """A batch keeps its order and length; chunks that are missing (None) stay missing.

    Source: ``encode`` and ``decode`` of zarr's `BaseCodec` take an iterable, which may be empty and
    may be a generator, of chunks, "in which case they are ignored" if they are None.
    """
    if not codec.makes_batches:
        # Zarr keeps their order: what mixes them up is a race.
        codec = replace(codec, advice=_RACE)
    other = with_other_values(codec)
    batch = [codec.input(), None, other.input(), None]
    encoded = _batch(codec, "encode", batch)
    decoded = _batch(codec, "decode", encoded)
    codec.assert_values(decoded[0], "encode and decode, first of a batch")
    other.assert_values(decoded[2], "encode and decode, third of a batch")
    for name in ("encode", "decode"):
        for nothing in ([], [None], [None, None, None]):
            _batch(codec, name, nothing)


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
    source="precedent",
    severity="stored wrong",
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


@chunk_check(
    enough=2,
    advice="Keep no event loop, lock, queue or task of asyncio on the codec or in a module; make "
    "them in the call, or by loop.",
    source="precedent",
    severity="raises",
)
def check_event_loops(codec: CodecHarness) -> None:
    """One codec works on several event loops, one after the other.

    Zarr's synchronous functions run codecs on a loop in a thread of zarr's, its asynchronous ones
    on the user's, of which there is a new one with each `asyncio.run`. A lock or a task of asyncio
    belongs to the loop that it was first used on. By the asynchronous call paths, with several
    chunks at a time. Source: zarr's own locks and semaphores are made by loop.
    """
    for path in [each for each in codec.paths if each != "sync"]:
        for number, run in enumerate((codec.run, asyncio.run, asyncio.run, codec.run), 1):
            where = f"event loop {number}, by {'zarr' if run is codec.run else 'asyncio.run'}"
            case = codec.about(f"encode and decode on {where}", path)
            with during(case):
                results = in_time(partial(run, _several(codec, path)), case)
            for decoded in results:
                codec.assert_values(decoded, f"encode and decode on {where}", path)


async def _several(codec: CodecHarness, path: CallPath) -> list[Any]:
    """Encode and decode one chunk three times, at the same time."""

    async def once() -> Any:
        encoded = await codec.call_async("encode", codec.input(), path)
        return await codec.call_async("decode", encoded, path)

    return list(await asyncio.gather(once(), once(), once()))


@chunk_check(
    enough=1,
    advice="Make pools, locks and handles again in the child: `os.register_at_fork(...)`, or keep "
    "the process id beside them.",
    source="precedent",
    severity="raises",
)
def check_fork(codec: CodecHarness) -> None:
    """A codec that was used works in a process that is forked then.

    Data loaders fork (PyTorch's do), and so does `multiprocessing` on Linux before Python 3.14. The
    child has none of its parent's threads: a pool that waits for them waits for ever, and a lock
    that one of them held stays locked. Source: zarr makes its own threads and event loop again
    after a fork.
    """
    require_fork(codec.on)
    alone = replace(codec, run=asyncio.run)

    def use() -> None:
        for path in codec.paths:
            alone.assert_round_trip(path, "encode and decode in a forked process")

    for path in codec.paths:
        codec.assert_round_trip(path)
    assert_works_in_child(use, codec.about("encode and decode"), advice=codec.advice)
