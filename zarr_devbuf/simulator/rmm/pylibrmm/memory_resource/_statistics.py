"""A memory resource that counts."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zarr_devbuf.simulator.rmm.pylibrmm.memory_resource._base import (
    DeviceMemoryResource,
    UpstreamResourceAdaptor,
)

if TYPE_CHECKING:
    from zarr_devbuf.simulator.rmm.pylibrmm.stream import Stream

__all__ = ["Statistics", "StatisticsResourceAdaptor"]


@dataclass
class Statistics:
    """How many bytes and allocations there are now, were at most, and have been in all."""

    current_bytes: int
    current_count: int
    peak_bytes: int
    peak_count: int
    total_bytes: int
    total_count: int


@dataclass(slots=True)
class _Counter:
    value: int = 0
    peak: int = 0
    total: int = 0

    def add(self, amount: int) -> None:
        self.value += amount
        self.total += amount
        self.peak = max(self.peak, self.value)

    def include(self, inner: _Counter) -> None:
        """Add what was counted while this counter was covered by another one."""
        self.peak = max(self.peak, self.value + inner.peak)
        self.value += inner.value
        self.total += inner.total


class StatisticsResourceAdaptor(UpstreamResourceAdaptor):
    """Counts the bytes and the allocations of another memory resource.

    Counters can be nested: `push_counters` starts new ones, and `pop_counters` adds them to those
    before.
    """

    def __init__(self, upstream_mr: DeviceMemoryResource) -> None:
        super().__init__(upstream_mr)
        self._lock = threading.Lock()
        self._stack = [(_Counter(), _Counter())]

    def _allocate(self, nbytes: int, stream: Stream) -> int:
        address = super()._allocate(nbytes, stream)
        with self._lock:
            nbytes_counter, counter = self._stack[-1]
            nbytes_counter.add(nbytes)
            counter.add(1)
        return address

    def _deallocate(self, ptr: int, nbytes: int, stream: Stream) -> None:
        super()._deallocate(ptr, nbytes, stream)
        with self._lock:
            nbytes_counter, counter = self._stack[-1]
            nbytes_counter.value -= nbytes
            counter.value -= 1

    @property
    def allocation_counts(self) -> Statistics:
        """The statistics of the innermost counters."""
        return _statistics(*self._stack[-1])

    def push_counters(self) -> Statistics:
        """Start new counters, and return the statistics of those before."""
        with self._lock:
            before = self.allocation_counts
            self._stack.append((_Counter(), _Counter()))
        return before

    def pop_counters(self) -> Statistics:
        """End the innermost counters, add them to those before, and return their statistics."""
        with self._lock:
            if len(self._stack) == 1:
                raise IndexError("cannot pop the last counter pair")
            ended = self._stack.pop()
            for outer, inner in zip(self._stack[-1], ended, strict=True):
                outer.include(inner)
        return _statistics(*ended)


def _statistics(nbytes: _Counter, count: _Counter) -> Statistics:
    return Statistics(nbytes.value, count.value, nbytes.peak, count.peak, nbytes.total, count.total)
