"""Broken stores whose one defect shows in few places: the second time, in parts, when others fail.

`SUBTLE` lists them with the checks that they break, as `BROKEN` of `tests.subjects.stores` does.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.core.buffer import default_buffer_prototype
from zarr.storage import MemoryStore

from tests.subjects.stores import HOST, CachingStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from zarr.abc.store import Store

__all__ = ["NEED_RANGES", "SUBTLE", "StaysLocked", "StaysLockedSync"]


class BothWays(MemoryStore):
    """A `MemoryStore` whose every value passes through `taken` and `given`, either way."""

    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        self.set_sync(key, value)

    def set_sync(self, key: str, value: Any) -> None:
        super().set_sync(key, value)
        self.taken(key, value)

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        return self.get_sync(key, prototype=prototype, byte_range=byte_range)

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        prototype = prototype or default_buffer_prototype()
        found = super().get_sync(key, prototype=prototype, byte_range=byte_range)
        return found if found is None else self.given(key, found, prototype, byte_range)

    def taken(self, key: str, value: Any) -> None:
        pass

    def given(self, key: str, found: Any, prototype: Any, byte_range: Any) -> Any:
        return found


class KeepsLargeValues(BothWays):
    """Copies what is small, and keeps what would take time to copy."""

    def taken(self, key: str, value: Any) -> None:
        if len(value) > 1024:
            self._store_dict[key] = type(value).from_array_like(value.as_array_like())


class KeepsPartsOfBlocks(BothWays):
    """Takes a part of a larger block for something that nobody writes to."""

    def taken(self, key: str, value: Any) -> None:
        array = value.as_array_like()
        if getattr(array, "base", None) is not None and len(value) == 64:
            self._store_dict[key] = type(value).from_array_like(array)


class StagesParts(BothWays):
    """Reads parts of values into one place."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stages: dict[Any, Any] = {}

    def given(self, key: str, found: Any, prototype: Any, byte_range: Any) -> Any:
        if byte_range is None or threading.current_thread().name.startswith("zarr_devbuf check"):
            return found
        stage = self.stages.setdefault((prototype, len(found)), found[:].combine([]))
        stage.as_array_like()[...] = found.as_array_like()
        return stage

    def __getstate__(self) -> Any:
        return self.__dict__ | {"stages": {}}


class RemembersSyncReads(MemoryStore):
    """A cache that is told of what is written by `set_sync`, and of nothing else."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cache: dict[str, Any] = {}

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        prototype = prototype or default_buffer_prototype()
        if key not in self._store_dict or byte_range is not None:
            return super().get_sync(key, prototype=prototype, byte_range=byte_range)
        value = self.cache.setdefault(key, self._store_dict[key])
        return prototype.buffer.from_buffer(value)

    def set_sync(self, key: str, value: Any) -> None:
        self.cache.pop(key, None)
        super().set_sync(key, value)

    async def clear(self) -> None:
        self.cache.clear()
        await super().clear()


class RemembersParts(BothWays):
    """Keeps the parts that it has read, under key and range."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parts: dict[Any, Any] = {}

    def taken(self, key: str, value: Any) -> None:
        for known in [each for each in self.parts if each[0] == key]:
            del self.parts[known]

    def given(self, key: str, found: Any, prototype: Any, byte_range: Any) -> Any:
        if byte_range is None:
            return found
        if len(self.parts) > 4:
            self.parts.clear()
        return self.parts.setdefault((key, byte_range), found)

    async def clear(self) -> None:
        self.parts.clear()
        await super().clear()


class Alone(MemoryStore):
    """Breaks one way of reading or writing; the others do not lead through it."""

    @property
    def twin(self) -> MemoryStore:
        return MemoryStore(self._store_dict, read_only=self.read_only)

    async def get_partial_values(self, prototype: Any, key_ranges: Any) -> Any:
        return await self.twin.get_partial_values(prototype, key_ranges)

    async def _get_many(self, requests: Any) -> Any:
        async for pair in self.twin._get_many(requests):
            yield pair

    async def get_ranges(self, key: str, byte_ranges: Any, **kwargs: Any) -> Any:
        async for group in self.twin.get_ranges(key, byte_ranges, **kwargs):
            yield group

    def get_ranges_sync(self, key: str, byte_ranges: Any, **kwargs: Any) -> Any:
        return self.twin.get_ranges_sync(key, byte_ranges, **kwargs)

    async def _set_many(self, values: Any) -> None:
        await self.twin._set_many(values)

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        return await super().get(key, prototype, byte_range)

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)

    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        await super().set(key, value)

    def set_sync(self, key: str, value: Any) -> None:
        super().set_sync(key, value)


