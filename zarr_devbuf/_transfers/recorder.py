"""The open sessions and guards, and the functions through which every transfer passes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol, final

from zarr_devbuf._transfers.call_site import find_caller
from zarr_devbuf._transfers.classify import is_explicit
from zarr_devbuf._transfers.declarations import declarations, unrecorded_transfers
from zarr_devbuf._transfers.transfer import ARROWS, STORAGE_ARROWS

if TYPE_CHECKING:
    from types import CodeType, FrameType

    from zarr_devbuf._transfers.transfer import Direction, StorageDirection

__all__ = [
    "Entry",
    "Guard",
    "Observer",
    "Session",
    "StorageEntry",
    "accounted_transfer",
    "add_observer",
    "announce",
    "commit",
    "innermost_guard",
    "lock",
    "observers",
    "record",
    "record_storage",
    "remove_observer",
]

# direction, bytes, explicit, code and instruction offset of the call site (or its description),
# thread name. It becomes a `Transfer` only when the log is read, because a session must not slow
# down the code that it records.
type Entry = tuple[Direction, int, bool, CodeType | str | None, int, str]


# The same of a transfer between storage and device: direction, bytes, code and offset, thread name.
type StorageEntry = tuple[StorageDirection, int, CodeType | str | None, int, str]


@final
class Session(list["Entry"]):
    """
    The list that a recording session fills.

    Attributes
    ----------
    storage : list
        The transfers between storage and device memory.
    """

    __slots__ = ("storage",)

    def __init__(self) -> None:
        super().__init__()
        self.storage: list[StorageEntry] = []


class Guard(Protocol):
    """Decides whether transfers may happen."""

    def check(self, entry: Entry) -> None:
        """Raise `TransferError` to block the transfer."""


type Observer = Session | Guard

# Reentrant: a garbage collection inside `commit` may run code that moves data.
lock = threading.RLock()
_observers: tuple[Observer, ...] = ()
_sessions: tuple[Session, ...] = ()
_guard: Guard | None = None


def observers() -> tuple[Observer, ...]:
    """Return the open sessions and guards, innermost last."""
    return _observers


def innermost_guard() -> Guard | None:
    """Return the guard that applies, or None if there is none."""
    return _guard


def add_observer(observer: Observer) -> None:
    """Open a session or guard, for all threads."""
    with lock:
        _set((*_observers, observer))


def remove_observer(observer: Observer) -> None:
    """Close a session or guard, in whatever order they were opened."""
    with lock:
        _set(tuple(other for other in _observers if other is not observer))


def _set(observers: tuple[Observer, ...]) -> None:
    # Globals cost `record` least.
    global _observers, _sessions, _guard  # noqa: PLW0603
    guards = [observer for observer in observers if not isinstance(observer, Session)]
    _sessions = tuple(observer for observer in observers if isinstance(observer, Session))
    _guard = guards[-1] if guards else None
    _observers = observers


def record(direction: Direction, nbytes: int, *, explicit: bool) -> None:
    """
    Report a transfer that is about to happen.

    Code that copies bytes between host and device memory calls it before the copy, on the thread
    that makes the copy. Without an open session or guard, it costs one look-up of a global.

    Parameters
    ----------
    direction : {"h2d", "d2h"}
        Host to device, or device to host.
    nbytes : int
        Bytes to be moved; 0 is not a transfer and is not recorded.
    explicit : bool
        Whether the code requests the transfer. Declarations (`explicit_transfers`,
        `implicit_transfers`) and zarr's buffer methods on the call stack override it.

    Raises
    ------
    TransferError
        If a guard blocks the transfer: the bytes must not be moved then.
    """
    if _observers and not declarations.unrecorded:
        entry = announce(direction, nbytes, explicit)
        if entry is not None:
            commit(entry)


def announce(direction: Direction, nbytes: int, explicit: bool | None) -> Entry | None:
    """
    Describe a transfer that is about to happen, and ask the guard.

    Parameters
    ----------
    direction, nbytes, explicit
        As for `record`; if `explicit` is None, the call stack decides.

    Returns
    -------
    tuple or None
        The argument for `commit` after the bytes have been moved; None if there are no bytes.
    """
    if direction not in ARROWS:
        raise ValueError(f"direction must be 'h2d' or 'd2h', not {direction!r}")
    if nbytes <= 0:
        if nbytes:
            raise ValueError(f"nbytes must not be negative, not {nbytes}")
        return None
    caller, zarr_intent, cupy_function = find_caller()
    declared = declarations.explicit
    if declared:
        explicit = declared[-1]
    elif zarr_intent is not None:
        explicit = zarr_intent
    elif explicit is None:
        explicit = is_explicit(caller, cupy_function)
    if caller is None:
        code, offset = None, -1
    else:
        code, offset = caller.f_code, caller.f_lasti
        del caller  # a traceback through this frame would keep its variables alive
    thread = threading.current_thread().name
    entry = (direction, int(nbytes), explicit, code, offset, thread)
    guard = _guard  # read once: another thread may close the guard in between
    if guard is not None:
        guard.check(entry)
    return entry


def commit(entry: Entry) -> None:
    """Append a transfer to the log of every open session."""
    with lock:
        for session in _sessions:
            session.append(entry)


def record_storage(direction: StorageDirection, nbytes: int) -> None:
    """
    Report a transfer between a file or server and device memory.

    It is recorded in `TransferLog.storage`. It is neither blocked by a guard nor part of a budget:
    the code keeps the data on its device.

    Parameters
    ----------
    direction : {"s2d", "d2s"}
        Storage to device, or device to storage.
    nbytes : int
        Bytes to be moved; 0 is not a transfer and is not recorded.
    """
    if direction not in STORAGE_ARROWS:
        raise ValueError(f"direction must be 's2d' or 'd2s', not {direction!r}")
    if nbytes < 0:
        raise ValueError(f"nbytes must not be negative, not {nbytes}")
    if not _sessions or declarations.unrecorded or not nbytes:
        return
    caller = _find_caller()
    code, offset = (None, -1) if caller is None else (caller.f_code, caller.f_lasti)
    del caller
    entry = (direction, int(nbytes), code, offset, threading.current_thread().name)
    with lock:
        for session in _sessions:
            session.storage.append(entry)


def _find_caller() -> FrameType | None:
    # `find_caller` skips this function and the one that calls it.
    return find_caller()[0]


_UNRECORDED = unrecorded_transfers()


@final
class accounted_transfer:  # noqa: N801 - used as a function; a generator would add frames to the stack
    """
    Record a block as one transfer, instead of the copies that the block makes.

    A context manager for copies that involve a CuPy array allocated before the session opened. Its
    own pointer does not record copies, but a contiguous copy that CuPy makes on the way does. With
    this block, the transfer is recorded exactly once.

    Parameters
    ----------
    direction : {"h2d", "d2h"}
        Host to device, or device to host.
    nbytes : int
        Bytes that the block moves.
    explicit : bool, optional
        Whether the code requests the transfer. By default the line that caused it decides, as for
        the transfers of CuPy.

    Raises
    ------
    TransferError
        If a guard blocks the transfer, before the block runs.
    """

    __module__ = "zarr_devbuf.transfers"
    __slots__ = ("_direction", "_explicit", "_nbytes")

    def __init__(self, direction: Direction, nbytes: int, *, explicit: bool | None = None) -> None:
        self._direction = direction
        self._nbytes = nbytes
        self._explicit = explicit

    def __enter__(self) -> None:
        __tracebackhide__ = True
        if _observers and not declarations.unrecorded:
            entry = announce(self._direction, self._nbytes, self._explicit)
            if entry is not None:
                commit(entry)
        _UNRECORDED.__enter__()

    def __exit__(self, *exception: object) -> None:
        _UNRECORDED.__exit__()
