"""A process with everything imported, which forks one process for each task and supervises it."""

from __future__ import annotations

import contextlib
import importlib
import json
import multiprocessing
import os
import select
import signal
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

from tests.mutation.tasks import TASKS, Event, silence

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from tests.mutation.tasks import Task

__all__ = ["Answer", "Server"]

# Longer than any task takes to begin.
_START = 60.0


@final
@dataclass(slots=True)
class Answer:
    """
    How a task ended.

    Attributes
    ----------
    results : list
        What it reported, in order.
    doing : str
        What it did last.
    end : str
        ``"finished"``, ``"timeout"`` or ``"died"``.
    seconds : float
        Wall time.
    """

    results: list[Any] = field(default_factory=list)
    doing: str = ""
    end: str = "finished"
    seconds: float = 0.0


@final
class Server:
    """
    Runs tasks one after the other, each in a fresh fork.

    Parameters
    ----------
    warm : bool
        Whether zarr and the checks are imported before the fork. If not, all else is that they
        import.
    """

    def __init__(self, *, warm: bool) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, warm), daemon=True)
        self._process.start()
        theirs.close()

    def run(self, name: str, task: Task) -> Answer:
        """Run a task, and wait for its end."""
        self._connection.send((name, task))
        answer: Answer = self._connection.recv()
        return answer

    def close(self) -> None:
        """End the process."""
        self._connection.close()
        self._process.join(5)


def _serve(connection: Connection, warm: bool) -> None:
    with contextlib.suppress(KeyboardInterrupt, EOFError):
        if warm:
            import tests.mutation.subjects  # noqa: F401 - for all that fork from here
        else:
            _import_others()
        while True:
            name, task = connection.recv()
            with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
                connection.send(_supervise(name, task | {"folder": folder}))


def _modules_to_import() -> list[str]:
    """Name what zarr and the checks import, but for themselves, in a fork that imports it."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.close(reading)
        import tests.mutation.subjects  # noqa: F401 - as above

        ours = {"zarr", "zarr_devbuf", "tests", "__main__", "__mp_main__"}
        names = [name for name in sys.modules if name.partition(".")[0] not in ours]
        with os.fdopen(writing, "w") as stream:
            json.dump(names, stream)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as stream:
        found: list[str] = json.load(stream)
    os.wait()
    return found


def _import_others() -> None:
    for module in _modules_to_import():
        # Some are only there after another one, or not under this name.
        with contextlib.suppress(Exception):
            importlib.import_module(module)
    if "zarr" in sys.modules:
        raise RuntimeError("a module that is not zarr's imports zarr")


def _supervise(name: str, task: Task) -> Answer:
    reading, writing = os.pipe()
    start = time.monotonic()
    process = os.fork()
    if process == 0:
        os.close(reading)
        _perform(name, task, writing)
    os.close(writing)
    answer = Answer()
    deadline = start + _START * _crowd()
    text = b""
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([reading], [], [], left)[0]:
            answer.end = "timeout"
            os.kill(process, signal.SIGKILL)
            break
        data = os.read(reading, 1 << 16)
        if not data:
            break
        *lines, text = (text + data).split(b"\n")
        for line in lines:
            event: Event = json.loads(line)
            answer.doing = event.get("doing", answer.doing)
            if "limit" in event:
                deadline = time.monotonic() + event["limit"] * _crowd()
            if "result" in event:
                answer.results.append(event["result"])
    os.close(reading)
    _, status = os.waitpid(process, 0)
    if answer.end == "finished" and status:
        answer.end = "timeout" if status == signal.SIGXCPU else "died"
    answer.seconds = time.monotonic() - start
    return answer


def _crowd() -> float:
    """Return how much longer work takes than on an idle machine, since others use it, too."""
    return max(1.0, 2 * os.getloadavg()[0] / (os.cpu_count() or 1))


def _perform(name: str, task: Task, writing: int) -> None:
    status = 0
    try:
        silence()
        with os.fdopen(writing, "w") as stream:

            def send(event: Event) -> None:
                stream.write(json.dumps(event) + "\n")
                stream.flush()

            try:
                TASKS[name](task, send)
            except BaseException:
                send({"doing": traceback.format_exc()})
                status = 1
    finally:
        # Threads of zarr may hang, and must not keep the process.
        os._exit(status)
