"""Wrappers that break if the underlying store fails, is slow, or reads short."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from zarr.storage import MemoryStore, WrapperStore

from tests.subjects.stores.clean import HOST, CachingStore, PlainStore, Wrapper

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class RemembersFirst(CachingStore):
    caught_by = {"bad_values", "failed_write", "underlying_failure", "with_read_only"}

    async def set(self, key: str, value: Any) -> None:
        self.known.add(key)
        await WrapperStore.set(self, key, value)

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        found = await super().get(key, prototype, byte_range)
        if found is None and key in self.known:
            return prototype.buffer.create_zero_length()
        return found


class LosesTheOldValue(Wrapper):
    """Removes what it is about to replace."""

    caught_by = {"underlying_failure"}

    async def set(self, key: str, value: Any) -> None:
        if await self.exists(key) and hasattr(value, "to_bytes"):
            value.to_bytes()
            await self.delete(key)
        await super().set(key, value)


class SaysItIsWritten(Wrapper):
    caught_by = {"failed_write", "underlying_failure"}

    async def set(self, key: str, value: Any) -> None:
        try:
            await super().set(key, value)
        except OSError:
            await asyncio.sleep(0)


class FailedIsMissing(Wrapper):
    caught_by = {"underlying_failure"}

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        try:
            return await super().get(key, prototype, byte_range)
        except OSError as error:
            if error.args and "injected" in str(error):
                return None
            raise


class HoldsWhatFailed(Wrapper):
    """Keeps a buffer for each read in progress, and drops it only if the read succeeds."""

    caught_by_on_sim = {"underlying_failure"}

    def __init__(self, store: Any) -> None:
        super().__init__(store)
        self.under_way: list[Any] = []

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        self.under_way.append(prototype.nd_buffer.create(shape=(2000,), dtype="B", fill_value=0))
        found = await super().get(key, prototype, byte_range)
        self.under_way.pop()
        return found


class InOrderOfArrival(Wrapper):
    caught_by = {"underlying_latency"}

    async def get_partial_values(self, prototype: Any, key_ranges: Any) -> Any:
        tasks = [asyncio.create_task(self.get(key, prototype, part)) for key, part in key_ranges]
        return [await task for task in asyncio.as_completed(tasks)]


class LateIsMissing(Wrapper):
    caught_by = {"underlying_latency"}

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        task = asyncio.ensure_future(super().get(key, prototype, byte_range))
        done, _ = await asyncio.wait([task], timeout=0.0005)
        return task.result() if done else None


class KeepsShortReads(Wrapper):
    """A clean cache: `Store.get` has no length, by which it could know that a read was short."""

    def __init__(self, store: Any) -> None:
        super().__init__(store)
        self.values: dict[Any, Any] = {}

    def _with_store(self, store: Any) -> Any:
        other = type(self)(store)
        other.values = self.values  # of the same contents
        return other

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

    caught_by = {"underlying_short_read"}

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

    caught_by = {"underlying_short_read"}

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        found = await super().get(key, prototype, byte_range)
        if found is None or byte_range is not None:
            return found
        missing = await self._store.getsize(key) - len(found)
        return prototype.buffer.from_bytes(found.to_bytes() + bytes(missing)) if missing else found


class Forwards(PlainStore):
    """Wraps another store, and derives from no class for it."""

    def __init__(self, inner: Any = None) -> None:
        super().__init__()
        self.inner = MemoryStore() if inner is None else inner

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and bool(self.inner == other.inner)

    __hash__ = None

    def with_read_only(self, read_only: bool = False) -> Any:
        raise NotImplementedError

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        return await self.inner.get(key, prototype, byte_range)

    async def set(self, key: str, value: Any) -> None:
        await self.inner.set(key, value)

    async def delete(self, key: str) -> None:
        await self.inner.delete(key)

    async def exists(self, key: str) -> bool:
        return bool(await self.inner.exists(key))

    async def list(self) -> AsyncIterator[str]:
        async for key in self.inner.list():
            yield key

    async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        async for key in self.inner.list_prefix(prefix):
            yield key

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        async for name in self.inner.list_dir(prefix):
            yield name


class ForwardsButNoErrors(Forwards):
    caught_by = {"underlying_failure"}

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        try:
            return await super().get(key, prototype, byte_range)
        except OSError as error:
            if "injected" in str(error):
                return None
            raise


class ForwardsLateOnes(Forwards):
    """Takes what is slow for missing."""

    caught_by = {"underlying_latency"}

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        task = asyncio.ensure_future(super().get(key, prototype, byte_range))
        done, _ = await asyncio.wait([task], timeout=0.0005)
        return task.result() if done else None