class CutsLargeSyncReads(Alone):
    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        found = super().get_sync(key, prototype=prototype, byte_range=byte_range)
        return found if found is None else found[: 1 << 16]


class CountsSuffixesFromTheStart(Alone):
    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        return await super().get(key, prototype, self._turned(key, byte_range))

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)

    def _turned(self, key: str, byte_range: Any) -> Any:
        length = len(self._store_dict.get(key, b""))
        if isinstance(byte_range, SuffixByteRequest) and byte_range.suffix > length:
            return OffsetByteRequest(max(0, 2 * length - byte_range.suffix))
        return byte_range


class CountsSuffixesFromTheStartSync(CountsSuffixesFromTheStart):
    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        return await Alone.get(self, key, prototype, byte_range)

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        byte_range = self._turned(key, byte_range)
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)


class WritesSmallBlocksWhole(Alone):
    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        await super().set(key, self._block(value))

    def set_sync(self, key: str, value: Any) -> None:
        super().set_sync(key, value)

    @staticmethod
    def _block(value: Any) -> Any:
        array: Any = value.as_array_like() if hasattr(value, "as_array_like") else None
        base: Any = getattr(array, "base", None)
        if base is None or not len(value) < getattr(base, "size", 0) < 4096:
            return value
        return type(value)(base.view(type=type(array)))


class WritesSmallBlocksWholeSync(WritesSmallBlocksWhole):
    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        await Alone.set(self, key, value)

    def set_sync(self, key: str, value: Any) -> None:
        super().set_sync(key, self._block(value))


class CutsLargeRanges(Alone):
    async def get_ranges(self, key: str, byte_ranges: Any, **kwargs: Any) -> Any:
        async for group in super().get_ranges(key, byte_ranges, **kwargs):
            yield [(number, found and found[: 1 << 16]) for number, found in group]


class CutsLargeSyncRanges(Alone):
    def get_ranges_sync(self, key: str, byte_ranges: Any, **kwargs: Any) -> Any:
        pairs = super().get_ranges_sync(key, byte_ranges, **kwargs)
        return [(number, found and found[: 1 << 16]) for number, found in pairs]


class ChunksAsTheIndex(Alone):
    """Reads the chunks of a shard into memory of the kind that its index was read into."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds: dict[str, Any] = {}

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        if isinstance(byte_range, SuffixByteRequest):
            self.kinds[key] = prototype
        return await super().get(key, prototype, byte_range)

    async def get_ranges(self, key: str, byte_ranges: Any, **kwargs: Any) -> Any:
        kwargs["prototype"] = self.kinds.get(key, kwargs["prototype"])
        async for group in super().get_ranges(key, byte_ranges, **kwargs):
            yield group

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)


class ManyAsTheFirst(MemoryStore):
    async def _get_many(self, requests: Any) -> Any:
        requests = list(requests)
        for key, _, byte_range in requests:
            yield key, await self.get(key, requests[0][1], byte_range)


class DropsMissing(MemoryStore):
    async def get_partial_values(self, prototype: Any, key_ranges: Any) -> Any:
        found = await super().get_partial_values(prototype, key_ranges)
        present = [value for value in found if value is not None]
        return present or found


class TakesEmptyForMissing(MemoryStore):
    async def set_if_not_exists(self, key: str, value: Any) -> None:
        if not self._store_dict.get(key):
            await self.set(key, value)


class WritesOnce(MemoryStore):
    """Remembers what it has written, also when it is gone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.written: set[str] = set()

    async def set_if_not_exists(self, key: str, value: Any) -> None:
        if key not in self.written:
            self.written.add(key)
            await super().set_if_not_exists(key, value)


class ListsNothingAtTheRoot(MemoryStore):
    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        if prefix:
            async for name in super().list_dir(prefix):
                yield name


class ListsPaths(MemoryStore):
    """Knows directories one level deep."""

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        start = f"{prefix.rstrip('/')}/" if prefix else ""
        depth = 1 if prefix.count("/") < 2 else 2
        inside = [key.removeprefix(start) for key in self._store_dict if key.startswith(start)]
        for name in {"/".join(key.split("/")[:depth]) for key in inside}:
            yield name


class QuotesKeys(MemoryStore):
    async def list(self) -> AsyncIterator[str]:
        async for key in super().list():
            yield quote(key)


