"""Worker processes: a subject that hangs, crashes, exits or prints does not end the audit."""

from __future__ import annotations

import os
import sys
import threading
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from zarr_devbuf import get_backend
from zarr_devbuf.audit import Subject, find_subjects, run_subjects
from zarr_devbuf.audit.run import worker_process
from zarr_devbuf.audit.run.pool import _Waiting
from zarr_devbuf.audit.run.worker_process import Lost, Unusable, WorkerProcess
from zarr_devbuf.checks import list_checks

if TYPE_CHECKING:
    from zarr_devbuf.audit import SubjectResult

# One worker of xdist runs these, so that the module fixture is made once.
pytestmark = pytest.mark.xdist_group("pool")


def codec(name: str) -> Subject:
    path = f"tests.subjects.audit_codecs:{name}"
    return Subject("codec", path, "tests", "import", path)


@pytest.fixture(scope="module")
def results() -> dict[str, SubjectResult]:
    """Audit in one worker process at a time; some subjects end it."""
    names = ("Crashes", "Flip", "Exits", "Quits", "Prints")
    found = run_subjects([(codec(name), "cpu") for name in names], jobs=1, timeout=60)
    assert [result.name for result in found] == [codec(name).target for name in names]
    return dict(zip(names, found, strict=True))


def finish(result: SubjectResult) -> str:
    (message,) = (check.message for check in result.failed if check.check == "finish")
    return message


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_crash_is_a_finding_with_its_line(results: dict[str, SubjectResult]) -> None:
    result = results["Crashes"]
    assert result.verdict == "broken"
    assert "SIGSEGV" in finish(result)
    # The line of the codec, not that of the standard library that it calls.
    assert "at tests/subjects/audit_codecs.py:" in finish(result)
    assert "check_round_trip" in finish(result)


def test_checks_that_were_not_reached_are_skipped(results: dict[str, SubjectResult]) -> None:
    checks = results["Crashes"].checks
    assert {check.name for check in list_checks("codec")} <= {check.check for check in checks}
    assert all("not reached" in check.message for check in checks if check.status == "skipped")


def test_exit_is_a_finding(results: dict[str, SubjectResult]) -> None:
    assert "exit status 3" in finish(results["Exits"])
    (check,) = results["Quits"].checks
    assert "SystemExit: 7" in check.message


def test_the_audit_goes_on(results: dict[str, SubjectResult]) -> None:
    assert results["Flip"].verdict == "device-native"


def test_what_is_printed_and_read_disturbs_nothing(results: dict[str, SubjectResult]) -> None:
    assert results["Prints"].verdict == "device-native"


def test_hang_ends_in_time_and_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_process, "_SLOWEST", 1.0)
    # Time enough to reach the check that hangs, which it does until the worker ends.
    (result,) = run_subjects([(codec("Hangs"), "cpu")], jobs=1, timeout=10)
    assert result.verdict == "broken"
    assert "did not end within 10 s" in finish(result)
    assert "audit_codecs.py" in finish(result)
    assert "check_round_trip" in finish(result)


def test_there_is_more_time_where_others_use_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    processes = 3.0 * (os.cpu_count() or 1)
    monkeypatch.setattr(os, "getloadavg", lambda: (processes, 0.0, 0.0), raising=False)
    (result,) = run_subjects([(codec("Hangs"), "cpu")], jobs=1, timeout=0.5)
    assert "did not end within 1.5 s" in finish(result)


def test_results_come_in_order_whoever_is_first() -> None:
    names = ["transpose", "gzip", "transpose", "gzip"]
    subjects = [
        Subject("codec", f"{n}{i}", "", "json", f'{{"name": "{n}"}}', n)
        for i, n in enumerate(names)
    ]
    pairs = [(subject, "cpu") for subject in subjects]
    assert [r.name for r in run_subjects(pairs, jobs=3)] == [s.name for s in subjects]


