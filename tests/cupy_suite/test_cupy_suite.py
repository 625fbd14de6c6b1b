"""The code that runs CuPy's tests; ``python -m tests.cupy_suite`` runs the tests themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import sdists
from tests.cupy_suite import __main__ as command
from tests.cupy_suite.folders import FOLDERS, LEFT_OUT
from tests.cupy_suite.results import Results, classify, table
from tests.cupy_suite.run import run

if TYPE_CHECKING:
    from collections.abc import Sequence

MISSING = (
    "NotImplementedError: cupy.vectorize is not implemented by the simulated GPU of zarr-devbuf"
)


@pytest.mark.parametrize(
    ("outcome", "text", "expected"),
    [
        ("passed", "", ("passed", "")),
        ("skipped", MISSING, ("skipped", "")),
        ("failed", f"E   {MISSING}", ("not implemented", "cupy.vectorize")),
        ("failed", "E   NotImplementedError: CuPy's", ("differs", "NotImplementedError: CuPy's")),
        ("failed", "E   assert 1 == 2\nE    +  where 1\n", ("differs", "+  where 1")),
        ("failed", "no module\n", ("differs", "no module")),
        ("failed", "", ("differs", "no report")),
    ],
)
def test_a_failure_is_a_difference_or_names_what_is_missing(
    outcome: str, text: str, expected: tuple[str, str]
) -> None:
    assert classify(outcome, text) == expected


def test_a_test_counts_once_and_a_failure_stays() -> None:
    rows = [
        {"test": "a", "outcome": "failed", "text": "E   ValueError"},
        {"test": "a", "outcome": "passed", "text": ""},
        {"test": "b", "outcome": "passed", "text": ""},
        {"test": "b", "outcome": "failed", "text": f"E   {MISSING}"},
    ]
    results = Results.read("io", [json.dumps(row) for row in rows])
    assert results.counts == {"differs": 1, "not implemented": 1}
    assert results.differing == [("a", "ValueError")]
    assert results.not_implemented == {"cupy.vectorize": 1}


def test_the_table_has_a_line_for_each_part_and_the_sum() -> None:
    first = Results.read("io", ['{"test": "a", "outcome": "passed", "text": ""}'] * 2)
    second = Results.read("fft", ['{"test": "b", "outcome": "failed", "text": ""}'])
    assert [line.split() for line in table([first, second]).splitlines()] == [
        ["passed", "differs", "not", "implemented", "fails", "in", "CuPy", "skipped", "xfailed"],
        ["io", "1", "0", "0", "0", "0", "0"],
        ["fft", "0", "1", "0", "0", "0", "0"],
        ["total", "1", "1", "0", "0", "0", "0"],
    ]


def test_a_test_that_fails_in_cupy_for_the_same_cause_is_no_difference() -> None:
    results = Results("sparse")
    name = "tests/test_extract.py::TestExtract::test_tril"
    results.add(name, "failed", "E   This function will be changed no earlier than v1.20.")
    results.add(name, "failed", "E   assert 1 == 2")
    assert results.counts == {"fails in CuPy": 1, "differs": 1}


@pytest.mark.exhaustive
def test_tests_run_on_two_simulated_devices(pytester: pytest.Pytester) -> None:
    tests = pytester.mkdir("tests")
    (tests / "test_on_devices.py").write_text(
        """
import cupy
import pytest

def test_devices():
    assert cupy.cuda.runtime.getDeviceCount() == 2
def test_missing():
    cupy.cuda.texture.CUDAarray()
def test_differs():
    assert cupy.arange(2).sum() == 2
def test_other():
    cupy.no_such_name
@pytest.mark.slow
def test_slow():
    assert False
"""
    )
    (tests / "test_broken.py").write_text("import no_such_module")
    pytester.makeini("[pytest]\nmarkers = slow")
    results = run(pytester.path, "some", ["test_on_devices.py"])
    assert results.counts == {"passed": 1, "not implemented": 1, "differs": 2}
    assert [test for test, _ in results.differing] == [
        "tests/test_on_devices.py::test_differs",
        "tests/test_on_devices.py::test_other",
    ]
    results = run(pytester.path, "all", ["test_on_devices.py", "test_broken.py"], ["-k", "devices"])
    assert results.counts == {"passed": 1, "not implemented": 1, "differs": 3}
    assert results.differing[0] == (
        "tests/test_broken.py",
        "ModuleNotFoundError: No module named 'no_such_module'",
    )


def test_a_process_that_dies_is_a_difference(pytester: pytest.Pytester) -> None:
    tests = pytester.mkdir("tests")
    (tests / "test_dies.py").write_text(
        "import os\ndef test_a(): pass\ndef test_b(): os.abort()\ndef test_c(): pass\n"
    )
    results = run(pytester.path, "dies", ["test_dies.py"])
    assert results.counts == {"passed": 1, "differs": 1}
    assert results.differing[0][1].startswith("pytest ended with -6:")


@pytest.mark.parametrize(
    ("missing", "differing", "status"),
    [(0, 0, 0), (command.MOST_NOT_IMPLEMENTED, 0, 0), (901, 0, 1), (0, 1, 1)],
)
def test_exit_status(
    monkeypatch: pytest.MonkeyPatch, missing: int, differing: int, status: int
) -> None:
    def ran(folder: Path, name: str, paths: Sequence[str], arguments: Sequence[str]) -> Results:
        assert (folder, name, paths) == (Path("sdist"), "io", FOLDERS["io"])
        assert list(arguments) == ["-k", "load"]
        results = Results("io")
        results.counts.update({"not implemented": missing, "differs": differing})
        results.differing += [("a", "why")] * differing
        return results

    monkeypatch.setattr(sdists, "sdist", lambda *_: Path("sdist"))
    monkeypatch.setattr(command, "run", ran)
    monkeypatch.setattr("sys.argv", ["cupy_suite", "io", "-k", "load"])
    assert command.main() == status


def test_a_part_that_does_not_exist_is_rejected(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["cupy_suite", "nothing"])
    with pytest.raises(SystemExit):
        command.main()
    assert "no part is called 'nothing'" in capsys.readouterr().err


def test_what_is_left_out_lies_in_a_part_that_runs() -> None:
    paths = [path for part in FOLDERS.values() for path in part]
    for path in LEFT_OUT:
        assert any(path.startswith(f"{part}/") for part in paths), path
