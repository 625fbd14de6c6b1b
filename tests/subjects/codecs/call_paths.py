"""Codecs that are wrong in one call path, in batches or in threads."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, ClassVar

from tests.subjects.codecs.base import IN_ARRAYS, PARTS, Stateful, array_of, elsewhere, size_of
from tests.subjects.codecs.clean import Raw, Xor

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer, NDBuffer
    from zarr.core.array_spec import ArraySpec


class OtherFormatInSync(Xor):
    """Writes and reads another format in the path without event loop."""

    codec_name = "test.other_format_in_sync"
    caught_by = {"paths_agree", "prototype_of_the_spec", "memory_layouts"}

    def _encode_sync(self, data: Buffer, spec: ArraySpec) -> Any:
        return Xor(self.key ^ 1).encoded(data, spec)

    def _decode_sync(self, data: Buffer, spec: ArraySpec) -> Any:
        return Xor(self.key ^ 1).decoded(data, spec)


class NewFormatInSync(Raw):
    """Writes a new format in the path without event loop, and reads both formats there alone."""

    codec_name = "test.new_format_in_sync"
    caught_by = {"paths_agree"}
    is_fixed_size = False

    def compute_encoded_size(self, _input_byte_length: int, _spec: ArraySpec) -> int:
        raise NotImplementedError

    def _encode_sync(self, data: NDBuffer, spec: ArraySpec) -> Any:
        done = Raw.encoded(self, data, spec)
        return done + done[:1]

    def _decode_sync(self, data: Buffer, spec: ArraySpec) -> Any:
        nbytes = size_of(spec) * spec.dtype.to_native_dtype().itemsize
        return Raw.decoded(self, data[:nbytes], spec)


class ForgetsMissing(Xor):
    """Leaves missing chunks out of a batch."""

    codec_name = "test.forgets_missing"
    caught_by = {"batches"}

    async def encode(self, chunks_and_specs: Any) -> Any:
        return [self.encoded(data, spec) for data, spec in chunks_and_specs if data is not None]


class AsTheyCome(Xor):
    """Returns the chunks of a batch in the order in which they are done."""

    codec_name = "test.as_they_come"
    caught_by = {"batches"}

    async def decode(self, chunks_and_specs: Any) -> Any:
        done = [data and self.decoded(data, spec) for data, spec in chunks_and_specs]
        chunks = [each for each in done if each is not None][::-1]
        return [each and chunks.pop(0) for each in done]


class ReadsAgain(Xor):
    """Iterates over a batch twice, which a generator does not support."""

    codec_name = "test.reads_again"
    caught_by = {"batches", "in_array", "in_shards"}

    async def encode(self, chunks_and_specs: Any) -> Any:
        if not isinstance(chunks_and_specs, list):
            chunks_and_specs = iter(chunks_and_specs)
        count = sum(data is not None for data, _ in chunks_and_specs)
        done = [data and self.encoded(data, spec) for data, spec in chunks_and_specs]
        return done if count else []


class KnowsByLength(Stateful):
    """Identifies chunks by their length and their first bytes."""

    codec_name = "test.knows_by_length"
    caught_by = {"batches", "memory_is_released", "missing_chunks", "threads"} | IN_ARRAYS

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        if not elsewhere(data):
            return Xor.decoded(self, data, spec)
        known = self.__dict__.setdefault("_known", {})
        key = (len(data), data[:8].to_bytes())
        if key not in known:
            known[key] = Xor.decoded(self, data, spec)
        return spec.prototype.buffer.from_array_like(array_of(known[key]).copy())


class OneAtATime(Stateful):
    """Keeps the chunk that it encodes on itself, and yields to other threads."""

    codec_name = "test.one_at_a_time"
    caught_by = {"threads"}
    # zarr's pipelines run in threads, which meet there by chance.
    may_be_caught_by = IN_ARRAYS | PARTS

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        object.__setattr__(self, "_data", data)
        time.sleep(0.001)
        return Xor.encoded(self, self.__dict__["_data"], spec)


class OneTaskAtATime(OneAtATime):
    """Keeps the chunk that it encodes on itself, and yields to other tasks."""

    codec_name = "test.one_task_at_a_time"
    caught_by = {"batches", "in_array", "in_shards"}
    encoded = Xor.encoded

    async def _encode_single(self, data: Buffer, spec: ArraySpec) -> Any:
        object.__setattr__(self, "_data", data)
        await asyncio.sleep(0)
        return Xor.encoded(self, self.__dict__["_data"], spec)


class OtherThread(Stateful):
    """Is made for the thread that it was first used in, and does nothing in others."""

    codec_name = "test.other_thread"
    caught_by = {"threads"} | IN_ARRAYS | PARTS

    def _decode_sync(self, data: Buffer, spec: ArraySpec) -> Any:
        if threading.current_thread().name.startswith(("check_threads", "ThreadPool")):
            return data
        return Xor.decoded(self, data, spec)


_POOL = ThreadPoolExecutor(2, "subject")


class Pooled(Xor):
    """Works in threads, which a fork leaves behind."""

    codec_name = "test.pooled"
    caught_by = {"fork"}

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        return _POOL.submit(Xor.decoded, self, data, spec).result()


class FirstLoop(Stateful):
    """Keeps a lock that belongs to the first event loop on which it was waited for."""

    codec_name = "test.first_loop"
    caught_by = {"event_loops"}
    lock: ClassVar[asyncio.Lock] = asyncio.Lock()

    async def _encode_single(self, data: Buffer, spec: ArraySpec) -> Any:
        async with self.lock:
            await asyncio.sleep(0)
            return Xor.encoded(self, data, spec)


class NothingInBatch(Xor):
    """Looks at the first chunk of a batch that is there."""

    codec_name = "test.nothing_in_batch"
    caught_by = {"batches", "in_array", "in_shards"}

    async def decode(self, chunks_and_specs: Any) -> Any:
        batch = list(chunks_and_specs)
        there = [data for data, _ in batch if data is not None]
        if batch and there[0] is None:
            return []
        return [data and self.decoded(data, spec) for data, spec in batch]