def test_the_longest_come_first_and_those_that_suit_the_worker() -> None:
    store = Subject("store", "s", "", "known", "")
    array = Subject("array", "a", "", "known", "")
    pairs = [(store, "cpu"), (array, "sim"), (store, "gpu"), (array, "gpu"), (array, "cpu")]
    plain, simulated = (SimpleNamespace(simulated=each) for each in (False, True))
    waiting = _Waiting(pairs, simulate_gpu=True)
    workers: list[Any] = [None, None, simulated, simulated, plain, plain]
    taken = [waiting.take(worker) for worker in workers]
    # A worker that has begun takes what does not suit it only if nothing else is left.
    assert [item and item[0] for item in taken] == [3, 1, 2, 4, 0, None]


def test_watch_follows_the_progress() -> None:
    events: list[str] = []

    class Watch:
        def begun(self, subject: Subject, backend: str) -> None:
            events.append(f"{subject.name} on {backend}")

        def done(self, result: SubjectResult) -> None:
            events.append(result.verdict)

    subject = Subject("codec", "broken json", "", "json", '{"name": "no.such"}', "no.such")
    for jobs in (0, 1):
        run_subjects([(subject, "cpu")], jobs=jobs, watch=Watch())
    assert events == ["broken json on cpu", "broken"] * 2


def test_backend_that_the_worker_cannot_use_is_an_error_of_the_run() -> None:
    with pytest.raises(Unusable, match="no backend named 'no-such'"):
        run_subjects([(codec("Flip"), "no-such")], jobs=1)
    with pytest.raises(Unusable, match="'gpu' is unavailable"):
        run_subjects([(codec("Flip"), "gpu")], jobs=1)


def test_worker_that_cannot_start_is_an_error_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_process, "_CODE", "raise SystemExit('no such machine')")
    with pytest.raises(Unusable, match=r"cannot start: .*no such machine"):
        run_subjects([(codec("Flip"), "cpu")], jobs=1)


@pytest.mark.parametrize("jobs", [0, 1])
def test_simulated_gpu(jobs: int) -> None:
    buffers, arrays = (
        next(s for s in find_subjects() if s.name == name)
        for name in ("zarr.buffer.gpu", "zarr.Array (enable_gpu)")
    )
    pairs = [(codec("Flip"), "cpu"), (buffers, "gpu"), (codec("Flip"), "gpu")]
    results = run_subjects(pairs, jobs=jobs, timeout=300, simulate_gpu=True)
    assert [(r.name, r.backend) for r in results] == [(s.name, b) for s, b in pairs]
    host, own, device = results
    assert host.verdict == device.verdict == "device-native"
    assert own.judged > 40
    # zarr's own class, not ours: a scalar has no shape.
    (all_equal,) = (check for check in own.checks if check.check == "check_all_equal")
    assert all_equal.error == "AttributeError"
    assert arrays.is_of_gpu_users
    # This process is as before.
    assert get_backend("gpu").unavailable_reason() is not None


@pytest.mark.parametrize("jobs", [0, 1])
def test_every_subject_sees_a_gpu_that_the_user_asked_to_simulate(jobs: int) -> None:
    pairs = [(codec("OnCupy"), "cpu"), (codec("OnCupy"), "gpu")]
    results = run_subjects(
        pairs, jobs=jobs, timeout=300, simulate_gpu=True, simulate_everywhere=True
    )
    assert [(r.backend, r.verdict) for r in results] == [
        ("cpu", "device-native"),
        ("gpu", "device-native"),
    ]


def test_worker_finds_the_kind_of_an_import_path() -> None:
    worker = WorkerProcess()
    try:
        assert worker.kind_of("zarr.storage:MemoryStore", 30) == "store"
        with pytest.raises(ValueError, match="ModuleNotFoundError"):
            worker.kind_of("no_such_module:Thing", 30)
        assert worker.kind_of("zarr.codecs:ZstdCodec", 30) == "codec"
        with pytest.raises(Lost, match="exit status 9"):
            worker.kind_of("tests.subjects.audit_exit:Codec", 30)
    finally:
        worker.end()
        worker.end()


def test_no_process_and_no_thread_stays_behind() -> None:
    before = threading.active_count()
    worker = WorkerProcess()
    process = worker._process
    worker.end()
    assert process.poll() is not None
    deadline = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == before
    if hasattr(os, "killpg"):
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)
