"""Calls of a function in a forked process, so that a crash ends only that."""

from __future__ import annotations

import os
import pickle
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["in_child"]


def in_child[T](function: Callable[[], T]) -> tuple[T | None, int]:
    """Call a function in a forked child.

    Returns
    -------
    Its result and 0; or ``None`` and the exit status of a child that died, negative for a signal.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        status = 1
        try:
            os.close(reading)
            with os.fdopen(writing, "wb") as stream:
                pickle.dump(function(), stream)
            status = 0
        finally:
            # Not `sys.exit`, because exit handlers are the parent's.
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        content = stream.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return (pickle.loads(content), 0) if status == 0 else (None, status)
