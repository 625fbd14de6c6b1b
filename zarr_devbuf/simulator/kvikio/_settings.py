"""The settings of kvikio, with their initial values from the environment."""

from __future__ import annotations

import enum
import os
from typing import Any

from zarr_devbuf.simulator.kvikio._memory import size_t

__all__ = [
    "REVERTIBLE",
    "CompatMode",
    "RemoteIOBackend",
    "RemoteReactorDispatch",
    "change",
    "value_of",
]


class CompatMode(enum.IntEnum):
    """Whether kvikio uses POSIX's calls in place of cuFile."""

    OFF = 0
    ON = 1
    AUTO = 2


class RemoteIOBackend(enum.IntEnum):
    """How kvikio makes requests."""

    EASY_THREADPOOL = 0
    MULTI_POLL = 1


class RemoteReactorDispatch(enum.IntEnum):
    """How kvikio distributes requests."""

    PER_CHUNK = 0
    PER_PREAD = 1


def _environment() -> dict[str, Any]:
    def number(name: str, default: int) -> int:
        return int(os.environ.get(f"KVIKIO_{name}", default))

    def switch(name: str, *, default: bool) -> bool:
        given = os.environ.get(f"KVIKIO_{name}", str(default)).strip().lower()
        return given in {"1", "on", "true", "yes"}

    return {
        "auto_direct_io_read": switch("AUTO_DIRECT_IO_READ", default=False),
        "auto_direct_io_write": switch("AUTO_DIRECT_IO_WRITE", default=True),
        "bounce_buffer_size": number("BOUNCE_BUFFER_SIZE", 16 << 20),
        "compat_mode": _compat_mode(os.environ.get("KVIKIO_COMPAT_MODE", "AUTO")),
        "gds_threshold": number("GDS_THRESHOLD", 16 << 10),
        "http_max_attempts": number("HTTP_MAX_ATTEMPTS", 3),
        "http_status_codes": [429, 500, 502, 503, 504],
        "http_timeout": number("HTTP_TIMEOUT", 60),
        "remote_io_backend": RemoteIOBackend.EASY_THREADPOOL,
        "remote_io_max_concurrent_requests": 256,
        "remote_io_num_reactors": 1,
        "remote_io_reactor_dispatch": RemoteReactorDispatch.PER_CHUNK,
        "task_size": number("TASK_SIZE", 4 << 20),
        "thread_pool_nthreads": number("NTHREADS", 1),
    }


def _compat_mode(text: str) -> CompatMode:
    name = text.strip().upper()
    if name in CompatMode.__members__:
        return CompatMode[name]
    switches = {"TRUE": CompatMode.ON, "YES": CompatMode.ON, "1": CompatMode.ON}
    switches |= {"FALSE": CompatMode.OFF, "NO": CompatMode.OFF, "0": CompatMode.OFF}
    if name not in switches:
        raise ValueError(f"unknown value of KVIKIO_COMPAT_MODE: {text!r}")
    return switches[name]


_values = _environment()
_MUST_BE_POSITIVE = {
    "bounce_buffer_size": "size of the bounce buffer must be a positive integer",
    "http_max_attempts": "attempts must be a positive integer",
    "http_timeout": "timeout_seconds must be a positive integer",
    "remote_io_max_concurrent_requests": (
        "remote_io_max_concurrent_requests must be a positive integer"
    ),
    "remote_io_num_reactors": "remote_io_num_reactors must be a positive integer",
    "task_size": "task size must be a positive integer",
    "thread_pool_nthreads": "number of threads must be a positive integer",
}
_KEPT = (
    "remote_io_max_concurrent_requests",
    "remote_io_num_reactors",
    "remote_io_reactor_dispatch",
)
REVERTIBLE = tuple(name for name in _values if name not in _KEPT)
"""The settings that a ``with`` block can restore."""


def value_of(name: str) -> Any:
    """Return the value of a setting; ``KeyError`` if there is none of that name."""
    value = _values["thread_pool_nthreads" if name == "num_threads" else name]
    return list(value) if isinstance(value, list) else value


def change(name: str, value: Any) -> None:
    """Set a setting.

    Raises
    ------
    KeyError
        If there is none of that name.
    TypeError, ValueError, OverflowError
        If the value is none for it.
    """
    name = "thread_pool_nthreads" if name == "num_threads" else name
    old = _values[name]
    if name.startswith("auto_direct_io"):
        value = bool(value)
    elif name == "http_status_codes":
        value = list(value)
        if not all(isinstance(code, int) for code in value):
            raise TypeError("an integer is required")
    elif isinstance(old, enum.IntEnum):
        if not isinstance(value, int):
            raise TypeError("an integer is required")
        value = type(old)(value)
    else:
        if not isinstance(value, int):
            raise TypeError(
                f"Argument has incorrect type (expected int, got {type(value).__name__})"
            )
        value = size_t(value)
        if not value and name in _MUST_BE_POSITIVE:
            raise ValueError(f"KvikIO failure: {_MUST_BE_POSITIVE[name]}")
    _values[name] = value
