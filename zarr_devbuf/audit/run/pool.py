"""Audit many subjects, in several processes at a time; results come in the order asked for."""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING, Protocol

from zarr_devbuf.audit.findings.results import CheckResult, SubjectResult
from zarr_devbuf.audit.run.run_subject import AUDIT_CHECKS, run_subject
from zarr_devbuf.audit.run.worker_process import Lost, WorkerProcess
from zarr_devbuf.checks import list_checks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zarr_devbuf.audit.subjects.subject import Kind, Subject

__all__ = ["TIMEOUT", "run_subjects"]

# Seconds for one subject on one backend. Arrays have three times the checks that codecs have.
TIMEOUT = 20.0
_TIMES: dict[Kind, int] = {"array": 3}

type Pair = tuple[Subject, str]


class Watch(Protocol):
    """Is told how an audit is coming along; from whatever thread."""

    def begun(self, subject: Subject, backend: str) -> None:
        """Say that a subject is in hand."""

    def done(self, result: SubjectResult) -> None:
        """Say that a subject is done with."""


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
        What to audit, and the name of the backend.
    jobs : int
        How many worker processes at a time. 0: none; everything happens in this process, without a
        time limit, and a crash ends it.
    timeout : float
        Seconds for each pair, and three times as many for an array; whatever has not ended by then
        is ended, and broken.
    watch : Watch, optional
        Is told how it is coming along.

    Returns
    -------
    list of SubjectResult
        One for each pair, in their order.
    """
    if jobs == 0:
        return [_here(pair, watch) for pair in pairs]
    results: dict[int, SubjectResult] = {}
    waiting: queue.SimpleQueue[tuple[int, Pair]] = queue.SimpleQueue()
    for item in enumerate(pairs):
        waiting.put(item)
    hands = [_Hand(waiting, results, timeout, watch) for _ in range(min(jobs, max(1, len(pairs))))]
    try:
        for hand in hands:
            hand.start()
        for hand in hands:
            while hand.is_alive():
                hand.join(0.2)
    finally:
        for hand in hands:
            hand.stop()
    for hand in hands:
        if hand.error is not None:
            raise hand.error
    return [results[index] for index in range(len(pairs))]


def _here(pair: Pair, watch: Watch | None) -> SubjectResult:
    if watch is not None:
        watch.begun(*pair)
    result = run_subject(*pair)
    if watch is not None:
        watch.done(result)
    return result


class _Hand(threading.Thread):
    """A thread with a worker process of its own, and a new one where that is lost."""

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
        except BaseException as error:  # noqa: BLE001 - raised again, in the caller's thread
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
        records: list[CheckResult] = []
        doing = "construct"

        def note(event: str | CheckResult) -> None:
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
        return _lost((subject, backend), records, fault, doing, time.perf_counter() - began)

    def stop(self) -> None:
        """End the worker; called from any thread."""
        self._stopped = True
        worker = self._worker
        if worker is not None:
            worker.end()


def _lost(
    pair: Pair,
    records: list[CheckResult],
    fault: str,
    doing: str,
    seconds: float,
) -> SubjectResult:
    """Put a subject on record that took its process with it, or its time."""
    subject, backend = pair
    finish = CheckResult(
        "finish",
        "failed",
        fault,
        (fault,),
        "broken",
        AUDIT_CHECKS["finish"],
        cause=fault,
        advice="give it more time with --timeout, if it is only slow"
        if fault.startswith("did not end")
        else "watch it in a debugger: --jobs 0 audits in the command's own process",
    )
    known = {record.check for record in records}
    unreached = [
        CheckResult(
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
