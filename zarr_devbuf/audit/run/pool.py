"""Audit subjects in parallel worker processes; return the results in order."""

from __future__ import annotations

import threading
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Protocol

from zarr_devbuf.audit.findings.results import AUDIT_CHECKS, CheckRecord, SubjectResult
from zarr_devbuf.audit.run.run_subject import result_of, run_subject
from zarr_devbuf.audit.run.worker_process import Lost, WorkerProcess
from zarr_devbuf.checks import list_checks
from zarr_devbuf.simulator import simulate_gpu as simulated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zarr_devbuf.audit.subjects.subject import Subject
    from zarr_devbuf.checks import Kind

__all__ = ["TIMEOUT", "Interrupted", "run_subjects"]

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
    simulate_gpu: bool = False,
    simulate_everywhere: bool = False,
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
    simulate_gpu : bool
        Whether to run the backend ``gpu`` on the simulator. Such pairs run in processes of their
        own, which simulate it before they import anything.
    simulate_everywhere : bool
        Whether the pairs with other backends run in such processes, too: packages for GPUs import
        CuPy wherever their data is.

    Returns
    -------
    list of SubjectResult
        One for each pair, in the order of `pairs`.

    Raises
    ------
    Unusable
        If a worker process cannot start, does not have a backend, or cannot make a codec's
        reference.
    Interrupted
        If the user interrupts it. It has the results until then.
    """
    waiting = _Waiting(pairs, simulate_gpu=simulate_gpu, everywhere=simulate_everywhere)
    results: dict[int, SubjectResult] = {}
    try:
        if jobs == 0:
            for index, pair in enumerate(pairs):
                results[index] = _in_this_process(pair, watch, waiting.simulates(pair))
        else:
            number = min(jobs, max(1, len(pairs)))
            _run([_WorkerThread(waiting, results, timeout, watch) for _ in range(number)])
    except KeyboardInterrupt as error:
        raise Interrupted(pairs, results) from error
    return [results[index] for index in range(len(pairs))]


def _run(threads: Sequence[_WorkerThread]) -> None:
    """Start threads and wait for them; raise what one has raised."""
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


class Interrupted(KeyboardInterrupt):
    """
    The user has interrupted an audit.

    Parameters
    ----------
    pairs : sequence of (Subject, str)
        The subjects with their backends.
    results : dict
        The results until then, by the index of the pair.

    Attributes
    ----------
    results : list of SubjectResult
        One for each pair; those that are missing say why, and fail the audit.
    """

    def __init__(self, pairs: Sequence[Pair], results: dict[int, SubjectResult]) -> None:
        done = dict(results)
        super().__init__(f"after {len(done)} of {len(pairs)} subjects")
        self.results = [done.get(i) or _interrupted_result(pair) for i, pair in enumerate(pairs)]


class _Waiting:
    """
    The pairs that wait, each with its index; may be taken from any thread.

    The longest come first, so that no worker is left alone with one at the end. A worker whose GPU
    is simulated takes the pairs that need that, before it is replaced by one whose is not, and the
    other way round.
    """

    def __init__(
        self, pairs: Sequence[Pair], *, simulate_gpu: bool, everywhere: bool = False
    ) -> None:
        self._simulate_gpu = simulate_gpu
        self._everywhere = everywhere
        self._lock = threading.Lock()
        self._items = sorted(
            enumerate(pairs),
            key=lambda item: (item[1][0].kind not in _TIMES, not self.simulates(item[1])),
        )

    def simulates(self, pair: Pair) -> bool:
        """Return whether a pair runs on a simulated GPU."""
        return self._simulate_gpu and (self._everywhere or pair[1] == "gpu")

    def take(self, worker: WorkerProcess | None) -> tuple[int, Pair] | None:
        """Return the next pair, preferably one that suits the worker; None if none is left."""
        with self._lock:
            suitable = (
                item
                for item in self._items
                if worker is None or self.simulates(item[1]) == worker.simulated
            )
            item = next(suitable, None) or next(iter(self._items), None)
            if item is not None:
                self._items.remove(item)
            return item


def _in_this_process(pair: Pair, watch: Watch | None, simulates: bool) -> SubjectResult:
    if watch is not None:
        watch.begun(*pair)
    simulation = simulated(force=True) if simulates else nullcontext()
    with simulation:
        result = run_subject(*pair)
    if watch is not None:
        watch.done(result)
    return result


class _WorkerThread(threading.Thread):
    """A thread with a worker process of its own. It starts a new one if that is lost."""

    def __init__(
        self,
        waiting: _Waiting,
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
            item = self._waiting.take(self._worker)
            if item is None:
                return
            yield item

    def _audit(self, subject: Subject, backend: str) -> SubjectResult:
        simulate = self._waiting.simulates((subject, backend))
        if self._worker is not None and (
            self._worker.simulated != simulate or not self._worker.is_usable
        ):
            self._worker.end()
            self._worker = None
        if self._worker is None:
            self._worker = WorkerProcess(simulated=simulate)
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
            return self._worker.audit(subject, backend, limit, note)
        except Lost as lost:
            fault = f"{lost} ({doing})"
        except RuntimeError as error:
            fault = str(error)
        return _lost_result((subject, backend), records, fault, doing, time.perf_counter() - began)

    def stop(self) -> None:
        """End the worker; called from any thread."""
        self._stopped = True
        worker = self._worker
        if worker is not None:
            worker.end()


def _interrupted_result(pair: Pair) -> SubjectResult:
    subject, backend = pair
    why = "the audit was interrupted before this subject was finished"
    return result_of(
        subject,
        backend,
        verdict="unsupported",
        checks=(CheckRecord("finish", "skipped", why, requirement=AUDIT_CHECKS["finish"]),),
        unchecked=why,
    )


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
        severity="raises",
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
            source=check.source,
        )
        for check in list_checks(subject.kind)
        if check.name not in known
    ]
    return result_of(
        subject,
        backend,
        verdict="broken",
        checks=(*records, *unreached, finish),
        seconds=seconds,
    )
