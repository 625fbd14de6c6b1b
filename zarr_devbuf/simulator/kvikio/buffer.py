"""``kvikio.buffer``: registration of memory, and kvikio's own buffers."""

from __future__ import annotations

import threading
from typing import Any

from zarr_devbuf.simulator._core.addresses import is_device_address
from zarr_devbuf.simulator.kvikio._memory import Memory, invalid_value
from zarr_devbuf.simulator.kvikio._settings import value_of

__all__ = ["bounce_buffer_free", "memory_deregister", "memory_register", "use_bounce_buffer"]

_lock = threading.Lock()
_held = 0


def use_bounce_buffer() -> None:
    """Hold a host buffer of the size that is set, as kvikio does after a transfer."""
    global _held  # noqa: PLW0603
    with _lock:
        _held = value_of("bounce_buffer_size")


def bounce_buffer_free() -> int:
    """Free kvikio's host buffers, and return their bytes."""
    global _held
    with _lock:
        nbytes, _held = _held, 0
    return nbytes


def memory_register(buf: Any) -> None:
    """Do nothing with device memory, as kvikio in compatibility mode; raise for host memory."""
    _check(buf)


def memory_deregister(buf: Any) -> None:
    """Do nothing with device memory, as kvikio in compatibility mode; raise for host memory."""
    _check(buf)


def _check(buf: Any) -> None:
    memory = Memory.of(buf, None, accepts_host=True)
    if not is_device_address(memory.address):
        raise invalid_value()
