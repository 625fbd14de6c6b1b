"""Stores to judge: clean ones, and for each check one that breaks it."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr
import zarr.buffer.cpu
from packaging.version import Version
from zarr.abc.store import OffsetByteRequest, RangeByteRequest, Store, SuffixByteRequest
from zarr.core.buffer import default_buffer_prototype
from zarr.storage import FsspecStore, LocalStore, MemoryStore, ObjectStore, WrapperStore, ZipStore

from zarr_devbuf import ExpectingStore, get_backend
from zarr_devbuf.faults import FaultyStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

__all__ = ["BROKEN", "CLEAN", "MENDED", "OLD_ZARR", "CachingStore", "PlainStore", "make_obstore"]

HOST = zarr.buffer.cpu.buffer_prototype
_numbers = itertools.count()

# What zarr's own stores, and so those on top of them, broke before: mended one by one until 3.4.2.
OLD_ZARR = Version(zarr.__version__) < Version("3.4.2")
MENDED = frozenset(
    {
        "check_bad_values",
        "check_byte_ranges",
        "check_byte_ranges_of_many_keys",
        "check_byte_ranges_sync",
        "check_failed_write",
        "check_keeps_no_memory_of_callers",
        "check_many_ranges",
        "check_pickle",
        "check_sizes",
    }
)
_directory = tempfile.TemporaryDirectory(prefix="zarr-devbuf-subjects-")


def _somewhere() -> str:
    return str(Path(_directory.name) / str(next(_numbers)))


class PlainStore(Store):
    """A clean store that has only what the abstract class demands; bytes in a dict."""

    supports_writes = True
    supports_deletes = True
    supports_listing = True

    def __init__(
        self, contents: dict[str, bytes] | None = None, *, read_only: bool = False
    ) -> None:
        super().__init__(read_only=read_only)
        self.contents = {} if contents is None else contents

    def with_read_only(self, read_only: bool = False) -> Any:
        return type(self)(self.contents, read_only=read_only)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.contents == other.contents

    __hash__ = None  # type: ignore[assignment]

    def find(self, key: str, prototype: Any, byte_range: Any) -> Any:
        data = self.contents.get(key)
        if data is None:
            return None
        if isinstance(byte_range, RangeByteRequest):
            data = data[byte_range.start : byte_range.end]
        elif isinstance(byte_range, OffsetByteRequest):
            data = data[byte_range.offset :]
        elif isinstance(byte_range, SuffixByteRequest):
            data = data[max(0, len(data) - byte_range.suffix) :]
        return prototype.buffer.from_bytes(data)

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        return self.find(key, prototype, byte_range)

    async def get_partial_values(self, prototype: Any, key_ranges: Any) -> Any:
        return [await self.get(key, prototype, part) for key, part in key_ranges]

    async def set(self, key: str, value: Any) -> None:
        self._check_writable()
        self.contents[key] = value.to_bytes()

    async def delete(self, key: str) -> None:
        self._check_writable()
        self.contents.pop(key, None)

    async def exists(self, key: str) -> bool:
        return key in self.contents

    async def list(self) -> AsyncIterator[str]:
        for key in tuple(self.contents):
            yield key

    async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        for key in tuple(self.contents):
            if key.startswith(prefix):
                yield key

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        prefix = f"{prefix.rstrip('/')}/" if prefix else ""
        inside = [key.removeprefix(prefix) for key in self.contents if key.startswith(prefix)]
        for name in {key.partition("/")[0] for key in inside}:
            yield name


class CachingStore(WrapperStore[Any]):
    """A clean wrapper that remembers what it has written, once the store beneath has it."""

    def __init__(self, store: Any) -> None:
        super().__init__(store)
        self.known: set[str] = set()

    @property
    def _supports_sync_io(self) -> bool:
        return False

    async def set(self, key: str, value: Any) -> None:
        await super().set(key, value)
        self.known.add(key)

    async def delete(self, key: str) -> None:
        self.known.discard(key)
        await super().delete(key)

    async def exists(self, key: str) -> bool:
        return key in self.known or await super().exists(key)

    async def delete_dir(self, prefix: str) -> None:
        self.known.clear()
        await super().delete_dir(prefix)

    async def clear(self) -> None:
        self.known.clear()
        await super().clear()


# What every clean store is made by, given the backend that it is judged on.
CLEAN: dict[str, Callable[[Any], Callable[[], Store]]] = {
    "MemoryStore": lambda _: MemoryStore,
    "LocalStore": lambda _: lambda: LocalStore(_somewhere()),
    "ZipStore": lambda _: lambda: ZipStore(f"{_somewhere()}.zip", mode="w"),
    "FsspecStore": lambda _: lambda: FsspecStore.from_url(f"memory://zarr-devbuf-{next(_numbers)}"),
    "StoreExpectingTestBuffer": lambda backend: get_backend(backend.name).StoreExpectingTestBuffer,
    "ExpectingStore(MemoryStore)": lambda backend: (
        lambda: ExpectingStore(MemoryStore(), backend=backend)
    ),
    "ExpectingStore(LocalStore)": lambda backend: (
        lambda: ExpectingStore(LocalStore(_somewhere()), backend=backend)
    ),
    "FaultyStore(MemoryStore)": lambda _: lambda: FaultyStore(MemoryStore()),
    "PlainStore": lambda _: PlainStore,
    "CachingStore": lambda _: lambda: CachingStore(MemoryStore()),
    "wrapped PlainStore": lambda _: lambda: WrapperStore(PlainStore()),
}


def make_obstore() -> Store:
    """Make a store on obstore's memory, which keeps the memory of its callers."""
    from obstore.store import MemoryStore as Upstream

    return ObjectStore(Upstream())


