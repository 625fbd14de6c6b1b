"""Audit subjects in parallel worker processes; return the results in order."""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING, Protocol

from zarr_devbuf.audit.findings.results import AUDIT_CHECKS, CheckRecord, SubjectResult
from zarr_devbuf.audit.run.run_subject import run_subject
from zarr_devbuf.audit.run.worker_process import Lost, WorkerProcess
from zarr_devbuf.checks import list_checks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zarr_devbuf.audit.subjects.subject import Subject
    from zarr_devbuf.checks import Kind

__all__ = ["TIMEOUT", "run_subjects"]

# Seconds for one subject on one backend. Arrays have three times as many checks as codecs.
TIMEOUT = 20.0
_TIMES: dict[Kind, int] = {"array": 3}

type Pair = tuple[Subject, str]


class Watch(Protocol):
    """Follows the progress of an audit; called from any thread."""

    def begun(self, subject: Subject, backend: str) -> None:
        """Take note that the audit of a subject has begun."""

    def done(self, result: SubjectResult) -> None:
        """Take note of the result of a subject."""


def run_subjects(
    pairs: Sequence[Pair],
    *,
    jobs: int,
    timeout: float = TIMEOUT,
    watch: Watch | None = None,
) -> list[SubjectResult]:
    """
    Audit subjects on backends.

    Parameters
    ----------
    pairs : sequence of (Subject, str)
        Each subject to audit, with the name of a backend.
    jobs : int
        The number of worker processes. 0: audit in this process, without a time limit; a crash ends
        it.
    timeout : float
        Seconds for each pair, and three times as many for an array. A subject that takes longer is
        stopped, and is broken.
    watch : Watch, optional
        Called when the audit of a subject begins and ends.

    Returns
    -------
    list of SubjectResult
        One for each pair, in the order of `pairs`.
    """
    if jobs == 0:
        return [_in_this_process(pair, watch) for pair in pairs]
    results: dict[int, SubjectResult] = {}
    waiting: queue.SimpleQueue[tuple[int, Pair]] = queue.SimpleQueue()
    for item in enumerate(pairs):
        waiting.put(item)
    threads = [
        _WorkerThread(waiting, results, timeout, watch)
        for _ in range(min(jobs, max(1, len(pairs))))
    ]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(0.2)
    finally:
        for thread in threads:
            thread.stop()
    for thread in threads:
        if thread.error is not None:
            raise thread.error
    return [results[index] for index in range(len(pairs))]


def _in_this_process(pair: Pair, watch: Watch | None) -> SubjectResult:
    if watch is not None:
        watch.begun(*pair)
    result = run_subject(*pair)
    if watch is not None:
        watch.done(result)
    return result


class _WorkerThread(threading.Thread):
    """A thread with a worker process of its own. It starts a new one if that is lost."""

    def __init__(
        self,
        waiting: queue.SimpleQueue[tuple[int, Pair]],
        results: dict[int, SubjectResult],
        timeout: float,
        watch: Watch | None,
    ) -> None:
        super().__init__(name="zarr-devbuf audit", daemon=True)
        self.error: BaseException | None = None
        self._waiting = waiting
        self._results = results
        self._timeout = timeout
        self._watch = watch
        self._worker: WorkerProcess | None = None
        self._stopped = False

    def run(self) -> None:
        try:
            for index, (subject, backend) in self._items():
                if self._watch is not None:
                    self._watch.begun(subject, backend)
                result = self._audit(subject, backend)
                if self._stopped:
                    return
                self._results[index] = result
                if self._watch is not None:
                    self._watch.done(result)
        except BaseException as error:  # noqa: BLE001 - raised in the caller's thread
            self.error = error
        finally:
            self.stop()

    def _items(self) -> Iterator[tuple[int, Pair]]:
        while not self._stopped:
            try:
                yield self._waiting.get_nowait()
            except queue.Empty:
                return

    def _audit(self, subject: Subject, backend: str) -> SubjectResult:
        if self._worker is None:
            self._worker = WorkerProcess()
        began = time.perf_counter()
        records: list[CheckRecord] = []
        doing = "construct"

        def note(event: str | CheckRecord) -> None:
            nonlocal doing
            if isinstance(event, str):
                doing = event
            else:
                records.append(event)

        try:
            limit = self._timeout * _TIMES.get(subject.kind, 1)
            result: SubjectResult = self._worker.audit(subject, backend, limit, note)
        except Lost as lost:
            self._worker = None
            fault = f"{lost} ({doing})"
        except RuntimeError as error:
            fault = str(error)
        else:
            return result
        return _lost_result((subject, backend), records, fault, doing, time.perf_counter() - began)

    def stop(self) -> None:
        """End the worker; called from any thread."""
        self._stopped = True
        worker = self._worker
        if worker is not None:
            worker.end()


def _lost_result(
    pair: Pair,
    records: list[CheckRecord],
    fault: str,
    doing: str,
    seconds: float,
) -> SubjectResult:
    """Make the result of a subject that ended its process, or ran out of time."""
    subject, backend = pair
    finish = CheckRecord(
        "finish",
        "failed",
        fault,
        (fault,),
        "broken",
        AUDIT_CHECKS["finish"],
        cause=fault,
        advice="Increase --timeout if it is only slow."
        if fault.startswith("did not end")
        else "Run it in a debugger with --jobs 0, which audits in the command's own process.",
    )
    known = {record.check for record in records}
    unreached = [
        CheckRecord(
            check.name,
            "skipped",
            f"not reached: see finish, in {doing}",
            requirement=check.requirement,
        )
        for check in list_checks(subject.kind)
        if check.name not in known
    ]
    return SubjectResult(
        kind=subject.kind,
        name=subject.name,
        backend=backend,
        verdict="broken",
        checks=(*records, *unreached, finish),
        package=subject.package,
        seconds=seconds,
        aliases=subject.aliases,
    )
