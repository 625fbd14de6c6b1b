"""Stores that return the class of another call."""

from __future__ import annotations

from typing import Any

from zarr.abc.store import SuffixByteRequest
from zarr.core.buffer import default_buffer_prototype
from zarr.storage import MemoryStore

from tests.subjects.stores.clean import HOST, Alone, BothWays
from zarr_devbuf import get_backend


class RemembersClass(MemoryStore):
    """Keeps what it last read a key as, until the key is written again."""

    caught_by = {"frees_memory", "prototypes_in_turn"}
    caught_by_on_sim = {"configuration_switched", "tasks", "threads"}

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


class RemembersLargeClass(RemembersClass):
    """Keeps what is worth keeping."""

    caught_by = {"prototypes_in_turn"}

    def _remember(self, key: str, byte_range: Any, found: Any) -> Any:
        if found is None or len(found) <= 1 << 16:
            return found
        self.read = {known: each for known, each in self.read.items() if known == key}
        return super()._remember(key, byte_range, found)


class IndexClassSticks(MemoryStore):
    """Reads parts of a value as it was first read in part."""

    caught_by = {"prototypes_in_turn", "shard_reads"}

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
    caught_by = {"configuration_switched"}

    default: Any = HOST

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        return await super().get(key, prototype or self.default, byte_range)

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        return super().get_sync(key, prototype=prototype or self.default, byte_range=byte_range)


class AllOnDevice(MemoryStore):
    """Keeps every value in device memory, metadata among them, as zarr's `GpuMemoryStore`."""

    caught_by = {"metadata_stays_on_host"}

    backend_name = "sim"

    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        await super().set(key, self._move(value))

    def set_sync(self, key: str, value: Any) -> None:
        super().set_sync(key, self._move(value))

    def _move(self, value: Any) -> Any:
        device = get_backend(self.backend_name).TestBuffer
        return device.from_buffer(value) if isinstance(value, HOST.buffer) else value


class RemembersParts(BothWays):
    """Keeps the parts that it has read, under key and range."""

    caught_by = {"prototypes_in_turn"}

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


class ChunksAsTheIndex(Alone):
    """Reads the chunks of a shard into memory of the kind that its index was read into."""

    caught_by = {"shard_reads"}
    needs_ranges = True

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