# The broken ones, by the check that they break.


class HostClass(MemoryStore):
    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        return await super().get(key, HOST, byte_range)

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        return super().get_sync(key, prototype=HOST, byte_range=byte_range)


class HostClassSync(MemoryStore):
    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        return await super().get(key, prototype, byte_range)

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        return super().get_sync(key, prototype=HOST, byte_range=byte_range)


class AnswersOnce(MemoryStore):
    async def get_partial_values(self, prototype: Any, key_ranges: Any) -> Any:
        return await super().get_partial_values(prototype, dict.fromkeys(key_ranges))


class MixesKeys(MemoryStore):
    async def _get_many(self, requests: Any) -> Any:
        requests = list(requests)
        for asked, answered in zip(requests, reversed(requests), strict=True):
            yield asked[0], await self.get(*answered)


class RangesOfDefault(MemoryStore):
    async def get_ranges(self, key: str, byte_ranges: Any, *, prototype: Any, **kwargs: Any) -> Any:
        default = default_buffer_prototype()
        async for group in super().get_ranges(key, byte_ranges, prototype=default, **kwargs):
            yield group


class RangesSyncOfDefault(MemoryStore):
    def get_ranges_sync(self, key: str, byte_ranges: Any, *, prototype: Any, **kwargs: Any) -> Any:
        default = default_buffer_prototype()
        return super().get_ranges_sync(key, byte_ranges, prototype=default, **kwargs)


class EmptyForMissing(MemoryStore):
    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        found = await super().get(key, prototype, byte_range)
        if found is None and byte_range is not None:
            return prototype.buffer.create_zero_length()
        return found

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)


def _wrapping(length: int, byte_range: Any) -> Any:
    """What slicing from the end does to a suffix that is longer than the value."""
    if isinstance(byte_range, SuffixByteRequest) and byte_range.suffix > length:
        return OffsetByteRequest(max(0, 2 * length - byte_range.suffix))
    return byte_range


class LongSuffix(MemoryStore):
    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        length = len(self._store_dict.get(key, b""))
        return await super().get(key, prototype, _wrapping(length, byte_range))

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)


