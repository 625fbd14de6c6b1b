"""Stores that cut byte ranges wrongly, or mix them up."""

from __future__ import annotations

from typing import Any

from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.storage import MemoryStore

from tests.subjects.stores.clean import Alone, BothWays


def _wrapping(length: int, byte_range: Any) -> Any:
    """Return what slicing from the end does to a suffix that is longer than the value."""
    if isinstance(byte_range, SuffixByteRequest) and byte_range.suffix > length:
        return OffsetByteRequest(max(0, 2 * length - byte_range.suffix))
    return byte_range


class LongSuffix(MemoryStore):
    caught_by = {"byte_ranges", "byte_ranges_of_many_keys", "many_ranges"}

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        length = len(self._store_dict.get(key, b""))
        return await super().get(key, prototype, _wrapping(length, byte_range))

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)


class LongSuffixSync(MemoryStore):
    caught_by = {"byte_ranges_sync", "many_ranges"}

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        return await super().get(key, prototype, byte_range)

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        length = len(self._store_dict.get(key, b""))
        return super().get_sync(key, prototype=prototype, byte_range=_wrapping(length, byte_range))


class NeighboursRange(MemoryStore):
    caught_by = {"byte_ranges_of_many_keys"}

    async def get_partial_values(self, prototype: Any, key_ranges: Any) -> Any:
        requests = list(key_ranges)
        ranges = [part for _, part in requests]
        shifted = [
            (key, part) for (key, _), part in zip(requests, ranges[-1:] + ranges, strict=False)
        ]
        return await super().get_partial_values(prototype, shifted)


class CutsMergedWrong(MemoryStore):
    caught_by = {"many_ranges", "range_settings"}
    caught_by_on_cpu = {"arrays"}
    needs_ranges = True

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


class CountsSuffixesFromTheStart(Alone):
    caught_by = {"byte_ranges"}

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        return await super().get(key, prototype, self._turned(key, byte_range))

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)

    def _turned(self, key: str, byte_range: Any) -> Any:
        return _wrapping(len(self._store_dict.get(key, b"")), byte_range)


class CountsSuffixesFromTheStartSync(CountsSuffixesFromTheStart):
    caught_by = {"byte_ranges_sync"}

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        return await Alone.get(self, key, prototype, byte_range)

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        byte_range = self._turned(key, byte_range)
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)


class NoPartOfNothing(BothWays):
    """An empty value has no parts, and so, it thinks, no value."""

    caught_by = {"byte_ranges", "byte_ranges_of_many_keys", "byte_ranges_sync"}

    def given(self, key: str, found: Any, prototype: Any, byte_range: Any) -> Any:
        empty = len(self._store_dict[key]) == 0
        return None if empty and byte_range is not None else found


class LastByteOfLaterBlocks(BothWays):
    """Off by one at the end of a range, beyond the first block of 4096 bytes."""

    caught_by = {"byte_ranges", "byte_ranges_of_many_keys", "byte_ranges_sync", "many_ranges"}

    def given(self, key: str, found: Any, prototype: Any, byte_range: Any) -> Any:
        if isinstance(byte_range, RangeByteRequest) and byte_range.end % 4096 == 0:
            return found[:-1]
        return found


class RangesOfNothing(MemoryStore):
    """Has to merge at least one."""

    caught_by = {"many_ranges"}
    needs_ranges = True

    async def get_ranges(self, key: str, byte_ranges: Any, *, prototype: Any, **kwargs: Any) -> Any:
        first = byte_ranges[0]
        async for group in super().get_ranges(
            key, [first, *byte_ranges[1:]], prototype=prototype, **kwargs
        ):
            yield group


class MergesAcrossAnyGap(MemoryStore):
    """Takes the settings, and ignores them."""

    caught_by = {"range_settings"}
    needs_ranges = True

    async def get_ranges(self, key: str, byte_ranges: Any, *, prototype: Any, **_: Any) -> Any:
        async for group in super().get_ranges(key, byte_ranges, prototype=prototype):
            yield group


class MergesWithoutLimit(MemoryStore):
    caught_by = {"range_settings"}
    needs_ranges = True

    def get_ranges_sync(self, key: str, byte_ranges: Any, **settings: Any) -> Any:
        settings.pop("max_coalesced_bytes", None)
        return super().get_ranges_sync(key, byte_ranges, **settings)


class AllAtOnce(MemoryStore):
    caught_by = {"range_settings"}
    needs_ranges = True

    async def get_ranges(self, key: str, byte_ranges: Any, **settings: Any) -> Any:
        settings["max_concurrency"] = 100
        async for group in super().get_ranges(key, byte_ranges, **settings):
            yield group


class LimitsCutTheLast(MemoryStore):
    """Reads no more than `max_coalesced_bytes`, of a single range, too."""

    caught_by = {"many_ranges"}
    needs_ranges = True

    async def get_ranges(self, key: str, byte_ranges: Any, **settings: Any) -> Any:
        most = settings.get("max_coalesced_bytes", 1 << 24)
        async for group in super().get_ranges(key, byte_ranges, **settings):
            yield [(number, found and found[:most]) for number, found in group]
