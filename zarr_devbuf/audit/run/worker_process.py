"""A worker process, in the parent: start it, send requests, wait with a time limit, end it."""

from __future__ import annotations

import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from zarr_devbuf.audit.run.messages import (
    MalformedMessage,
    Reply,
    Request,
    decode,
    receive_bytes,
    send,
)
from zarr_devbuf.checks.tracebacks import is_standard_library, shorten

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr_devbuf.audit.findings.results import CheckRecord, SubjectResult
    from zarr_devbuf.audit.subjects.subject import Subject

__all__ = ["Lost", "Unusable", "WorkerProcess"]

# Seconds. The worker imports zarr and everything that registers with it.
_TO_START = 120.0
# A subject may take so many times its limit where other processes use the machine.
_SLOWEST = 8.0
_CODE = (
    "import sys; sys.path[:] = {path!r}; "
    "from zarr_devbuf.audit.run.worker_main import main; main({folder!r}, simulated={simulated})"
)
# Seconds for a worker to end what it is doing.
_TO_STOP = 10.0
# Seconds between two looks at what a subject prints, and the most bytes of that which are kept.
_TURN, _PRINTED = 1.0, 8 << 20
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

    It has the parent's ``sys.path``, and a session and a folder for temporary files of its own. Use
    it from one thread at a time; only `end` may be called from any.
    """

    def __init__(self, *, simulated: bool = False) -> None:
        self.simulated = simulated
        self._answers_many = False
        self._folder = tempfile.mkdtemp(prefix="zarr-devbuf-")
        # In append mode, so that it can be truncated while the worker has it open.
        self._errors = tempfile.TemporaryFile(mode="a+b")  # noqa: SIM115 - `end` closes it
        code = _CODE.format(path=sys.path, folder=self._folder, simulated=simulated)
        self._process = subprocess.Popen(  # noqa: S603 - this very interpreter
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,
        )
        self._replies: queue.SimpleQueue[Reply | MalformedMessage | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            ready = self._next(time.monotonic(), _TO_START)
        except Lost as lost:
            gpu = " with a simulated GPU" if simulated else ""
            raise Unusable(f"a worker process{gpu} cannot start: {lost}") from lost
        if isinstance(ready, MalformedMessage):
            raise Unusable(f"a worker process cannot start: {ready}")
        self._answers_many = bool(ready.number)

    @property
    def is_usable(self) -> bool:
        """Whether it can audit another subject."""
        return self._answers_many and self._process.poll() is None

    def _read(self) -> None:
        out = self._process.stdout
        while out is not None:
            try:
                content = receive_bytes(out)  # type: ignore[arg-type]  # it is a binary stream
            except (MalformedMessage, OSError, ValueError):  # closed
                content = None
            if content is None:
                self._replies.put(None)
                return
            try:
                self._replies.put(decode(content, Reply))
            except MalformedMessage as error:
                self._replies.put(error)

    def kind_of(self, path: str, limit: float) -> str:
        """
        Return what kind of subject an import path names.

        Raises
        ------
        ValueError
            If it cannot be imported, or is not a subject.
        Lost
            If the process of the subject crashed, or did not answer in time.
        """
        reply = self._ask(Request("kind", path), limit)
        if reply.what == "error":
            raise ValueError(reply.text)
        return reply.text

    def audit(
        self,
        subject: Subject,
        backend: str,
        limit: float,
        on_event: Callable[[str | CheckRecord], None],
    ) -> SubjectResult:
        """
        Audit a subject on a backend.

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
            If the process of the subject crashed, or did not answer in time.
        """
        request = Request("audit", subject=subject, backend=backend, limit=limit)
        reply = self._ask(request, limit, on_event)
        if reply.what == "unusable":
            raise Unusable(reply.text)
        if reply.result is None:
            raise RuntimeError(reply.text)
        return reply.result

    def _ask(
        self,
        request: Request,
        limit: float,
        on_event: Callable[[str | CheckRecord], None] = lambda _: None,
    ) -> Reply:
        """Return the answer to a request, when its process has ended."""
        try:
            self._errors.truncate(0)
            self._send(request)
        except (OSError, ValueError):  # broken, or closed by another thread
            raise Lost(self._how_it_ended()) from None
        begun = time.monotonic()
        answer, wrong = None, ""
        while True:
            reply = self._next(begun, limit)
            if isinstance(reply, MalformedMessage):
                wrong = str(reply)
            elif reply.what == "begun":
                begun = time.monotonic()
            elif reply.what == "check":
                on_event(reply.text)
            elif reply.record is not None:
                on_event(reply.record)
            elif reply.what != "ended":
                answer = reply
            else:
                break
        if wrong := wrong or reply.text:
            raise Lost(f"wrote into the pipe of its worker process: {wrong}")
        if answer is None:
            raise Lost(_how(reply.number, self._error_output()))
        return answer

    def _send(self, request: Request) -> None:
        send(self._process.stdin, request)  # type: ignore[arg-type]  # it is a pipe

    def _next(self, begun: float, limit: float) -> Reply | MalformedMessage:
        allowed = limit
        while True:
            left = begun + allowed - time.monotonic()
            try:
                reply = self._replies.get(timeout=min(max(0.0, left), _TURN))
                break
            except queue.Empty:
                if os.fstat(self._errors.fileno()).st_size > _PRINTED:
                    self._errors.truncate(0)
                if left > 0:
                    continue
                if allowed < (now_allowed := limit * _slowness()):
                    allowed = now_allowed
                    continue
                place = _place(self._error_output())
                self._stop()
                raise Lost(
                    f"did not end within {allowed:.3g} s{f': it was {place}' if place else ''}"
                ) from None
        if reply is None:
            raise Lost(self._how_it_ended())
        return reply

    def _stop(self) -> None:
        """End the process of the subject, or if that does not help, the worker."""
        if self._answers_many:
            try:
                self._send(Request("stop"))
                while reply := self._replies.get(timeout=_TO_STOP):
                    if isinstance(reply, Reply) and reply.what == "ended":
                        return
            except (OSError, ValueError, queue.Empty):
                pass
        self.end()

    def _how_it_ended(self) -> str:
        try:
            code = self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:  # it has closed its replies, but is alive
            self.end()
            return "closed the streams of the worker process"
        output = self._error_output()
        self.end()
        return _how(code, output)

    def _error_output(self) -> str:
        if self._errors.closed:  # another thread has ended it
            return ""
        self._errors.seek(0)
        return self._errors.read()[-100_000:].decode(errors="replace")

    def end(self) -> None:
        """End the process and those that it has started; may be called again, from any thread."""
        with self._lock:
            self._close()
            self._process.wait()
            # The stream that the reader waits for is closed now.
            if self._reader is not threading.current_thread():
                self._reader.join(timeout=10)
            for stream in (self._process.stdout, self._errors):
                try:
                    if stream is not None:
                        stream.close()
                except OSError:  # unread data
                    pass
            shutil.rmtree(self._folder, ignore_errors=True)

    def _close(self) -> None:
        """Let the process end, with those that it has started; kill it if it does not."""
        with suppress(OSError):
            self._process.stdin.close()  # type: ignore[union-attr]  # it is a pipe
        try:
            self._process.wait(timeout=_TO_STOP if self._answers_many else 0)
        except subprocess.TimeoutExpired:
            self._kill()

    def _kill(self) -> None:
        try:
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
                return
        except OSError:
            pass
        self._process.kill()


def _how(code: int, output: str) -> str:
    """Say how a process ended, from its exit status and what it has printed."""
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