class LongSuffixSync(MemoryStore):
    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        return await super().get(key, prototype, byte_range)

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        length = len(self._store_dict.get(key, b""))
        return super().get_sync(key, prototype=prototype, byte_range=_wrapping(length, byte_range))


class NeighboursRange(MemoryStore):
    async def get_partial_values(self, prototype: Any, key_ranges: Any) -> Any:
        requests = list(key_ranges)
        ranges = [part for _, part in requests]
        shifted = [
            (key, part) for (key, _), part in zip(requests, ranges[-1:] + ranges, strict=False)
        ]
        return await super().get_partial_values(prototype, shifted)


class CutsMergedWrong(MemoryStore):
    async def get_ranges(self, key: str, byte_ranges: Any, *, prototype: Any, **kwargs: Any) -> Any:
        bounded = [each for each in byte_ranges if isinstance(each, RangeByteRequest)]
        if len(bounded) < 2:
            async for group in super().get_ranges(key, byte_ranges, prototype=prototype, **kwargs):
                yield group
            return
        start = bounded[0].start
        end = max(each.end for each in bounded)
        merged = await self.get(key, prototype, RangeByteRequest(start, end))
        assert merged is not None
        for number, each in enumerate(byte_ranges):
            if isinstance(each, RangeByteRequest):
                yield [(number, merged[max(0, each.start - start) : each.end - start])]
            else:
                yield [(number, await self.get(key, prototype, each))]


class WritesWholeBlock(MemoryStore):
    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        await super().set(key, self._block(value))

    def set_sync(self, key: str, value: Any) -> None:
        super().set_sync(key, self._block(value))

    @staticmethod
    def _block(value: Any) -> Any:
        array: Any = value.as_array_like()
        base: Any = getattr(array, "base", None)
        if getattr(base, "size", 0) > array.size:
            return type(value)(base.view(type=type(array)) if base.ndim == 1 else array)
        return value


class LosesEmptySync(MemoryStore):
    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        await super().set(key, value)

    def set_sync(self, key: str, value: Any) -> None:
        if not hasattr(value, "as_array_like") or len(value):
            super().set_sync(key, value)


class OverwritesExisting(MemoryStore):
    async def set_if_not_exists(self, key: str, value: Any) -> None:
        await self.set(key, value)


class LimitsMany(MemoryStore):
    async def _set_many(self, values: Any) -> None:
        await super()._set_many(itertools.islice(values, 3))


class LeavesTail(MemoryStore):
    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        old = self._store_dict.get(key)
        await super().set(key, value)
        self._mend(key, old)

    def set_sync(self, key: str, value: Any) -> None:
        old = self._store_dict.get(key)
        super().set_sync(key, value)
        self._mend(key, old)

    def _mend(self, key: str, old: Any) -> None:
        new = self._store_dict[key]
        if old is not None and 0 < len(new) < len(old):
            self._store_dict[key] = new + old[len(new) :]


class TakesBytes(MemoryStore):
    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        await super().set(key, self._wrap(value))

    def set_sync(self, key: str, value: Any) -> None:
        super().set_sync(key, self._wrap(value))

    @staticmethod
    def _wrap(value: Any) -> Any:
        return HOST.buffer.from_bytes(value) if isinstance(value, bytes) else value


class KeepsBuffers(MemoryStore):
    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        self._check_writable()
        self._store_dict[key] = type(value).from_array_like(value.as_array_like())

    def set_sync(self, key: str, value: Any) -> None:
        self._check_writable()
        self._store_dict[key] = type(value).from_array_like(value.as_array_like())


class UpdatesInPlace(MemoryStore):
    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        if not self._update(key, value):
            await super().set(key, value)

    def set_sync(self, key: str, value: Any) -> None:
        if not self._update(key, value):
            super().set_sync(key, value)

    def _update(self, key: str, value: Any) -> bool:
        old: Any = self._store_dict.get(key)
        if type(old) is not type(value) or len(old) != len(value):
            return False
        old.as_array_like()[...] = value.as_array_like()
        return True