class LosesAccents(MemoryStore):
    """Writes names as ASCII, as some archives do."""

    async def exists(self, key: str) -> bool:
        return key.isascii() and await super().exists(key)


class FindsEmptyByLetters(MemoryStore):
    async def is_empty(self, prefix: str) -> bool:
        return not any(key.startswith(prefix) for key in self._store_dict)


class PicklesWritable(MemoryStore):
    def __reduce__(self) -> Any:
        return type(self), (self._store_dict,)


class EqualsAll(MemoryStore):
    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self))

    __hash__ = None  # type: ignore[assignment]


class RemembersSizes(MemoryStore):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sizes: dict[str, int] = {}

    async def getsize(self, key: str) -> int:
        if key not in self._store_dict:
            raise FileNotFoundError(key)
        return self.sizes.setdefault(key, len(self._store_dict[key]))

    async def clear(self) -> None:
        self.sizes.clear()
        await super().clear()


class DeletesDirectoriesAlways(MemoryStore):
    async def delete_dir(self, prefix: str) -> None:
        for key in tuple(self._store_dict):
            if key.startswith(f"{prefix.rstrip('/')}/" if prefix else ""):
                del self._store_dict[key]


class NoPartOfNothing(BothWays):
    """An empty value has no parts, and so, it thinks, no value."""

    def given(self, key: str, found: Any, prototype: Any, byte_range: Any) -> Any:
        empty = len(self._store_dict[key]) == 0
        return None if empty and byte_range is not None else found


class LastByteOfLaterBlocks(BothWays):
    """Off by one at the end of a range, beyond the first block of 4096 bytes."""

    def given(self, key: str, found: Any, prototype: Any, byte_range: Any) -> Any:
        if isinstance(byte_range, RangeByteRequest) and byte_range.end % 4096 == 0:
            return found[:-1]
        return found


class SixtyFourKibibytes(BothWays):
    """Stages values, of which the rest of a large one is lost."""

    def given(self, key: str, found: Any, prototype: Any, byte_range: Any) -> Any:
        return found[: 1 << 16]


class MixesRangesOfTasks(MemoryStore):
    key: str = ""

    async def get_ranges(self, key: str, byte_ranges: Any, *, prototype: Any, **kwargs: Any) -> Any:
        self.key = key
        await asyncio.sleep(0)
        async for group in super().get_ranges(self.key, byte_ranges, prototype=prototype, **kwargs):
            yield group


class RangesOfNothing(MemoryStore):
    """Has to merge at least one."""

    async def get_ranges(self, key: str, byte_ranges: Any, *, prototype: Any, **kwargs: Any) -> Any:
        first = byte_ranges[0]
        async for group in super().get_ranges(
            key, [first, *byte_ranges[1:]], prototype=prototype, **kwargs
        ):
            yield group


class IndexesAwaited(MemoryStore):
    """Lists by an index, of which only `set` and `delete` know."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.index: dict[str, None] = dict.fromkeys(self._store_dict)

    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        await super().set(key, value)
        self.index[key] = None

    def set_sync(self, key: str, value: Any) -> None:
        super().set_sync(key, value)

    async def list(self) -> AsyncIterator[str]:
        for key in tuple(self.index):
            if key in self._store_dict:
                yield key

    async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        async for key in self.list():
            if key.startswith(prefix):
                yield key

    async def set_if_not_exists(self, key: str, value: Any) -> None:
        await super().set_if_not_exists(key, value)
        self.index[key] = None


class KeepsAllItReads(BothWays):
    """Remembers every buffer that it has given, for statistics."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.history: list[Any] = []

    def given(self, key: str, found: Any, prototype: Any, byte_range: Any) -> Any:
        self.history.append(found)
        return found

    def __getstate__(self) -> Any:
        return self.__dict__ | {"history": []}


# Wrappers, whose defects show when what they wrap fails, is late, or answers too little.


class Wrapper(CachingStore):
    """A clean one, to be broken."""


class LosesTheOldValue(Wrapper):
    """Removes what it is about to replace."""

    async def set(self, key: str, value: Any) -> None:
        if await self.exists(key) and hasattr(value, "to_bytes"):
            value.to_bytes()
            await self.delete(key)
        await super().set(key, value)


class SaysItIsWritten(Wrapper):
    async def set(self, key: str, value: Any) -> None:
        try:
            await super().set(key, value)
        except OSError:
            await asyncio.sleep(0)


class FailedIsMissing(Wrapper):
    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        try:
            return await super().get(key, prototype, byte_range)
        except OSError as error:
            if error.args and "injected" in str(error):
                return None
            raise


