"""Vector clocks: for each stream, and for the host, what happened before its next operation.

The time of a stream advances if another stream or the host learns of it, not with each operation:
operations between two such points are the same to everybody else.
"""

from __future__ import annotations

import itertools
import threading
from typing import final

__all__ = ["LEGACY", "PER_THREAD", "Clocks", "Snapshot", "StreamClock"]

LEGACY, PER_THREAD = 1, 2
# The time of what happened on the legacy default stream before its operations were recorded.
BEFORE = 1
# Destroyed streams that nobody has waited for are forgotten if there are more.
_MOST_DEAD = 4096

type Times = dict[int, int]


def join(times: Times, other: Times) -> None:
    """Include the times of another clock."""
    for number, time in other.items():
        if times.get(number, 0) < time:
            times[number] = time


@final
class Snapshot:
    """What happened before a point of a stream; ``generation`` says to which clocks it belongs."""

    __slots__ = ("generation", "times")

    def __init__(self, generation: int, times: Times) -> None:
        self.generation = generation
        self.times = times


@final
class StreamClock:
    """The clock of one stream.

    Attributes
    ----------
    number : int
        Identifies the stream, also after its address is used again.
    device, pointer : int
        The device, and the address; the default stream has the address 1.
    blocking : bool
        Whether the stream and the legacy default stream wait for each other.
    time : int
        The time of operations that are issued now.
    times : dict
        The times of other streams that are ordered before what is issued now.
    """

    __slots__ = ("_released", "_seen", "blocking", "device", "dirty", "number", "pointer", "thread",
                 "time", "times")  # fmt: skip

    def __init__(self, number: int, device: int, pointer: int, *, blocking: bool) -> None:
        self.number = number
        self.device = device
        self.pointer = pointer
        self.blocking = blocking
        self.thread = 0
        self.time = BEFORE + 1
        self.dirty = False
        self.times: Times = {}
        self._released: Times | None = None
        # What was last released by streams that this one waits for implicitly.
        self._seen: dict[int, Times] = {}

    def __str__(self) -> str:
        if self.pointer == LEGACY:
            return f"the default stream of device {self.device}"
        if self.pointer == PER_THREAD:
            return f"the per-thread default stream of device {self.device}"
        kind = "blocking" if self.blocking else "non-blocking"
        return f"stream {self.pointer:#x} ({kind}, device {self.device})"

    def release(self) -> Times:
        """Return the times of all that was issued on this stream, and of what came before."""
        if self._released is None or self.dirty:
            now = self.time if self.dirty else self.time - 1
            self._released = {**self.times, self.number: now}
            if self.dirty:
                self.time += 1
                self.dirty = False
        return self._released

    def acquire(self, times: Times) -> None:
        """Order what is issued later on this stream after a snapshot."""
        join(self.times, times)
        self._released = None

    def follow(self, other: StreamClock) -> None:
        """Order what is issued later on this stream after all that was issued on another one."""
        released = other.release()
        if self._seen.get(other.number) is not released:
            self._seen[other.number] = released
            self.acquire(released)

    def forget(self, number: int) -> None:
        """Remove a stream that no longer matters."""
        self.times.pop(number, None)
        self._seen.pop(number, None)
        self._released = None


