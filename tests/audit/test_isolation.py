"""What a subject does to its process reaches no other subject, and not the audit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from zarr_devbuf.audit import Subject
from zarr_devbuf.audit.run import worker_process
from zarr_devbuf.audit.run.worker_process import Lost, WorkerProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr_devbuf.audit import SubjectResult

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="processes are not forked elsewhere"),
    # One worker process audits all of them.
    pytest.mark.xdist_group("isolation"),
]


def audit(
    worker: WorkerProcess, name: str, module: str = "audit_attacks", limit: float = 60.0
) -> SubjectResult:
    path = f"tests.subjects.{module}:{name}"
    subject = Subject("codec", path, "tests", "import", path)
    return worker.audit(subject, "cpu", limit, lambda _: None)


@pytest.fixture(scope="module")
def worker() -> Iterator[WorkerProcess]:
    worker = WorkerProcess()
    yield worker
    worker.end()


@pytest.fixture
def numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "numbers"
    monkeypatch.setenv("ZARR_DEVBUF_TEST_NUMBERS", str(path))
    return path


def wait_for(condition: object, seconds: float = 20.0) -> bool:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_gone(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def test_what_a_subject_changes_reaches_no_other(worker: WorkerProcess) -> None:
    before = worker._process.pid
    audit(worker, "ChangesEverything")
    assert worker.is_usable
    assert not list(Path(worker._folder).iterdir())
    assert audit(worker, "Flip", "audit_codecs").verdict == "device-native"
    assert worker._process.pid == before


def test_a_process_that_a_subject_leaves_is_ended(numbers: Path) -> None:
    worker = WorkerProcess()
    try:
        assert audit(worker, "LeavesADaemon").verdict == "device-native"
        left = [int(number) for number in numbers.read_text().split()]
        assert left
        assert all(map(is_gone, left))
    finally:
        worker.end()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("WritesIntoPipes", r"wrote into the pipe .* a message of \d+ bytes"),
        ("SendsNonsense", r"wrote into the pipe .* Expected `str`"),
        ("ClosesPipes", "did not end within"),
        ("PrintsForEver", "did not end within"),
    ],
)
def test_a_subject_that_disturbs_the_audit_is_lost(
    worker: WorkerProcess, name: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_process, "_SLOWEST", 1.0)
    with pytest.raises(Lost, match=message):
        audit(worker, name, limit=60.0 if message.startswith("wrote") else 3.0)
    assert worker.is_usable
    assert os.fstat(worker._errors.fileno()).st_size < 100 << 20


def test_a_backend_that_is_judged_first_takes_none_of_the_time(
    numbers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shortly before the time is up, the process writes down which line is running."""
    monkeypatch.setattr(worker_process, "_SLOWEST", 1.0)
    worker = WorkerProcess()
    try:
        with pytest.raises(Lost, match=r"audit_attacks\.py:\d+ in __init__"):
            audit(worker, "Waits", limit=2.0)
    finally:
        worker.end()
    assert numbers.exists()


def test_a_long_message_is_cut(worker: WorkerProcess) -> None:
    result = audit(worker, "RaisesALongMessage")
    assert result.verdict == "broken"
    texts = [text for check in result.checks for text in (check.message, *check.details)]
    assert max(map(len, texts)) < 20_000


_PARENT = """
import signal
for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)  # whoever runs the tests may ignore them
from zarr_devbuf.audit import Subject
from zarr_devbuf.audit.run.worker_process import WorkerProcess
worker = WorkerProcess()
print(worker._process.pid, flush=True)
path = "tests.subjects.audit_attacks:Waits"
worker.audit(Subject("codec", path, "tests", "import", path), "cpu", 600, print)
"""


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGKILL,
        pytest.param(signal.SIGTERM, marks=pytest.mark.exhaustive),
        pytest.param(signal.SIGHUP, marks=pytest.mark.exhaustive),
    ],
)
def test_nothing_outlives_the_audit(numbers: Path, number: signal.Signals) -> None:
    parent = subprocess.Popen([sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent:
        try:
            worker = int(parent.stdout.readline())
            assert wait_for(numbers.exists, 60)
            parent.send_signal(number)
            parent.wait(60)
        finally:
            parent.kill()
    (child,) = map(int, numbers.read_text().split())
    assert wait_for(lambda: is_gone(child) and is_gone(worker))
