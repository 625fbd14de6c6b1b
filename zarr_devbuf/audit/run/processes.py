"""End processes, and those that they leave behind."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path

__all__ = ["adopt_orphans", "die_with_parent", "end_children", "end_group"]

_SET_DEATH_SIGNAL, _SET_CHILD_SUBREAPER = 1, 36


def _control(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of the processes that children leave behind; on Linux only."""
    _control(_SET_CHILD_SUBREAPER, 1)


def die_with_parent() -> None:
    """Let this process be killed when its parent ends; on Linux only."""
    _control(_SET_DEATH_SIGNAL, signal.SIGKILL)


def end_group(leader: int) -> None:
    """Kill a process and those in its group."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def end_children() -> None:
    """Kill all children of this process, and those that this leaves to it; on Linux only."""
    while children := _children():
        for child in children:
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)


def _children() -> list[int]:
    try:
        text = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text("ascii")
    except OSError:  # the system does not tell
        return []
    return [int(number) for number in text.split()]
