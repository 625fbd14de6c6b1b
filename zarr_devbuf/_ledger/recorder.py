"""Who watches transfers, and the one function through which every transfer passes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

from zarr_devbuf._ledger.call_site import sight
from zarr_devbuf._ledger.intent import declared_intent, unrecorded
from zarr_devbuf._ledger.judgement import asked_for
from zarr_devbuf._ledger.transfer import ARROWS

if TYPE_CHECKING:
    from types import CodeType

    from zarr_devbuf._ledger.transfer import Direction

__all__ = ["Entry", "Watcher", "admit", "enter", "lock", "record", "unwatch", "watch", "watchers"]

# direction, bytes, explicit, code and instruction of the call site (or its description), thread
# name: put in words only when somebody reads the log, for a session must not slow down what it
# watches.
type Entry = tuple[Direction, int, bool, CodeType | str | None, int, str]


class Watcher(Protocol):
    """A session or guard that is open."""

    def admit(self, entry: Entry) -> bool:
        """Raise `TransferError` to refuse; return True where no outer watcher has a say."""

    def enter(self, entry: Entry) -> None:
        """Take note of a transfer that happens."""


# Reentrant: a garbage collection in the middle of `enter` may run code that moves data.
lock = threading.RLock()
_watchers: tuple[Watcher, ...] = ()


def watchers() -> tuple[Watcher, ...]:
    """Return what is open, innermost last."""
    return _watchers


def watch(watcher: Watcher) -> None:
    """Open a session or guard, for all threads."""
    global _watchers  # noqa: PLW0603 - a global is what costs `record` least
    with lock:
        _watchers = (*_watchers, watcher)


def unwatch(watcher: Watcher) -> None:
    """Close a session or guard, wherever in the order of opening it is."""
    global _watchers  # noqa: PLW0603 - a global is what costs `record` least
    with lock:
        _watchers = tuple(other for other in _watchers if other is not watcher)


def record(direction: Direction, nbytes: int, *, explicit: bool) -> None:
    """
    Report a transfer that is about to happen.

    To be called by whatever moves bytes between host and device memory, before it does, on the
    thread that does it. Costs one look at a global where nobody watches.

    Parameters
    ----------
    direction : {"h2d", "d2h"}
        Host to device, or device to host.
    nbytes : int
        Bytes to be moved; 0 is no transfer and is not recorded.
    explicit : bool
        Whether the code asks for it. A declaration (`explicit_transfers`, `implicit_transfers`) and
        zarr's own buffer methods on the stack overrule it.

    Raises
    ------
    TransferError
        Where a guard forbids it: nothing must be moved then.
    """
    if _watchers and not unrecorded():
        entry = admit(direction, nbytes, explicit)
        if entry is not None:
            enter(entry)


def admit(direction: Direction, nbytes: int, explicit: bool | None) -> Entry | None:
    """
    Ask the guards about a transfer.

    Parameters
    ----------
    direction, nbytes, explicit
        As for `record`, with None for explicit where only the call stack can tell.

    Returns
    -------
    tuple or None
        What `enter` is to be given once the bytes are moved; None where there are none.
    """
    if direction not in ARROWS:
        raise ValueError(f"direction must be 'h2d' or 'd2h', not {direction!r}")
    if nbytes <= 0:
        if nbytes:
            raise ValueError(f"nbytes must not be negative, not {nbytes}")
        return None
    sighting = sight()
    declared = declared_intent()
    if declared is not None:
        explicit = declared
    elif sighting.zarr_says is not None:
        explicit = sighting.zarr_says
    elif explicit is None:
        explicit = asked_for(sighting)
    thread = threading.current_thread().name
    caller = sighting.caller
    code, offset = (caller.f_code, caller.f_lasti) if caller is not None else (None, -1)
    del sighting, caller  # a traceback through here would keep the caller's variables alive
    entry = (direction, int(nbytes), explicit, code, offset, thread)
    for watcher in reversed(_watchers):
        if watcher.admit(entry):
            break
    return entry


def enter(entry: Entry) -> None:
    """Note a transfer in every session that is open."""
    with lock:
        for watcher in _watchers:
            watcher.enter(entry)
