"""What streams may still do in memory that has been given back to a pool."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, final

from zarr_devbuf.simulator._ordering.tracker import tracker

if TYPE_CHECKING:
    from zarr_devbuf.simulator._ordering.hazards import Access
    from zarr_devbuf.simulator._ordering.history import History

__all__ = ["FormerUse"]


@final
class FormerUse:
    """The pending accesses of freed allocations, by their places in a pool."""

    __slots__ = ("_freed", "_ranges")

    def __init__(self) -> None:
        # Filled from finalizers, at any time: appending needs no lock.
        self._freed: deque[tuple[list[Any], History]] = deque()
        self._ranges: list[tuple[int, int, list[Access]]] = []

    def __bool__(self) -> bool:
        return bool(self._freed or self._ranges)

    def add(self, entry: list[Any], history: History) -> None:
        """Keep the accesses of an allocation that ends; its entry has its chunk."""
        self._freed.append((entry, history))

    def take(self, start: int, size: int) -> list[Access]:
        """Return the pending accesses at places of the pool, and forget them."""
        self._sort_in()
        if not self._ranges:
            return []
        end = start + size
        found: list[Access] = []
        kept: list[tuple[int, int, list[Access]]] = []
        for low, high, accesses in self._ranges:
            if high <= start or end <= low:
                kept.append((low, high, accesses))
                continue
            found += accesses
            if low < start:
                kept.append((low, start, accesses))
            if end < high:
                kept.append((end, high, accesses))
        self._ranges = kept
        inside = [one for one in found if one.extent.low < end and start < one.extent.high]
        return [one.moved(-start, freed=True) for one in inside]

    def _sort_in(self) -> None:
        clocks = tracker.clocks
        ranges = [
            (low, high, pending)
            for low, high, accesses in self._ranges
            if (pending := _pending(accesses))
        ]
        while self._freed:
            entry, history = self._freed.popleft()
            pending = history.remaining() if history.clocks is clocks else []
            if len(entry) > 2 and pending:
                size, start = entry[0], entry[2].start
                moved = [one.moved(start, freed=True) for one in pending]
                ranges.append((start, start + size, moved))
        self._ranges = ranges


def _pending(accesses: list[Access]) -> list[Access]:
    clocks = tracker.clocks
    return [one for one in accesses if not clocks.is_done(one.stream.number, one.time)]
