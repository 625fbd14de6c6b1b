"""Who watches transfers, and the one function through which every transfer passes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

from zarr_devbuf._transfers.call_site import sight
from zarr_devbuf._transfers.classify import asked_for
from zarr_devbuf._transfers.declarations import declarations
from zarr_devbuf._transfers.transfer import ARROWS

if TYPE_CHECKING:
    from types import CodeType

    from zarr_devbuf._transfers.transfer import Direction

__all__ = [
    "Entry",
    "Guard",
    "Watcher",
    "admit",
    "enter",
    "innermost_guard",
    "lock",
    "record",
    "unwatch",
    "watch",
    "watchers",
]

# direction, bytes, explicit, code and instruction of the call site (or its description), thread
# name: put in words only when somebody reads the log, for a session must not slow down what it
# watches.
type Entry = tuple[Direction, int, bool, CodeType | str | None, int, str]


class Guard(Protocol):
    """Decides whether transfers may happen."""

    def admit(self, entry: Entry) -> None:
        """Raise `TransferError` to refuse."""


# A session is the list that it fills.
type Watcher = list[Entry] | Guard

# Reentrant: a garbage collection in the middle of `enter` may run code that moves data.
lock = threading.RLock()
_watchers: tuple[Watcher, ...] = ()
_sessions: tuple[list[Entry], ...] = ()
_guard: Guard | None = None


def watchers() -> tuple[Watcher, ...]:
    """Return what is open, innermost last."""
    return _watchers


def innermost_guard() -> Guard | None:
    """Return the guard that decides, None where there is none."""
    return _guard


def watch(watcher: Watcher) -> None:
    """Open a session or guard, for all threads."""
    with lock:
        _set((*_watchers, watcher))


def unwatch(watcher: Watcher) -> None:
    """Close a session or guard, wherever in the order of opening it is."""
    with lock:
        _set(tuple(other for other in _watchers if other is not watcher))


def _set(watchers: tuple[Watcher, ...]) -> None:
    # Globals are what costs `record` least.
    global _watchers, _sessions, _guard  # noqa: PLW0603
    guards = [watcher for watcher in watchers if not isinstance(watcher, list)]
    _sessions = tuple(watcher for watcher in watchers if isinstance(watcher, list))
    _guard = guards[-1] if guards else None
    _watchers = watchers


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
    if _watchers and not declarations.unrecorded:
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
    caller, zarr_says, cupy_function = sight()
    declared = declarations.explicit
    if declared:
        explicit = declared[-1]
    elif zarr_says is not None:
        explicit = zarr_says
    elif explicit is None:
        explicit = asked_for(caller, cupy_function)
    if caller is None:
        code, offset = None, -1
    else:
        code, offset = caller.f_code, caller.f_lasti
        del caller  # a traceback through here would keep its variables alive
    thread = threading.current_thread().name
    entry = (direction, int(nbytes), explicit, code, offset, thread)
    guard = _guard  # once: another thread may close it meanwhile
    if guard is not None:
        guard.admit(entry)
    return entry


def enter(entry: Entry) -> None:
    """Note a transfer in every session that is open."""
    with lock:
        for session in _sessions:
            session.append(entry)