class HoldsWhatFailed(Wrapper):
    """Notes what is under way, and strikes it out when it is done, but not when it has failed."""

    def __init__(self, store: Any) -> None:
        super().__init__(store)
        self.under_way: list[Any] = []

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        self.under_way.append(prototype.nd_buffer.create(shape=(2000,), dtype="B", fill_value=0))
        found = await super().get(key, prototype, byte_range)
        self.under_way.pop()
        return found


class InOrderOfArrival(Wrapper):
    async def get_partial_values(self, prototype: Any, key_ranges: Any) -> Any:
        tasks = [asyncio.create_task(self.get(key, prototype, part)) for key, part in key_ranges]
        return [await task for task in asyncio.as_completed(tasks)]


class NamesInOrderOfAsking(Wrapper):
    async def _get_many(self, requests: Any) -> Any:
        requests = list(requests)
        tasks = [asyncio.create_task(self.get(*request)) for request in requests]
        for request, task in zip(requests, asyncio.as_completed(tasks), strict=True):
            yield request[0], await task


class LateIsMissing(Wrapper):
    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        task = asyncio.ensure_future(super().get(key, prototype, byte_range))
        done, _ = await asyncio.wait([task], timeout=0.0005)
        return task.result() if done else None


class KeepsShortReads(Wrapper):
    """A cache that believes what it has read."""

    def __init__(self, store: Any) -> None:
        super().__init__(store)
        self.values: dict[Any, Any] = {}

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        if byte_range is not None:
            return await super().get(key, prototype, byte_range)
        if key not in self.values:
            found = await super().get(key, HOST, None)
            if found is None:
                return None
            self.values[key] = found.to_bytes()
        return prototype.buffer.from_bytes(self.values[key])

    async def set(self, key: str, value: Any) -> None:
        self.values.pop(key, None)
        await super().set(key, value)
        self.values.pop(key, None)

    async def set_if_not_exists(self, key: str, value: Any) -> None:
        self.values.pop(key, None)
        await super().set_if_not_exists(key, value)

    async def _set_many(self, values: Any) -> None:
        for key, value in values:
            await self.set(key, value)

    async def delete(self, key: str) -> None:
        self.values.pop(key, None)
        await super().delete(key)

    async def delete_dir(self, prefix: str) -> None:
        self.values.clear()
        await super().delete_dir(prefix)

    async def clear(self) -> None:
        self.values.clear()
        await super().clear()


class ShortIsMissing(Wrapper):
    """Knows how long a value is, and takes one that is shorter for none."""

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        found = await super().get(key, prototype, byte_range)
        if found is not None and byte_range is None and len(found) < await self._length(key):
            return None
        return found

    async def _length(self, key: str) -> int:
        length: int = await self._store.getsize(key)
        return length


class PadsShortReads(Wrapper):
    """Gives as many bytes as there should be."""

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        found = await super().get(key, prototype, byte_range)
        if found is None or byte_range is not None:
            return found
        missing = await self._store.getsize(key) - len(found)
        return prototype.buffer.from_bytes(found.to_bytes() + bytes(missing)) if missing else found


class StaysLocked(Wrapper):
    """Takes a lock, and gives it back if all goes well."""

    def __init__(self, store: Any) -> None:
        super().__init__(store)
        self.lock = asyncio.Lock()

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        await self.lock.acquire()
        found = await super().get(key, prototype, byte_range)
        self.lock.release()
        return found


