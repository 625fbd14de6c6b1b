"""What a forked process does: run the checks on a mutant, or take the baseline."""

from __future__ import annotations

import os
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from tests.mutation.install import import_with, replace_code
from tests.mutation.mutant import Mutant
from tests.mutation.trace import lines_of_import, recorded_lines, watch_functions

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["TASKS", "Event", "Step", "Task", "silence"]

# Kind, subject, backend, check; and the seconds that it takes without a mutant.
type Step = tuple[str, str, str, str, float]
type Task = dict[str, Any]

# Seconds of processor time for all of a task, and bytes of address space.
_PROCESSOR = 300
_MEMORY = 8 << 30


class Event(TypedDict, total=False):
    """One message of a task: what it does next, for how many seconds at most, or what it found."""

    doing: str
    limit: float
    result: Any


type Send = Callable[[Event], None]


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR, _PROCESSOR))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run_mutant(task: Task, send: Send) -> None:
    """
    Install a mutant, try the simplest arrays, then run checks until one notices.

    Reports ``"not replaced"`` if only a process without zarr can install it, ``"trivial"``,
    ``"missed"``, or the step that noticed.
    """
    _limit()
    package = Path(task["package"])
    mutant = Mutant.from_dict(task["mutant"])
    send({"doing": "screen", "limit": 20.0})
    try:
        if "zarr" not in sys.modules:
            import_with(mutant, package)
        elif not replace_code(mutant, package):
            send({"result": "not replaced"})
            return
        from tests.mutation.subjects import Bench, screen

        screen()
    except BaseException as error:
        send({"result": "trivial", "doing": f"{type(error).__name__}: {error}"[:200]})
        return
    send({"doing": "set up", "limit": 20.0})
    bench = Bench(task["folder"])
    for kind, subject, backend, check, seconds in task["steps"]:
        doing = f"{check} of {subject} on {backend}"
        send({"doing": doing, "limit": 10 + 20 * seconds})
        try:
            status = bench.run(kind, subject, backend, check)
        except BaseException as error:
            status = type(error).__name__
        if status not in ("passed", "skipped"):
            send({"result": "noticed", "doing": f"{doing}: {status}"})
            return
    send({"result": "missed"})


def list_subjects(_task: Task, send: Send) -> None:
    """Report kind, name and backend of all subjects."""
    from tests.mutation.subjects import list_subjects as listed

    send({"result": listed()})


def trace_import(task: Task, send: Send) -> None:
    """Report the lines that run as zarr is imported."""
    send({"result": lines_of_import(Path(task["package"]))})


def run_baseline(task: Task, send: Send) -> None:
    """
    Run all checks of one subject, in reverse if that is asked for.

    Reports status, seconds and, if it is asked to trace, the lines of zarr that ran.
    """
    from tests.mutation.subjects import Bench

    package = Path(task["package"])
    kind, subject, backend = task["subject"]
    bench = Bench(task["folder"])
    if task["trace"]:
        watch_functions(package)
    names = bench.names_of_checks(kind)
    for check in names if task["trace"] else reversed(names):
        send({"doing": check, "limit": 120.0})
        with recorded_lines(package) as lines:
            start = time.perf_counter()
            status = bench.run(kind, subject, backend, check)
            seconds = time.perf_counter() - start
        row = {"check": check, "status": status, "seconds": round(seconds, 4)}
        send({"result": row | ({"lines": lines} if task["trace"] else {})})


TASKS: dict[str, Callable[[Task, Send], None]] = {
    "baseline": run_baseline,
    "import": trace_import,
    "mutant": run_mutant,
    "subjects": list_subjects,
}


def silence() -> None:
    """Let what zarr and the checks print disappear."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
