"""Run a part of a check in a forked process."""

from __future__ import annotations

import os
import select
import signal
import time
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING

from zarr_devbuf.checks.errors import describe, violated

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["forked"]

# Seconds. What waits for a thread that is not there waits for ever, and machines may be slow.
_LIMIT = 10.0
_RETURNED, _RAISED = b"=", b"!"


def forked(call: Callable[[], bytes], what: str, *, advice: str) -> bytes:
    """
    Return what a function returns in a forked process.

    Raises
    ------
    CheckFailed
        If it raises there, ends the process, or does not return within 10 seconds.
    """
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # Python warns that the child may deadlock, which is what is checked.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _run(call, writing)
    os.close(writing)
    try:
        answer = _answer(reading)
    finally:
        os.close(reading)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if answer is not None and answer.startswith(_RETURNED):
        return answer[1:]
    if answer is None:
        actual = f"nothing within {_LIMIT:g} seconds"
    else:
        actual = answer[1:].decode("utf-8", "replace") or "the process ended"
    raise violated(
        case=f"{what} in a forked process, after the same in its parent",
        expected="what it does in the parent",
        actual=actual,
        advice=advice,
    )


def _run(call: Callable[[], bytes], writing: int) -> None:
    """Call, write the answer, and end the child: nothing of the parent's must run in it."""
    answer = _RAISED
    try:
        answer = _RETURNED + call()
    except BaseException as error:  # noqa: BLE001 - whatever it is, the parent reports it
        answer = _RAISED + describe(error)[:2000].encode("utf-8", "replace")
    finally:
        with suppress(BaseException):
            os.write(writing, answer)
        os._exit(0)


def _answer(reading: int) -> bytes | None:
    """Return all that the child writes; None if it does not end in time."""
    deadline = time.monotonic() + _LIMIT
    found = b""
    while (left := deadline - time.monotonic()) > 0:
        if select.select([reading], [], [], left)[0]:
            data = os.read(reading, 4096)
            if not data:
                return found
            found += data
    return None