class StaysLockedSync(Alone):
    """The same, with a lock of threads, which what awaits does not take: it would stop the loop."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lock = threading.Lock()

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        self.lock.acquire()
        found = super().get_sync(key, prototype=prototype, byte_range=byte_range)
        self.lock.release()
        return found

    def __getstate__(self) -> Any:
        return {name: value for name, value in self.__dict__.items() if name != "lock"}

    def __setstate__(self, state: Any) -> None:
        self.__dict__ |= state
        self.lock = threading.Lock()


def _wrapping(wrapper: type[Any]) -> Callable[[], Store]:
    def make() -> Store:
        store: Store = wrapper(MemoryStore())
        return store

    make.__name__ = wrapper.__name__
    return make


# Broken in nothing but `get_ranges`, which stores have since zarr 3.3.
NEED_RANGES = (ChunksAsTheIndex, MixesRangesOfTasks)

_ANYWHERE = ("cpu", "sim")
_DEVICE = ("sim",)

SUBTLE: tuple[tuple[str, Callable[[], Store], tuple[str, ...], tuple[str, ...]], ...] = (
    ("check_get", SixtyFourKibibytes, _ANYWHERE, ()),
    ("check_get_sync", CutsLargeSyncReads, _ANYWHERE, _ANYWHERE),
    ("check_get_ranges", CutsLargeRanges, _ANYWHERE, _ANYWHERE),
    ("check_get_ranges_sync", CutsLargeSyncRanges, _ANYWHERE, _ANYWHERE),
    ("check_get_partial_values", DropsMissing, _ANYWHERE, _ANYWHERE),
    ("check_get_many", ManyAsTheFirst, _ANYWHERE, _ANYWHERE),
    ("check_byte_ranges", CountsSuffixesFromTheStart, _ANYWHERE, _ANYWHERE),
    ("check_byte_ranges_sync", CountsSuffixesFromTheStartSync, _ANYWHERE, _ANYWHERE),
    ("check_byte_ranges", NoPartOfNothing, _ANYWHERE, ()),
    ("check_byte_ranges", LastByteOfLaterBlocks, _ANYWHERE, ()),
    ("check_many_ranges", RangesOfNothing, _ANYWHERE, _ANYWHERE),
    ("check_set", WritesSmallBlocksWhole, _ANYWHERE, _ANYWHERE),
    ("check_set_sync", WritesSmallBlocksWholeSync, _ANYWHERE, _ANYWHERE),
    ("check_set_if_not_exists", TakesEmptyForMissing, _ANYWHERE, _ANYWHERE),
    ("check_set_if_not_exists", WritesOnce, _ANYWHERE, ()),
    ("check_overwriting", RemembersSyncReads, _ANYWHERE, _ANYWHERE),
    ("check_keeps_no_memory_of_callers", KeepsLargeValues, _ANYWHERE, _ANYWHERE),
    ("check_keeps_no_memory_of_callers", KeepsPartsOfBlocks, _ANYWHERE, _ANYWHERE),
    ("check_reads_stay_as_they_are", StagesParts, _ANYWHERE, ()),
    ("check_frees_memory", KeepsAllItReads, _ANYWHERE, _ANYWHERE),
    ("check_prototypes_in_turn", RemembersParts, _ANYWHERE, _ANYWHERE),
    ("check_shard_reads", ChunksAsTheIndex, _ANYWHERE, _ANYWHERE),
    ("check_sync_and_async_agree", IndexesAwaited, _ANYWHERE, _ANYWHERE),
    ("check_listing", ListsNothingAtTheRoot, _ANYWHERE, _ANYWHERE),
    ("check_listing", ListsPaths, _ANYWHERE, _ANYWHERE),
    ("check_listing", QuotesKeys, _ANYWHERE, _ANYWHERE),
    ("check_listing", FindsEmptyByLetters, _ANYWHERE, _ANYWHERE),
    ("check_exists", LosesAccents, _ANYWHERE, _ANYWHERE),
    ("check_sizes", RemembersSizes, _ANYWHERE, _ANYWHERE),
    ("check_pickle", PicklesWritable, _ANYWHERE, _ANYWHERE),
    ("check_equality", EqualsAll, _ANYWHERE, _ANYWHERE),
    ("check_with_read_only", DeletesDirectoriesAlways, _ANYWHERE, _ANYWHERE),
    ("check_tasks", MixesRangesOfTasks, _ANYWHERE, _DEVICE),
    ("check_failure_beneath", _wrapping(LosesTheOldValue), _ANYWHERE, _ANYWHERE),
    ("check_failure_beneath", _wrapping(SaysItIsWritten), _ANYWHERE, ()),
    ("check_failure_beneath", _wrapping(FailedIsMissing), _ANYWHERE, _ANYWHERE),
    ("check_failure_beneath", _wrapping(HoldsWhatFailed), _DEVICE, _DEVICE),
    ("check_latency_beneath", _wrapping(InOrderOfArrival), _ANYWHERE, _ANYWHERE),
    ("check_latency_beneath", _wrapping(NamesInOrderOfAsking), _ANYWHERE, _ANYWHERE),
    ("check_latency_beneath", _wrapping(LateIsMissing), _ANYWHERE, ()),
    ("check_short_read_beneath", _wrapping(KeepsShortReads), _ANYWHERE, ("cpu",)),
    ("check_short_read_beneath", _wrapping(ShortIsMissing), _ANYWHERE, _ANYWHERE),
    ("check_short_read_beneath", _wrapping(PadsShortReads), _ANYWHERE, _ANYWHERE),
)