class RemembersClass(MemoryStore):
    """Keeps what it last read a key as, until the key is written again."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.read: dict[Any, Any] = {}

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        found = await super().get(key, prototype, byte_range)
        return self._remember(key, byte_range, found)

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        found = super().get_sync(key, prototype=prototype, byte_range=byte_range)
        return self._remember(key, byte_range, found)

    def _remember(self, key: str, byte_range: Any, found: Any) -> Any:
        if found is None or byte_range is not None:
            return found
        stored = self._store_dict[key]
        source, first = self.read.setdefault(key, (stored, found))
        if source is not stored:
            self.read[key] = (stored, found)
            return found
        return first


class IndexClassSticks(MemoryStore):
    """Reads parts of a value as it was first read in part."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prototypes: dict[str, Any] = {}

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        return await super().get(key, self._of(key, prototype, byte_range), byte_range)

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        prototype = self._of(key, prototype or default_buffer_prototype(), byte_range)
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)

    def _of(self, key: str, prototype: Any, byte_range: Any) -> Any:
        return prototype if byte_range is None else self.prototypes.setdefault(key, prototype)


class DefaultAtImport(MemoryStore):
    default: Any = HOST

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        return await super().get(key, prototype or self.default, byte_range)

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        return super().get_sync(key, prototype=prototype or self.default, byte_range=byte_range)


class AllOnDevice(MemoryStore):
    """Keeps every value in device memory, metadata among them, as zarr's `GpuMemoryStore`."""

    backend_name = "sim"

    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        await super().set(key, self._move(value))

    def set_sync(self, key: str, value: Any) -> None:
        super().set_sync(key, self._move(value))

    def _move(self, value: Any) -> Any:
        device = get_backend(self.backend_name).TestBuffer
        return device.from_buffer(value) if isinstance(value, HOST.buffer) else value


class StaleSyncCache(MemoryStore):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cache: dict[str, Any] = {}

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        value = self._store_dict.get(key)
        if value is not None:
            self.cache[key] = value
        elif key in self.cache:
            return (prototype or default_buffer_prototype()).buffer.from_buffer(self.cache[key])
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)

    def delete_sync(self, key: str) -> None:
        self.cache.pop(key, None)
        super().delete_sync(key)


class HalfSync(PlainStore):
    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        return self.find(key, prototype or default_buffer_prototype(), byte_range)


class CountsAwaited(MemoryStore):
    count = 0

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        self.count += 1
        return await super().get(key, prototype, byte_range)


class Detours(MemoryStore):
    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        return self._round_trip(await super().get(key, prototype, byte_range), prototype)

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        found = super().get_sync(key, prototype=prototype, byte_range=byte_range)
        return self._round_trip(found, prototype or default_buffer_prototype())

    @staticmethod
    def _round_trip(found: Any, prototype: Any) -> Any:
        return found if found is None else prototype.buffer.from_bytes(found.to_bytes())


class HandsHostMemory(PlainStore):
    def find(self, key: str, prototype: Any, byte_range: Any) -> Any:
        found = super().find(key, HOST, byte_range)
        if found is None or issubclass(HOST.buffer, prototype.buffer):
            return found
        return prototype.buffer(np.frombuffer(found.to_bytes(), "B"))


class ListsTwice(MemoryStore):
    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        for key in tuple(self._store_dict):
            if key.startswith(f"{prefix}/"):
                yield key.removeprefix(f"{prefix}/").partition("/")[0]


class ListsNothing(PlainStore):
    supports_listing = False

    async def list(self) -> AsyncIterator[str]:
        nothing: tuple[str, ...] = ()
        for key in nothing:
            yield key


class PrefixesExist(MemoryStore):
    async def exists(self, key: str) -> bool:
        return any(each.startswith(key) for each in self._store_dict)


class SizeOfNothing(MemoryStore):
    async def getsize(self, key: str) -> int:
        return len(self._store_dict.get(key, b""))


