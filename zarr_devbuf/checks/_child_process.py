"""Run calls in a process of their own: one that a fork has made, or that may crash or hang."""

from __future__ import annotations

import faulthandler
import os
import pickle
import select
import signal
import sys
import threading
import time
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from zarr_devbuf.checks.errors import NotApplicable, describe, violated

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr_devbuf.backend import Backend

__all__ = [
    "Outcome",
    "assert_works_in_child",
    "in_child",
    "require_fork",
    "works_in_threads_of_its_own",
]

# Seconds: what takes milliseconds and has not ended by then, hangs.
_LIMIT = 8.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    How a call in a child process ended.

    Attributes
    ----------
    how : {"returned", "raised", "died", "hung"}
        ``"died"``: the process ended without an answer. ``"hung"``: it did not end.
    value : object
        What the call returned; or a text: the exception, the signal.
    """

    how: Literal["returned", "raised", "died", "hung"]
    value: Any


def require_fork(backend: Backend) -> None:
    """Raise `NotApplicable` if a process cannot be forked here, or not while it uses a device."""
    if not hasattr(os, "fork") or sys.platform == "darwin":
        raise NotApplicable("processes are not forked on this system")
    if not backend.is_host and not _is_simulated(backend):
        raise NotApplicable(f"a process that uses backend {backend.name!r} cannot be forked")


def _is_simulated(backend: Backend) -> bool:
    # If the simulator has not been imported, it is not the backend's.
    simulator = sys.modules.get("zarr_devbuf.simulator.cupy")
    return simulator is not None and issubclass(backend.array_type, simulator.ndarray)


def works_in_threads_of_its_own(call: Callable[[], Any]) -> bool:
    """
    Call, and return whether other threads than this one, zarr's and an event loop's worked then.

    Threads of libraries in other languages count. Where the system does not tell (it is Linux that
    does), no thread is seen.
    """
    before = _work_of_threads()
    call()
    return any(before.get(thread) != work for thread, work in _work_of_threads().items())


def _work_of_threads() -> dict[str, str]:
    """Return the time for which each other thread of this process has run, by its number."""
    known = {threading.get_native_id()}
    known |= {
        thread.native_id or 0
        for thread in threading.enumerate()
        if thread.name.startswith(("zarr_io", "zarr_pool", "asyncio_"))
    }
    work = {}
    for folder in Path("/proc/self/task").glob("*"):
        if int(folder.name) not in known:
            # The thread may have ended.
            with suppress(OSError):
                work[folder.name] = (folder / "schedstat").read_text("ascii").split()[0]
    return work


def assert_works_in_child(call: Callable[[], Any], case: str, *, advice: str) -> Any:
    """
    Return what a call returns in a forked process.

    Parameters
    ----------
    call : callable
        See `in_child`. It has worked in the parent.
    case, advice : str
        What the call does, and what to do if it fails in the child.

    Raises
    ------
    CheckFailed
        If the call raises in the child, ends it, or does not end.
    NotApplicable
        If a process that is forked here does not even do nothing.
    """
    outcome = in_child(call)
    if outcome.how == "returned":
        return outcome.value
    if in_child(int).how != "returned":
        raise NotApplicable("a process that is forked here does not work, without the subject")
    raise violated(
        case=f"{case} in a forked process, after the same in its parent",
        expected="what it does in the parent",
        actual=str(outcome.value),
        advice=advice,
    )


def in_child(call: Callable[[], Any]) -> Outcome:
    """
    Fork, call in the child, and return how that ended; no child outlives this.

    Parameters
    ----------
    call : callable
        Its result is pickled. It must not use an event loop that runs in another thread: a child
        has none of its parent's threads.
    """
    source, target = os.pipe()
    with warnings.catch_warnings():
        # Python warns of every fork with threads: that they are lost is what is checked.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        _answer(call, source, target)
    os.close(target)
    try:
        return _outcome(child, source)
    finally:
        os.close(source)


def _answer(call: Callable[[], Any], source: int, target: int) -> None:
    """Write the pickled outcome of a call, and end the process."""
    status = 1
    try:
        os.close(source)
        # The messages of a library that crashes are for nobody.
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        faulthandler.disable()  # pytest's writes to a file of its own
        try:
            outcome = Outcome("returned", call())
        except Exception as error:  # noqa: BLE001 - whatever it is, the parent reports it
            outcome = Outcome("raised", describe(error))
        with os.fdopen(target, "wb") as file:
            pickle.dump(outcome, file)
        status = 0
    finally:
        # Nothing of the parent's is to be ended here: no handlers, no open files.
        os._exit(status)


def _outcome(child: int, source: int) -> Outcome:
    deadline = time.monotonic() + _LIMIT
    answer = b""
    while True:
        ready, _, _ = select.select([source], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return Outcome("hung", f"it has not ended within {_LIMIT:g} seconds")
        part = os.read(source, 1 << 16)
        if not part:
            break
        answer += part
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status or not answer:
        how = signal.Signals(-status).name if status < 0 else f"status {status}"
        return Outcome("died", f"the process was ended by {how}")
    outcome = pickle.loads(answer)  # noqa: S301 - written by this module
    return outcome if isinstance(outcome, Outcome) else Outcome("died", "it gave no answer")
