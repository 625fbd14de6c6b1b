"""Stores that read wrongly: by one method, in one class, or from the size of 64 KiB on."""

from __future__ import annotations

from typing import Any

from zarr.core.buffer import default_buffer_prototype
from zarr.storage import MemoryStore

from tests.subjects.stores.clean import HOST, Alone, BothWays

# From here on, values are not staged.
_STREAMED = 80_000


def _staged(found: Any, byte_range: Any) -> Any:
    whole = byte_range is not None or found is None or len(found) >= _STREAMED
    return found if whole else found[: 1 << 16]


class HostClass(MemoryStore):
    caught_by = {
        "byte_ranges",
        "byte_ranges_of_many_keys",
        "byte_ranges_sync",
        "cancelled_read",
        "clear",
        "configuration_switched",
        "delete",
        "event_loops",
        "failed_read",
        "failed_write",
        "fork",
        "get",
        "get_partial_values",
        "get_ranges",
        "get_ranges_sync",
        "get_sync",
        "keeps_no_memory_of_callers",
        "large_values",
        "many_ranges",
        "names",
        "open",
        "opened_by_tasks",
        "opens_itself",
        "overwriting",
        "pickling",
        "prototypes_in_turn",
        "range_settings",
        "results_are_independent",
        "set",
        "set_if_not_exists",
        "set_sync",
        "shard_reads",
        "sync_and_async_agree",
        "tasks",
        "threads",
        "two_handles",
        "with_read_only",
    }
    caught_by_on_sim = {"out_of_memory"}

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        return await super().get(key, HOST, byte_range)

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        return super().get_sync(key, prototype=HOST, byte_range=byte_range)


class HostClassSync(MemoryStore):
    caught_by = {
        "byte_ranges_sync",
        "cancelled_read",
        "configuration_switched",
        "failed_read",
        "fork",
        "get_ranges_sync",
        "get_sync",
        "large_values",
        "many_ranges",
        "opens_itself",
        "overwriting",
        "prototypes_in_turn",
        "range_settings",
        "results_are_independent",
        "shard_reads",
        "sync_and_async_agree",
        "threads",
        "two_handles",
    }
    caught_by_on_sim = {"out_of_memory"}

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        return await super().get(key, prototype, byte_range)

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        return super().get_sync(key, prototype=HOST, byte_range=byte_range)


class AnswersOnce(MemoryStore):
    caught_by = {"get_partial_values"}

    async def get_partial_values(self, prototype: Any, key_ranges: Any) -> Any:
        return await super().get_partial_values(prototype, dict.fromkeys(key_ranges))


class RangesOfDefault(MemoryStore):
    caught_by = {
        "cancelled_read",
        "failed_read",
        "fork",
        "get_ranges",
        "large_values",
        "many_ranges",
        "opens_itself",
        "overwriting",
        "prototypes_in_turn",
        "range_settings",
        "results_are_independent",
        "shard_reads",
        "tasks",
        "two_handles",
    }
    caught_by_on_sim = {"out_of_memory"}
    needs_ranges = True

    async def get_ranges(self, key: str, byte_ranges: Any, *, prototype: Any, **kwargs: Any) -> Any:
        default = default_buffer_prototype()
        async for group in super().get_ranges(key, byte_ranges, prototype=default, **kwargs):
            yield group


class RangesSyncOfDefault(MemoryStore):
    caught_by = {
        "cancelled_read",
        "failed_read",
        "fork",
        "get_ranges_sync",
        "large_values",
        "many_ranges",
        "opens_itself",
        "overwriting",
        "prototypes_in_turn",
        "range_settings",
        "results_are_independent",
        "shard_reads",
        "two_handles",
    }
    caught_by_on_sim = {"out_of_memory"}
    needs_ranges = True

    def get_ranges_sync(self, key: str, byte_ranges: Any, *, prototype: Any, **kwargs: Any) -> Any:
        default = default_buffer_prototype()
        return super().get_ranges_sync(key, byte_ranges, prototype=default, **kwargs)


class EmptyForMissing(MemoryStore):
    caught_by = {"clear", "delete", "missing_keys"}

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        found = await super().get(key, prototype, byte_range)
        if found is None and byte_range is not None:
            return prototype.buffer.create_zero_length()
        return found

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)


class CutsLargeSyncReads(Alone):
    caught_by = {"get_sync"}

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        found = super().get_sync(key, prototype=prototype, byte_range=byte_range)
        return _staged(found, byte_range)


class CutsLargeRanges(Alone):
    caught_by = {"get_ranges"}
    needs_ranges = True

    async def get_ranges(self, key: str, byte_ranges: Any, **kwargs: Any) -> Any:
        async for group in super().get_ranges(key, byte_ranges, **kwargs):
            yield [(number, _staged(found, byte_ranges[number])) for number, found in group]


class CutsLargeSyncRanges(Alone):
    caught_by = {"get_ranges_sync"}
    needs_ranges = True

    def get_ranges_sync(self, key: str, byte_ranges: Any, **kwargs: Any) -> Any:
        pairs = super().get_ranges_sync(key, byte_ranges, **kwargs)
        return [(number, _staged(found, byte_ranges[number])) for number, found in pairs]


class DropsMissing(MemoryStore):
    caught_by = {"get_partial_values"}

    async def get_partial_values(self, prototype: Any, key_ranges: Any) -> Any:
        found = await super().get_partial_values(prototype, key_ranges)
        present = [value for value in found if value is not None]
        return present or found


class SixtyFourKibibytes(BothWays):
    """Stages values, of which the rest of a large one is lost."""

    caught_by = {
        "get",
        "get_partial_values",
        "get_ranges",
        "get_ranges_sync",
        "get_sync",
        "keeps_no_memory_of_callers",
        "large_values",
        "overwriting",
        "prototypes_in_turn",
        "results_are_independent",
        "set",
        "set_if_not_exists",
        "set_sync",
    }

    def given(self, key: str, found: Any, prototype: Any, byte_range: Any) -> Any:
        return found[: 1 << 16]


class OneMebibyte(BothWays):
    """Reads at most as much by one call, and calls once."""

    caught_by = {"keeps_no_memory_of_callers", "large_values", "results_are_independent"}

    def given(self, key: str, found: Any, prototype: Any, byte_range: Any) -> Any:
        return found[: 1 << 20]


class LosesTheEndFromTwoMebibytes(BothWays):
    caught_by = {"large_values"}

    def given(self, key: str, found: Any, prototype: Any, byte_range: Any) -> Any:
        return found if len(found) < 1 << 21 else found[:-1]
