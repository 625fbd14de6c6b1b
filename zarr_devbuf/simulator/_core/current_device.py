"""How many devices are simulated, and which one each thread uses."""

from __future__ import annotations

import os
import threading
import weakref

from zarr_devbuf.simulator._core.errors import CUDARuntimeError

__all__ = [
    "current_id",
    "device_count",
    "has_context",
    "peer_error",
    "require_device",
    "restore",
    "set_device_count",
    "use",
]


def _count_from_environment() -> int:
    text = os.environ.get("SIM_DEVICES", "1")
    try:
        count = int(text)
    except ValueError:
        raise ValueError(f"SIM_DEVICES must be a number of devices, not {text!r}") from None
    if count < 0:
        raise ValueError(f"SIM_DEVICES must not be negative, it is {count}")
    return count


class _Current(threading.local):
    """The device of a thread: the first one, until the thread selects another."""

    id = 0

    def __init__(self) -> None:
        # Called when a thread asks for its device for the first time.
        _threads.add(threading.current_thread())


_threads: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
_current = _Current()
_count = _count_from_environment()


def has_context() -> bool:
    """Return whether this thread has used a device."""
    return threading.current_thread() in _threads


def device_count() -> int:
    """Return the number of simulated devices."""
    return _count


def set_device_count(count: int) -> None:
    """Set the number of simulated devices of this process.

    Parameters
    ----------
    count
        If 0, the simulator behaves like a machine that has a driver and no GPU.
    """
    global _count  # noqa: PLW0603
    if count < 0:
        raise ValueError(f"the number of devices must not be negative, got {count}")
    _count = count


def current_id() -> int:
    """Return the id of the device that this thread uses."""
    return _current.id


def require_device(device_id: int) -> int:
    """Return the id; raise CUDA's error if there is no such device."""
    if not _count:
        raise CUDARuntimeError(100)
    if not 0 <= device_id < _count:
        raise CUDARuntimeError(101)
    return device_id


def use(device_id: int) -> None:
    """Select a device for this thread."""
    _current.id = require_device(device_id)


def restore(device_id: int) -> None:
    """Select a device that this thread used before, whether or not it still exists."""
    _current.id = device_id


def peer_error(array_device: int) -> ValueError:
    """Return the error for an operand that is not on this thread's device."""
    return ValueError(
        f"The device where the array resides ({array_device}) is different from the current "
        f"device ({_current.id}). Peer access is unavailable between these devices."
    )
