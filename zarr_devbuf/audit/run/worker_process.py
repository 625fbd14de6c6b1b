"""A worker process, in the parent: start it, send requests, wait with a time limit, end it."""

from __future__ import annotations

import os
import pickle
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from typing import TYPE_CHECKING, Any

from zarr_devbuf.checks.tracebacks import is_standard_library, shorten

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Lost", "Unusable", "WorkerProcess"]

# Seconds. The worker imports zarr and everything that registers with it.
_TO_START = 120.0
# A subject may take so many times its limit where other processes use the machine.
_SLOWEST = 8.0
_CODE = (
    "import sys; sys.path[:] = {path!r}; "
    "from zarr_devbuf.audit.run.worker_main import main; main(simulated={simulated})"
)
# A thread that waits for another one is not the one that hangs.
_WAITING = re.compile(r"/(threading|selectors|queue|_base|thread|base_events|subprocess)\.py$")


class Lost(Exception):  # noqa: N818 - the worker is
    """A worker crashed, or did not answer in time; the text says how, and at which line."""


class Unusable(Exception):  # noqa: N818 - the worker is
    """A worker cannot audit, through no fault of a subject: the run is wrong; the text says why."""


class WorkerProcess:
    """
    A Python process that audits one subject at a time.

    Parameters
    ----------
    simulated : bool
        Whether it simulates a GPU, before it imports any subject.

    Raises
    ------
    Unusable
        If it cannot start.

    It has the parent's ``sys.path``, and a session of its own, so that processes which a subject
    starts end with it. Use it from one thread at a time; only `end` may be called from any.
    """

    def __init__(self, *, simulated: bool = False) -> None:
        self.simulated = simulated
        # In append mode, so that it can be truncated while the worker has it open.
        self._errors = tempfile.TemporaryFile(mode="a+b")  # noqa: SIM115 - `end` closes it
        code = _CODE.format(path=sys.path, simulated=simulated)
        self._process = subprocess.Popen(  # noqa: S603 - this very interpreter
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,
        )
        self._replies: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self._next(time.monotonic(), _TO_START)
        except Lost as lost:
            gpu = " with a simulated GPU" if simulated else ""
            raise Unusable(f"a worker process{gpu} cannot start: {lost}") from lost

    def _read(self) -> None:
        out = self._process.stdout
        while out is not None:
            try:
                self._replies.put(pickle.load(out))  # noqa: S301 - from our own worker
            except Exception:  # noqa: BLE001 - it has died, perhaps in the middle of a reply
                self._replies.put(None)
                return

    def kind_of(self, path: str, limit: float) -> str:
        """
        Return what kind of subject an import path names.

        Raises
        ------
        ValueError
            If it cannot be imported, or is not a subject.
        Lost
            If the worker crashed, or did not answer in time.
        """
        what, answer = self._ask(("kind", path), limit)
        if what == "error":
            raise ValueError(answer)
        return str(answer)

    def audit(
        self, subject: Any, backend: str, limit: float, on_event: Callable[[Any], None]
    ) -> Any:
        """
        Audit a subject on a backend, and return the `SubjectResult`.

        Parameters
        ----------
        limit : float
            Seconds.
        on_event : callable
            Called with the name of each check before it runs, and with its record afterwards.

        Raises
        ------
        Unusable
            If the worker does not have the backend, or cannot make a codec's reference.
        RuntimeError
            If the audit of the subject failed otherwise.
        Lost
            If the worker crashed, or did not answer in time.
        """
        what, answer = self._ask(("audit", subject, backend, limit), limit, on_event)
        if what == "unusable":
            raise Unusable(answer)
        if what == "error":
            raise RuntimeError(answer)
        return answer

    def _ask(
        self, request: Any, limit: float, on_event: Callable[[Any], None] = lambda _: None
    ) -> tuple[str, Any]:
        try:
            self._errors.truncate(0)
            pickle.dump(request, self._process.stdin)  # type: ignore[arg-type]  # it is a pipe
            self._process.stdin.flush()  # type: ignore[union-attr]
        except (OSError, ValueError):  # broken, or closed by another thread
            raise Lost(self._how_it_ended()) from None
        begun = time.monotonic()
        while True:
            what, answer = self._next(begun, limit)
            if what not in ("check", "record"):
                return what, answer
            on_event(answer)

    def _next(self, begun: float, limit: float) -> tuple[str, Any]:
        allowed = limit
        while True:
            try:
                reply = self._replies.get(timeout=max(0.0, begun + allowed - time.monotonic()))
                break
            except queue.Empty:
                if allowed < (now_allowed := limit * _slowness()):
                    allowed = now_allowed
                    continue
                place = _place(self._error_output())
                self.end()
                raise Lost(
                    f"did not end within {allowed:.3g} s{f': it was {place}' if place else ''}"
                ) from None
        if reply is None:
            raise Lost(self._how_it_ended())
        what, answer = reply
        return what, answer

    def _how_it_ended(self) -> str:
        try:
            code = self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:  # it has closed its replies, but is alive
            self.end()
            return "closed the streams of the worker process"
        output = self._error_output()
        self.end()
        if code < 0:
            try:
                how = f"killed the process by {signal.Signals(-code).name}"
            except ValueError:
                how = f"killed the process by signal {-code}"
        else:
            how = f"ended the process with exit status {code}"
        place = _place(output)
        last = next((line for line in reversed(output.splitlines()) if line.strip()), "")
        if place:
            return f"{how}, {place}"
        return f"{how}: {last.strip()}" if last else how

    def _error_output(self) -> str:
        if self._errors.closed:  # another thread has ended it
            return ""
        self._errors.seek(0)
        return self._errors.read()[-100_000:].decode(errors="replace")

    def end(self) -> None:
        """End the process and those that it has started; may be called again, from any thread."""
        with self._lock:
            if self._process.poll() is None:
                self._kill()
            self._process.wait()
            # The stream that the reader waits for is closed now.
            if self._reader is not threading.current_thread():
                self._reader.join(timeout=10)
            for stream in (self._process.stdin, self._process.stdout, self._errors):
                try:
                    if stream is not None:
                        stream.close()
                except OSError:  # unread data
                    pass

    def _kill(self) -> None:
        try:
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
                return
        except OSError:
            pass
        self._process.kill()


def _slowness() -> float:
    """Return how many processes there are for each core, from 1 to `_SLOWEST`."""
    try:
        processes = os.getloadavg()[0]
    except (AttributeError, OSError):  # the system does not tell
        return 1.0
    return min(max(processes / (os.cpu_count() or 1), 1.0), _SLOWEST)


def _place(output: str) -> str:
    """Read from the output of `faulthandler` which line of Python code was running."""
    _, _, last = output.rpartition("Timeout (")
    threads = re.split(r"\n(?=(?:Current thread|Thread) 0x)", f"\n{last}")
    places = []
    for thread in threads[1:]:
        frames = re.findall(r'File "(.+?)", line (\d+) in (\S+)', thread)
        if frames and not _WAITING.search(frames[0][0].replace("\\", "/")):
            # Not a line of the standard library, but the one that called it.
            outside = (frame for frame in frames if not is_standard_library(frame[0]))
            path, line, function = next(outside, frames[0])
            places.append(f"at {shorten(path)}:{line} in {function}")
            if thread.startswith("Current"):
                return places[-1]
    return places[0] if places else ""
