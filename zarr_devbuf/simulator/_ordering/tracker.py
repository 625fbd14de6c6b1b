"""The tracker: which streams there are, and whether each access to memory is ordered.

All parts of the simulator report to `tracker`. While ``tracker.active`` is false, there is one
stream, and nothing is to be reported: callers test it first.
"""

from __future__ import annotations

import contextlib
import threading
import warnings
from typing import TYPE_CHECKING, Any, final

from zarr_devbuf.simulator._ordering.clocks import BEFORE, LEGACY, Clocks, Snapshot
from zarr_devbuf.simulator._ordering.extents import Extent, extent_of
from zarr_devbuf.simulator._ordering.hazards import (
    Access,
    StreamHazardError,
    StreamHazardWarning,
    hazard,
)
from zarr_devbuf.simulator._ordering.history import History

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zarr_devbuf.simulator._ordering.clocks import StreamClock

__all__ = ["EARLIER", "Tracker", "tracker"]

# What an event holds that was recorded before there was a second stream.
EARLIER = Snapshot(-1, {})
_UNKNOWN_LINE = ("a line before the second stream was made", 0)


@final
class Tracker:
    """The state of the checks of one process.

    Attributes
    ----------
    active : bool
        Whether accesses are recorded: checks are on, and there is or was a second stream.
    waits : int
        How often the host has waited for the device while accesses were not recorded.
    on_switch : callable or None
        Called when `active` has changed.
    on_wait : callable or None
        Called when the host has waited, with the clocks.
    """

    __slots__ = (
        "_begun", "_clocks", "_generation", "_lock", "_modes", "_non_blocking",
        "active", "on_switch", "on_wait", "waits",
    )  # fmt: skip

    def __init__(self) -> None:
        self.active = False
        self.waits = 0
        self.on_switch: Callable[[], None] | None = None
        self.on_wait: Callable[[Clocks], None] | None = None
        # Re-entrant: an access can be made while another one is reported.
        self._lock = threading.RLock()
        self._generation = 0
        # `waits` at the time when recording began.
        self._begun = -2
        self._clocks = Clocks(0)
        # The modes of the blocks that are open: "raise" or "warn".
        self._modes: list[str] = []
        # Addresses of streams that do not wait for the default stream.
        self._non_blocking: set[int] = set()

    # --- on and off ---------------------------------------------------------------------------

    @property
    def enabled(self) -> bool:
        """Whether checks are on."""
        return bool(self._modes)

    @property
    def clocks(self) -> Clocks:
        """The clocks of the open blocks."""
        return self._clocks

    def enable(self, mode: str) -> None:
        """Switch the checks on; each call needs one of `disable`."""
        with self._lock:
            if not self._modes:
                self._generation += 1
                self._clocks = Clocks(self._generation)
                # What happened before is taken to be ordered.
                self.waits += 1
            self._modes.append(mode)

    def disable(self, mode: str) -> None:
        """Undo one call of `enable`."""
        with self._lock:
            self._modes.remove(mode)
            if not self._modes:
                self._switch(active=False)
                self._settle(everything=True)

    def second_stream(self) -> None:
        """Begin to record, if checks are on: there is another stream than the default stream."""
        if self._modes and not self.active:
            self._switch(active=True)

    def _switch(self, *, active: bool) -> None:
        self.active = active
        if active:
            # Memory that is written from now on has another number.
            self._begun = self.waits
            self.waits += 1
        if self.on_switch is not None:
            self.on_switch()

    # --- streams ------------------------------------------------------------------------------

    def made(self, pointer: int, *, non_blocking: bool) -> None:
        """Add a stream that the program has made."""
        if non_blocking:
            self._non_blocking.add(pointer)
        self.second_stream()

    def destroyed(self, pointer: int) -> None:
        """Remove a stream; what it was given to do is still done."""
        self._non_blocking.discard(pointer)
        if self.active:
            with self._lock:
                self._clocks.destroy(pointer)

    def stream(self, device: int, pointer: int) -> StreamClock:
        """Return the clock of a stream."""
        with self._lock:
            found = self._clocks.find(device, pointer)
            if found is None:
                blocking = pointer not in self._non_blocking
                found = self._clocks.stream(device, pointer, blocking=blocking)
            return found

    def _uses(self, pointer: int) -> bool:
        """Return whether to record, as a stream is used."""
        if pointer > LEGACY and not self.active:
            self.second_stream()
        return self.active

    def record(self, device: int, pointer: int) -> Snapshot:
        """Return what an event that is recorded on a stream holds."""
        if not self._uses(pointer):
            return EARLIER
        with self._lock:
            return self._clocks.record(self.stream(device, pointer))

    def wait(self, device: int, pointer: int, snapshot: Snapshot | None, devices: int) -> None:
        """Order what is issued later on a stream after an event."""
        if self._uses(pointer) and snapshot is not None:
            with self._lock:
                snapshot = self._clocks.before(devices) if snapshot is EARLIER else snapshot
                self._clocks.wait(self.stream(device, pointer), snapshot)

    def host_wait(self, snapshot: Snapshot | None, devices: int) -> None:
        """Order whatever is issued later after an event."""
        if not self.active:
            self.waits += 1
        elif snapshot is not None:
            with self._lock:
                snapshot = self._clocks.before(devices) if snapshot is EARLIER else snapshot
                if snapshot.generation == self._clocks.generation:
                    self._clocks.host_wait(snapshot.times)
            self._settle()

    @contextlib.contextmanager
    def host_function(self, device: int, pointer: int) -> Iterator[None]:
        """Run a host function within a block, as a stream does: the stream alone waits for it."""
        if not self._uses(pointer):
            yield
            return
        with self._lock:
            clock = self.stream(device, pointer)
            self._clocks.issue(clock)
            outside = self._clocks.enter_host_function(clock)
        self._settle()
        try:
            yield
        finally:
            with self._lock:
                self._clocks.leave_host_function(clock, outside)

    def synchronize(self, device: int, pointer: int) -> None:
        """Order whatever is issued later after all work on a stream."""
        if not self._uses(pointer):
            self.waits += 1
            return
        with self._lock:
            self._clocks.synchronize(self.stream(device, pointer))
        self._settle()

    def synchronize_device(self, device: int) -> None:
        """Order whatever is issued later after all work on a device."""
        if not self.active:
            self.waits += 1
            return
        with self._lock:
            self._clocks.synchronize_device(device)
        self._settle()

    def _settle(self, *, everything: bool = False) -> None:
        if self.on_wait is not None:
            self.on_wait(Clocks(self._generation) if everything else self._clocks)

    # --- accesses -----------------------------------------------------------------------------

    def history(self, block: Any) -> History:
        """Return the accesses to a block, which may have been made before recording began."""
        found: History | None = getattr(block, "_history", None)
        if found is not None and found.clocks is self._clocks:
            return found
        source = block.source()
        if source is not block:
            block._history = history = self.history(source)  # noqa: SLF001
            return history
        history = History(self._clocks, block.nbytes, block.former_accesses())
        if getattr(block, "_written", -1) == self._begun:
            legacy = self.stream(block.device_id, LEGACY)
            early = Access(legacy, history.whole, writes=True, site=_UNKNOWN_LINE, time=BEFORE)
            history.accesses.append(early)
        block._history = history  # noqa: SLF001
        return history

    def begin(self, device: int, pointer: int) -> StreamClock:
        """Begin an operation on a stream, and return its clock."""
        with self._lock:
            clock = self.stream(device, pointer)
            self._clocks.issue(clock)
            return clock

    def access_array(
        self, block: Any, raw: Any, device: int, pointer: int, *, writes: bool
    ) -> None:
        """Check and record an access of a stream to a NumPy array that lies in a block."""
        with self._lock:
            history: History | None = getattr(block, "_history", None)
            if history is None or history.clocks is not self._clocks:
                history = self.history(block)
            is_whole = raw is block._root  # noqa: SLF001
            extent = history.whole if is_whole else extent_of(raw, _base(history, block))
            clock = self._clocks.find(device, pointer) or self.stream(device, pointer)
            if clock.blocking:
                self._clocks.issue(clock)
            else:
                clock.dirty = True
            error = _add(history, Access(clock, extent, writes=writes, what=raw))
        if error is not None:
            self.report(error)

    def access_bytes(
        self, block: Any, start: int, nbytes: int, clock: StreamClock, *, writes: bool
    ) -> None:
        """Check and record an access to bytes from an address in a block."""
        with self._lock:
            history = self.history(block)
            low = start - _base(history, block)
            extent = Extent(low, low + nbytes)
            error = _add(history, Access(clock, extent, writes=writes, what=block.nbytes))
        if error is not None:
            self.report(error)

    def report(self, error: StreamHazardError) -> None:
        """Raise a hazard, or warn of it if all open blocks warn only."""
        if self._modes and "raise" not in self._modes:
            warnings.warn(StreamHazardWarning(str(error)), stacklevel=4)
            return
        raise error


def _base(history: History, block: Any) -> int:
    if history.base is None:
        history.base = block.source().host
    return history.base


def _add(history: History, new: Access) -> StreamHazardError | None:
    old = history.add(new)
    return None if old is None else hazard(old, new)


tracker = Tracker()
