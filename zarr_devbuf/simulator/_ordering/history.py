"""The accesses to one allocation that later accesses must still be compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from zarr_devbuf.simulator._ordering.extents import Extent, overlap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarr_devbuf.simulator._ordering.clocks import Clocks
    from zarr_devbuf.simulator._ordering.hazards import Access

__all__ = ["History"]


@final
class History:
    """The accesses to one allocation.

    An access is forgotten once nothing can conflict with it: when the host has waited for it, or
    when a later access to the same bytes, which is ordered after it, conflicts with all that it
    conflicts with.

    Attributes
    ----------
    base : int or None
        The address of the first byte, once it has been needed.
    whole : Extent
        All bytes.
    accesses : list of Access
        The accesses, in the order of issue.
    """

    __slots__ = ("accesses", "base", "clocks", "whole")

    def __init__(self, clocks: Clocks, nbytes: int, accesses: Iterable[Access] = ()) -> None:
        self.clocks = clocks
        self.base: int | None = None
        self.whole = Extent(0, nbytes)
        self.accesses: list[Access] = list(accesses)

    def add(self, new: Access) -> Access | None:
        """Add an access; return an earlier one that conflicts with it and is not ordered before."""
        clocks, clock, extent, writes = self.clocks, new.stream, new.extent, new.writes
        accesses = self.accesses
        if not accesses:
            accesses.append(new)
            return None
        if len(accesses) == 1 and _replaces(accesses[0], new):
            accesses[0] = new
            return None
        conflict = None
        kept = []
        for old in accesses:
            number, time = old.stream.number, old.time
            if clocks.is_done(number, time):
                continue
            if clocks.is_ordered(number, time, clock):
                if (writes or not old.writes) and extent.covers(old.extent):
                    continue
            elif (writes or old.writes) and overlap(old.extent, extent):
                # Reported once: from here on it counts as ordered.
                if conflict is None:
                    conflict = old
                continue
            kept.append(old)
        if kept and _extends(kept[-1], new):
            new.extent = new.extent._replace(low=kept[-1].extent.low)
            kept.pop()
        kept.append(new)
        self.accesses = kept
        return conflict

    def remaining(self) -> list[Access]:
        """Return the accesses that the host has not waited for."""
        done = self.clocks.is_done
        return [one for one in self.accesses if not done(one.stream.number, one.time)]


def _replaces(old: Access, new: Access) -> bool:
    """Return whether an access is that of the same stream to the same bytes."""
    if old.stream is not new.stream or (old.writes and not new.writes):
        return False
    return old.extent is new.extent or old.extent == new.extent


def _extends(old: Access, new: Access) -> bool:
    """Return whether an access goes on where the last one ended, at the same time."""
    return (
        old.stream is new.stream
        and old.time == new.time
        and old.writes == new.writes
        and old.freed == new.freed
        and old.extent.layout is None
        and new.extent.layout is None
        and old.extent.high == new.extent.low
    )