@final
class Clocks:
    """The clocks of all streams, and of the host.

    Host threads share one clock: a program orders its threads by locks and futures.
    """

    def __init__(self, generation: int) -> None:
        self.generation = generation
        self.host: Times = {}
        self._numbers = itertools.count(1)
        self._streams: dict[tuple[int, int, int], StreamClock] = {}
        self._by_pointer: dict[int, StreamClock] = {}
        self._live: dict[int, StreamClock] = {}
        self._blocking: dict[int, list[StreamClock]] = {}
        self._legacy: dict[int, StreamClock] = {}
        self._dead: list[StreamClock] = []

    def find(self, device: int, pointer: int) -> StreamClock | None:
        """Return the clock of a stream that is known and does not depend on the thread."""
        if pointer > PER_THREAD:
            return self._by_pointer.get(pointer)
        return self._legacy.get(device) if pointer < PER_THREAD else None

    def stream(self, device: int, pointer: int, *, blocking: bool) -> StreamClock:
        """Return the clock of a stream; addresses 0 and 1 are the legacy default stream."""
        if pointer <= LEGACY:
            return self._legacy.get(device) or self._add((device, LEGACY, 0), blocking=True)
        # Addresses of other streams are those of one stream, on whatever device.
        thread = threading.get_ident() if pointer == PER_THREAD else 0
        key = (device if thread else -1, pointer, thread)
        found = self._streams.get(key)
        if found is None:
            found = self._add((device, pointer, thread), blocking=blocking)
        return found

    def _add(self, where: tuple[int, int, int], *, blocking: bool) -> StreamClock:
        device, pointer, thread = where
        clock = StreamClock(next(self._numbers), device, pointer, blocking=blocking)
        clock.thread = thread
        if pointer == LEGACY:
            self._legacy[device] = clock
        else:
            self._streams[device if thread else -1, pointer, thread] = clock
            if not thread:
                self._by_pointer[pointer] = clock
            if blocking:
                self._blocking.setdefault(device, []).append(clock)
        self._live[clock.number] = clock
        return clock

    def issue(self, clock: StreamClock) -> None:
        """Begin an operation: the legacy default stream and blocking streams wait for each other.

        The operation has the time ``clock.time``.
        """
        if clock.pointer == LEGACY:
            for other in self._blocking.get(clock.device, ()):
                clock.follow(other)
        elif clock.blocking:
            clock.follow(self.stream(clock.device, LEGACY, blocking=True))
        clock.dirty = True

    def is_ordered(self, number: int, time: int, clock: StreamClock) -> bool:
        """Return whether an earlier operation happens before one that is issued now."""
        return (
            number == clock.number
            or clock.times.get(number, 0) >= time
            or self.host.get(number, 0) >= time
            or number not in self._live
        )

    def is_done(self, number: int, time: int) -> bool:
        """Return whether an operation happens before whatever is issued from now on."""
        return self.host.get(number, 0) >= time or number not in self._live

    def record(self, clock: StreamClock) -> Snapshot:
        """Return the snapshot that an event of the stream holds."""
        self.issue(clock)
        return Snapshot(self.generation, clock.release())

    def before(self, devices: int) -> Snapshot:
        """Return the snapshot of an event that was recorded before the clocks began."""
        times = {
            self.stream(device, LEGACY, blocking=True).number: BEFORE for device in range(devices)
        }
        return Snapshot(self.generation, times)

    def wait(self, clock: StreamClock, snapshot: Snapshot) -> None:
        """Order what is issued later on a stream after a snapshot."""
        if snapshot.generation == self.generation:
            self.issue(clock)
            live = self._live
            clock.acquire({number: at for number, at in snapshot.times.items() if number in live})

    def host_wait(self, times: Times) -> None:
        """Order whatever is issued later, on any stream, after a snapshot."""
        join(self.host, times)
        if self._dead:
            self._forget_dead()

    def synchronize(self, clock: StreamClock) -> None:
        """Order whatever is issued later after all that was issued on a stream."""
        self.issue(clock)
        self.host_wait(clock.release())

    def synchronize_device(self, device: int) -> None:
        """Order whatever is issued later after all that was issued on a device."""
        for clock in list(self._live.values()):
            if clock.device == device:
                self.host_wait(clock.release())

    def enter_host_function(self, clock: StreamClock) -> Times:
        """Give the host the clock of a stream, for a function that the stream calls."""
        outside = self.host
        self.host = {**outside}
        self.host_wait(clock.release())
        return outside

    def leave_host_function(self, clock: StreamClock, outside: Times) -> None:
        """Give the host its own clock back; what the function has waited for, the stream has."""
        clock.acquire(self.host)
        self.host = outside

    def destroy(self, pointer: int) -> None:
        """Forget a stream once the host has waited for its work."""
        clock = self._streams.pop((-1, pointer, 0), None)
        self._by_pointer.pop(pointer, None)
        if clock is None:
            return
        if self._is_settled(clock):
            self._remove(clock)
            return
        self._dead.append(clock)
        if len(self._dead) > _MOST_DEAD:
            self._forget_dead()

    def _forget_dead(self) -> None:
        pending = [clock for clock in self._dead if not self._is_settled(clock)]
        # Too many: the older half counts as ordered, so that memory is bounded.
        kept = pending[len(pending) // 2 :] if len(pending) > _MOST_DEAD else pending
        still = {clock.number for clock in kept}
        for clock in self._dead:
            if clock.number not in still:
                self._remove(clock)
        self._dead = kept

    def _is_settled(self, clock: StreamClock) -> bool:
        """Return whether the host has waited for all work of a stream."""
        last = clock.time if clock.dirty else clock.time - 1
        return last == BEFORE or self.host.get(clock.number, 0) >= last

    def _remove(self, clock: StreamClock) -> None:
        self._live.pop(clock.number, None)
        self.host.pop(clock.number, None)
        if clock.blocking:
            self._blocking[clock.device].remove(clock)
        for other in self._live.values():
            other.forget(clock.number)

    @property
    def live(self) -> int:
        """The number of streams that still matter."""
        return len(self._live)
