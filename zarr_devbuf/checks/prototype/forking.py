"""Run a part of a check in a forked process."""

from __future__ import annotations

import os
import select
import signal
import time
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING

from zarr_devbuf.checks.errors import CheckFailed, describe, violated

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["forked"]

# Seconds. What waits for a thread that is not there waits for ever.
_LIMIT = 10.0


def forked(call: Callable[[], object], what: str, *, advice: str) -> None:
    """
    Call a function in a forked process.

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
        _run(call, reading, writing)
    os.close(writing)
    try:
        answer = _answer(reading)
    finally:
        os.close(reading)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if answer != "returned":
        raise violated(
            case=f"{what} in a forked process, after the same in its parent",
            expected="that it works, as in the parent",
            actual=answer,
            advice=advice,
        )


def _run(call: Callable[[], object], reading: int, writing: int) -> None:
    """Call, write the answer, and end the child: nothing of the parent's must run in it."""
    answer = "the process ended"
    try:
        os.close(reading)
        call()
        answer = "returned"
    except CheckFailed as error:
        answer = f"{error.case}: {error.actual} instead of {error.expected}"
    except BaseException as error:  # noqa: BLE001 - whatever it is, the parent reports it
        answer = describe(error)
    finally:
        with suppress(BaseException):
            os.write(writing, answer[:2000].encode("utf-8", "replace"))
        os._exit(0)


def _answer(reading: int) -> str:
    deadline = time.monotonic() + _LIMIT
    found = b""
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([reading], [], [], left)[0]:
            break
        data = os.read(reading, 4096)
        if not data:
            return found.decode("utf-8", "replace") or "the process ended"
        found += data
    return f"nothing within {_LIMIT:g} seconds"
