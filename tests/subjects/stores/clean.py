"""Clean stores, and the bases of broken ones."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

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

HOST = zarr.buffer.cpu.buffer_prototype
_numbers = itertools.count()

# Older versions of zarr break checks by their own stores, and so by all that derive from them.
OLD_ZARR = Version(zarr.__version__) < Version("3.4.2")
# Those checks; fixed one by one until 3.4.2.
FIXED_IN_ZARR_3_4_2 = frozenset(
    {
        "check_bad_values",
        "check_below_a_value",
        "check_byte_ranges",
        "check_byte_ranges_of_many_keys",
        "check_byte_ranges_sync",
        "check_failed_write",
        "check_keeps_no_memory_of_callers",
        "check_many_ranges",
        "check_pickling",
        "check_sizes",
    }
)
# What fails for zarr's own stores: the reasons, by the store and the check.
OF_ZARR = {
    "MemoryStore": {"check_clear_read_only": "zarr/storage/_memory.py: clear() checks nothing"},
    "FsspecStore": {
        "check_clear": "zarr/storage/_fsspec.py: clear() ends at the first directory with a file",
        "check_clear_read_only": "zarr/storage/_fsspec.py: clear() checks nothing",
    },
}
_directory = tempfile.TemporaryDirectory(prefix="zarr-devbuf-subjects-")


def _somewhere() -> str:
    return str(Path(_directory.name) / str(next(_numbers)))


class PlainStore(Store):
    """A clean store that has only the abstract methods of its base; bytes in a dict."""

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
    """A clean wrapper that remembers what it has written, once the underlying store has it."""

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


# What makes each clean store, given the backend on which it is checked.
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
    "LimitedCache": lambda _: lambda: LimitedCache(MemoryStore()),
    "DeviceCache": lambda _: DeviceCache,
}


def make_obstore() -> Store:
    """Make a store on obstore's memory, which keeps its callers' memory."""
    from obstore.store import MemoryStore as Upstream

    return ObjectStore(Upstream())


# What broken stores are made of.


class BothWays(MemoryStore):
    """A `MemoryStore` whose values all pass through `taken` and `given`, synchronously or not."""

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


class Alone(MemoryStore):
    """A `MemoryStore` whose methods do not call one another, so that a subclass can break one."""

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


class Wrapper(CachingStore):
    """A clean wrapper, for broken ones to derive from."""


class LimitedCache(Wrapper):
    """A clean wrapper that keeps some of the values in a second store."""

    max_size = 5000

    def __init__(self, store: Any) -> None:
        super().__init__(store)
        self.cache = MemoryStore()

    def _with_store(self, store: Any) -> Any:
        other = type(self)(store)
        other.cache = self.cache  # of the same contents
        return other

    async def make_room(self, length: int) -> bool:
        if sum(map(len, self.cache._store_dict.values())) + length > self.max_size:
            await self.cache.clear()
        return length <= self.max_size

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        if byte_range is not None:
            return await super().get(key, prototype, byte_range)
        cached = await self.cache.get(key, prototype)
        if cached is not None:
            return cached
        found = await super().get(key, prototype)
        if found is not None and await self.make_room(len(found)):
            await self.cache.set(key, found)
        return found

    async def set(self, key: str, value: Any) -> None:
        await super().set(key, value)
        await self.cache.delete(key)

    async def set_if_not_exists(self, key: str, value: Any) -> None:
        await super().set_if_not_exists(key, value)
        await self.cache.delete(key)

    async def delete(self, key: str) -> None:
        await super().delete(key)
        await self.cache.delete(key)

    async def delete_dir(self, prefix: str) -> None:
        await super().delete_dir(prefix)
        await self.cache.clear()

    async def clear(self) -> None:
        await super().clear()
        await self.cache.clear()


class DeviceCache(BothWays):
    """A clean store that keeps the values which it has read last, in memory of the device."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.read: dict[Any, Any] = {}

    def taken(self, key: str, value: Any) -> None:
        for known in [known for known in self.read if known[0] == key]:
            del self.read[known]

    def given(self, key: str, found: Any, prototype: Any, byte_range: Any) -> Any:
        if byte_range is not None:
            return found
        while len(self.read) > 9:
            del self.read[next(iter(self.read))]
        return self.read.setdefault((key, prototype.buffer), found[:].combine([]))

    def delete_sync(self, key: str) -> None:
        super().delete_sync(key)
        self.taken(key, None)

    async def delete(self, key: str) -> None:
        self.delete_sync(key)

    def with_read_only(self, read_only: bool = False) -> Any:
        store: Any = super().with_read_only(read_only)
        store.read = self.read
        return store

    def __getstate__(self) -> Any:
        return self.__dict__ | {"read": {}}
