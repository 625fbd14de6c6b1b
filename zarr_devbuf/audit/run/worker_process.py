"""One worker process, as its parent sees it: asked, waited for, and ended where it has to be."""

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

from zarr_devbuf.audit.findings.diagnosis import STDLIB, shortened

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Lost", "WorkerProcess"]

# Starting means importing zarr and everything that registers with it.
_TO_START = 120.0
_CODE = (
    "import sys; sys.path[:] = {path!r}; from zarr_devbuf.audit.run.worker_main import main; main()"
)
# Where a thread waits for another one, it is not this one that hangs.
_WAITING = re.compile(r"/(threading|selectors|queue|_base|thread|base_events|subprocess)\.py$")


class Lost(Exception):  # noqa: N818 - what it is
    """A worker has crashed, or did not answer in time; the text says how, and where it was."""


class WorkerProcess:
    """
    A Python process that audits one subject at a time.

    It is started with the parent's ``sys.path``, in a session of its own, so that what a subject
    starts can be ended with it. Not to be used by two threads at a time.
    """

    def __init__(self) -> None:
        # Appended to, so that it can be emptied while the worker has it open.
        self._errors = tempfile.TemporaryFile(mode="a+b")  # noqa: SIM115 - `end` closes it
        code = _CODE.format(path=sys.path)
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
        self._next(time.monotonic() + _TO_START, _TO_START)

    def _read(self) -> None:
        out = self._process.stdout
        while out is not None:
            try:
                self._replies.put(pickle.load(out))  # noqa: S301 - from our own worker
            except Exception:  # noqa: BLE001 - it has died, in the middle of a reply perhaps
                self._replies.put(None)
                return

    def kind_of(self, path: str, limit: float) -> str:
        """
        Ask what an import path names.

        Raises
        ------
        ValueError
            Where it cannot be imported, or names nothing to audit.
        Lost
            Where the worker is no more.
        """
        what, answer = self._ask(("kind", path), limit)
        if what == "error":
            raise ValueError(answer)
        return str(answer)

    def audit(
        self, subject: Any, backend: str, limit: float, on_event: Callable[[Any], None]
    ) -> Any:
        """
        Have a subject audited on a backend.

        Parameters
        ----------
        limit : float
            Seconds.
        on_event : callable
            Takes the name of each check before it begins, and the record of it afterwards.

        Raises
        ------
        RuntimeError
            Where the worker cannot use the backend.
        Lost
            Where the worker is no more.
        """
        what, answer = self._ask(("audit", subject, backend, limit), limit, on_event)
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
        deadline = time.monotonic() + limit
        while True:
            what, answer = self._next(deadline, limit)
            if what not in ("check", "record"):
                return what, answer
            on_event(answer)

    def _next(self, deadline: float, limit: float) -> tuple[str, Any]:
        try:
            reply = self._replies.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            place = _place(self._told())
            self.end()
            raise Lost(
                f"did not end within {limit:g} s{f': it was {place}' if place else ''}"
            ) from None
        if reply is None:
            raise Lost(self._how_it_ended())
        what, answer = reply
        return what, answer

    def _how_it_ended(self) -> str:
        try:
            code = self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:  # its replies are closed, but it is alive
            self.end()
            return "closed the streams of the process that audits it"
        told = self._told()
        self.end()
        if code < 0:
            try:
                how = f"killed the process by {signal.Signals(-code).name}"
            except ValueError:
                how = f"killed the process by signal {-code}"
        else:
            how = f"ended the process with exit status {code}"
        place = _place(told)
        last = next((line for line in reversed(told.splitlines()) if line.strip()), "")
        if place:
            return f"{how}, {place}"
        return f"{how}: {last.strip()}" if last else how

    def _told(self) -> str:
        if self._errors.closed:  # another thread has ended it
            return ""
        self._errors.seek(0)
        return self._errors.read()[-100_000:].decode(errors="replace")

    def end(self) -> None:
        """End the process, and what it has started; may be called again, from any thread."""
        with self._lock:
            if self._process.poll() is None:
                self._kill()
            self._process.wait()
            # Its end closes what the reader waits for.
            if self._reader is not threading.current_thread():
                self._reader.join(timeout=10)
            for stream in (self._process.stdin, self._process.stdout, self._errors):
                try:
                    if stream is not None:
                        stream.close()
                except OSError:  # what was not read any more
                    pass

    def _kill(self) -> None:
        try:
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
                return
        except OSError:
            pass
        self._process.kill()


def _place(told: str) -> str:
    """Read from what `faulthandler` has written where the Python code was."""
    threads = re.split(r"\n(?=(?:Current thread|Thread) 0x)", f"\n{told}")
    places = []
    for thread in threads[1:]:
        frames = re.findall(r'File "(.+?)", line (\d+) in (\S+)', thread)
        if frames and not _WAITING.search(frames[0][0].replace("\\", "/")):
            # Where the standard library is at work, it was called by what is to blame.
            path, line, function = next(filter(_is_no_library, frames), frames[0])
            places.append(f"at {shortened(path)}:{line} in {function}")
            if thread.startswith("Current"):
                return places[-1]
    return places[0] if places else ""


def _is_no_library(frame: tuple[str, str, str]) -> bool:
    return not frame[0].startswith(STDLIB) or "site-packages" in frame[0]
