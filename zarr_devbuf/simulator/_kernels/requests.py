"""What a launch tells the runtime, as in ``runtime/launch.h``."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Index", "LaunchRequest", "Region", "Status"]


class Index(ctypes.Structure):
    """Three numbers: of a block, of a thread, or of their counts."""

    _fields_: ClassVar[Sequence[Any]] = [
        ("x", ctypes.c_uint32),
        ("y", ctypes.c_uint32),
        ("z", ctypes.c_uint32),
    ]

    def __iter__(self) -> Any:
        return iter((self.x, self.y, self.z))


class Region(ctypes.Structure):
    """Device memory of one allocation: its host address, its device address, its bytes."""

    _fields_: ClassVar[Sequence[Any]] = [
        ("host", ctypes.c_uint64),
        ("device", ctypes.c_uint64),
        ("nbytes", ctypes.c_uint64),
        ("snapshot", ctypes.c_void_p),
    ]


class LaunchRequest(ctypes.Structure):
    """A launch, and how it ended."""

    _fields_: ClassVar[Sequence[Any]] = [
        ("thread", ctypes.c_void_p),
        ("parameters", ctypes.POINTER(ctypes.c_void_p)),
        ("grid", Index),
        ("block", Index),
        ("shared_bytes", ctypes.c_uint64),
        ("regions", ctypes.POINTER(Region)),
        ("count", ctypes.c_uint64),
        ("device_start", ctypes.c_uint64),
        ("device_end", ctypes.c_uint64),
        ("timeout", ctypes.c_double),
        ("status", ctypes.c_int32),
        ("is_write", ctypes.c_int32),
        ("address", ctypes.c_uint64),
        ("size", ctypes.c_uint64),
        ("at_block", Index),
        ("at_thread", Index),
        ("message", ctypes.c_char * 512),
    ]


class Status:
    """How a launch ended."""

    (OK, NO_MEMORY, ILLEGAL_ADDRESS, DEADLOCK, TIMEOUT, ASSERT, TRAP, STACK_OVERFLOW, MISALIGNED,
     GRID_SYNC, ARITHMETIC) = range(11)  # fmt: skip
