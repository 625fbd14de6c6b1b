"""The pool of each device that the driver keeps for asynchronous allocations."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

__all__ = ["NO_LIMIT", "AsyncPool", "async_pool"]

NO_LIMIT = 2**64 - 1
_STEP = 32 << 20
_UNIT = 512


@dataclass
class AsyncPool:
    """The memory that asynchronous allocations of a device use, in bytes.

    The pool grows in steps of 32 MiB, and keeps what is released until it is trimmed.
    """

    limit: int = NO_LIMIT
    used: int = 0
    total: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def take(self, size: int) -> None:
        """Add an allocation."""
        with self._lock:
            self.used += _whole(size, _UNIT)
            self.total = max(self.total, _whole(self.used, _STEP))

    def release(self, size: int) -> None:
        """Remove an allocation."""
        with self._lock:
            self.used -= _whole(size, _UNIT)

    def trim(self) -> None:
        """Return the memory that is not in use."""
        with self._lock:
            self.total = _whole(self.used, _STEP)


def _whole(size: int, unit: int) -> int:
    return -(-size // unit) * unit


_pools: dict[int, AsyncPool] = {}
_lock = threading.RLock()


def async_pool(device_id: int) -> AsyncPool:
    """Return the pool of a device."""
    with _lock:
        return _pools.setdefault(device_id, AsyncPool())