class DeletesNeighbours(MemoryStore):
    async def delete_dir(self, prefix: str) -> None:
        for key in tuple(self._store_dict):
            if key.startswith(prefix):
                await self.delete(key)


class DeletesSilently(PlainStore):
    supports_deletes = False

    async def clear(self) -> None:
        self.contents.clear()


class KeepsMetadata(MemoryStore):
    async def clear(self) -> None:
        for key in tuple(self._store_dict):
            if not key.endswith("zarr.json"):
                await self.delete(key)


class PicklesEmpty(MemoryStore):
    def __reduce__(self) -> Any:
        return type(self), ()


class ForgetsReadOnly(PlainStore):
    async def set(self, key: str, value: Any) -> None:
        self.contents[key] = value.to_bytes()


class ForgetsOneWay(MemoryStore):
    async def set_if_not_exists(self, key: str, value: Any) -> None:
        self._store_dict.setdefault(key, type(value).from_array_like(value.as_array_like().copy()))


class PrototypeOfLastTask(MemoryStore):
    current: Any = None

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        self.current = prototype
        await asyncio.sleep(0)
        return await super().get(key, self.current, byte_range)

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)


class PrototypeOfLastThread(MemoryStore):
    current: Any = None

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        return await super().get(key, prototype, byte_range)

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        self.current = prototype
        time.sleep(0.0002)
        return super().get_sync(key, prototype=self.current, byte_range=byte_range)


class AnyErrorIsMissing(MemoryStore):
    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        try:
            return await super().get(key, prototype, byte_range)
        except OSError:
            return None

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        try:
            return super().get_sync(key, prototype=prototype, byte_range=byte_range)
        except OSError:
            return None


class DeletesFirst(PlainStore):
    async def set(self, key: str, value: Any) -> None:
        self._check_writable()
        self.contents.pop(key, None)
        self.contents[key] = value.to_bytes()


class NoMemoryIsMissing(PlainStore):
    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        try:
            return await super().get(key, prototype, byte_range)
        except MemoryError:
            return None


class HoldsAfterFailure(PlainStore):
    """Reads into a staging area on the device, and gives it back only if all goes well."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.staging: list[Any] = []

    def find(self, key: str, prototype: Any, byte_range: Any) -> Any:
        found = super().find(key, prototype, byte_range)
        if found is not None:
            self.staging.append(found)
            found = prototype.buffer(found.as_array_like().copy())
            self.staging.pop()
        return found


class RemembersFirst(CachingStore):
    async def set(self, key: str, value: Any) -> None:
        self.known.add(key)
        await WrapperStore.set(self, key, value)

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        found = await super().get(key, prototype, byte_range)
        if found is None and key in self.known:
            return prototype.buffer.create_zero_length()
        return found


class ForgetsChunks(MemoryStore):
    """Has room for so few values that a single one, or two, never show it."""

    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        await super().set(key, value)
        self._forget()

    def set_sync(self, key: str, value: Any) -> None:
        super().set_sync(key, value)
        self._forget()

    def _forget(self) -> None:
        chunks = [key for key in tuple(self._store_dict) if key.endswith(("/c/0/0", "/c/3/1"))]
        if len(chunks) > 1:
            self._store_dict.pop(chunks[0])


_ANYWHERE = ("cpu", "sim")
_DEVICE = ("sim",)

# For each check: the store that breaks it, on which backends, and on which of those no other check
# would tell. Elsewhere checks overlap: most read what they judge by `get`.
BROKEN: tuple[tuple[str, Callable[[], Store], tuple[str, ...], tuple[str, ...]], ...] = (
    ("check_get", HostClass, _ANYWHERE, ()),
    ("check_get_sync", HostClassSync, _ANYWHERE, ()),
    ("check_get_partial_values", AnswersOnce, _ANYWHERE, _ANYWHERE),
    ("check_get_many", MixesKeys, _ANYWHERE, _ANYWHERE),
    ("check_get_ranges", RangesOfDefault, _ANYWHERE, ()),
    ("check_get_ranges_sync", RangesSyncOfDefault, _ANYWHERE, ()),
    ("check_missing_keys", EmptyForMissing, _ANYWHERE, _ANYWHERE),
    ("check_byte_ranges", LongSuffix, _ANYWHERE, ()),
    ("check_byte_ranges_sync", LongSuffixSync, _ANYWHERE, ()),
    ("check_byte_ranges_of_many_keys", NeighboursRange, _ANYWHERE, _ANYWHERE),
    ("check_many_ranges", CutsMergedWrong, _ANYWHERE, _DEVICE),
    ("check_set", WritesWholeBlock, _ANYWHERE, ()),
    ("check_set_sync", LosesEmptySync, _ANYWHERE, ()),
    ("check_set_if_not_exists", OverwritesExisting, _ANYWHERE, _ANYWHERE),
    ("check_set_many", LimitsMany, _ANYWHERE, _ANYWHERE),
    ("check_overwriting", LeavesTail, _ANYWHERE, ()),
    ("check_bad_values", TakesBytes, _ANYWHERE, _ANYWHERE),
    ("check_keeps_no_memory_of_callers", KeepsBuffers, _ANYWHERE, _ANYWHERE),
    ("check_reads_stay_as_they_are", UpdatesInPlace, _ANYWHERE, _ANYWHERE),
    ("check_prototypes_in_turn", RemembersClass, _ANYWHERE, ()),
    ("check_shard_reads", IndexClassSticks, _ANYWHERE, ()),
    ("check_configured_prototype", DefaultAtImport, _ANYWHERE, _ANYWHERE),
    ("check_metadata_stays_on_host", AllOnDevice, _DEVICE, _DEVICE),
    ("check_sync_and_async_agree", StaleSyncCache, _ANYWHERE, _ANYWHERE),
    ("check_sync_surface", HalfSync, _ANYWHERE, _ANYWHERE),
    ("check_sync_overrides", CountsAwaited, _ANYWHERE, _ANYWHERE),
    ("check_transfers", Detours, _DEVICE, _DEVICE),
    ("check_implicit_transfers", HandsHostMemory, _DEVICE, _DEVICE),
    ("check_listing", ListsTwice, _ANYWHERE, _ANYWHERE),
    ("check_listing", ListsNothing, _ANYWHERE, _ANYWHERE),
    ("check_exists", PrefixesExist, _ANYWHERE, _ANYWHERE),
    ("check_sizes", SizeOfNothing, _ANYWHERE, _ANYWHERE),
    ("check_delete", DeletesNeighbours, _ANYWHERE, _ANYWHERE),
    ("check_delete", DeletesSilently, _ANYWHERE, _ANYWHERE),
    ("check_clear", KeepsMetadata, _ANYWHERE, _ANYWHERE),
    ("check_pickle", PicklesEmpty, _ANYWHERE, _ANYWHERE),
    ("check_read_only", lambda: ForgetsReadOnly(read_only=True), _ANYWHERE, _ANYWHERE),
    ("check_with_read_only", ForgetsOneWay, _ANYWHERE, _ANYWHERE),
    ("check_tasks", PrototypeOfLastTask, _ANYWHERE, _ANYWHERE),
    ("check_threads", PrototypeOfLastThread, _ANYWHERE, _ANYWHERE),
    ("check_failed_read", AnyErrorIsMissing, _ANYWHERE, _ANYWHERE),
    ("check_failed_write", DeletesFirst, _ANYWHERE, _ANYWHERE),
    ("check_out_of_device_memory", NoMemoryIsMissing, _DEVICE, _DEVICE),
    ("check_out_of_device_memory", HoldsAfterFailure, _DEVICE, _DEVICE),
    ("check_failure_beneath", lambda: RemembersFirst(MemoryStore()), _ANYWHERE, ()),
    ("check_arrays", ForgetsChunks, _ANYWHERE, _ANYWHERE),
)
