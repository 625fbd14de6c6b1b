"""The code that runs the suites; ``python -m tests.library_suites`` runs the suites themselves."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.library_suites import __main__ as command
from tests.library_suites import expectations, fetch
from tests.library_suites.suites import SUITES, Suite
from tests.zarr_suite.run import Results

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

RESULTS = Results(1, {"a": "passed", "b": "passed", "c": "failed", "d": "skipped"}, 0)


def test_expectations_are_those_of_a_run(tmp_path: Path) -> None:
    expectations.write("some", RESULTS, folder=tmp_path)
    expected = expectations.read("some", tmp_path)
    assert expected == {"passed": "2", "c": "failed", "d": "skipped"}
    assert expectations.differences(expected, RESULTS) == []
    other = Results(1, {"a": "passed", "b": "failed", "c": "passed", "d": "skipped"}, 0)
    assert (
        expectations.differences(expected, other)
        == [
            "passed: expected 2, got 2",
            "c: expected failed, got passed",
            "b: expected passed, got failed",
        ][1:]
    )
    fewer = replace(RESULTS, tests={"a": "passed", "c": "failed"})
    assert expectations.differences(expected, fewer) == [
        "passed: expected 2, got 1",
        "d: expected skipped, got no result",
    ]


def test_tests_that_fail_by_chance_are_not_compared(tmp_path: Path) -> None:
    expectations.write("some", RESULTS, ["b"], tmp_path)
    expected = expectations.read("some", tmp_path)
    assert expected == {"passed": "1", "c": "failed", "d": "skipped"}
    for result in ("passed", "failed"):
        found = replace(RESULTS, tests={**RESULTS.tests, "b": result})
        assert expectations.differences(expected, found, ["b"]) == []


@pytest.mark.parametrize("name", SUITES)
def test_suites_have_expectations(name: str) -> None:
    expected = expectations.read(name)
    assert int(expected["passed"]) > 40
    assert set(expected.values()) - {expected["passed"]} <= {"failed", "skipped"}


def test_tests_of_a_repository_are_fetched_once(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    (repository / "tests").mkdir(parents=True)
    (repository / "tests" / "test_a.py").write_text("")
    git = ("git", "-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@example.org")
    for arguments in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "--message=a")):
        subprocess.run([*git, *arguments], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    suite = Suite(head.stdout.strip(), (), folder="tests", repository="no-such")
    cache = tmp_path / "cache"
    with pytest.raises(fetch.FetchError, match="no-such"):
        fetch.folder_of("some", suite, "", cache)
    folder = fetch.folder_of("some", suite, str(repository), cache)
    assert [file.name for file in folder.iterdir()] == ["test_a.py"]
    assert (cache / ".gitignore").read_text() == "*\n"
    # The repository is not asked again.
    assert fetch.folder_of("some", suite, "", cache) == folder


def test_a_suite_runs_with_a_simulated_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "test_a.py").write_text(
        "import os, cupy, needed\n"
        "def test_variables():\n"
        "    assert os.environ['SET'] == 'yes' and os.listdir(os.environ['FOLDER']) == []\n"
        "def test_device(): assert cupy.arange(2).sum() == 2\n"
    )
    (tmp_path / "needed.py").write_text("")
    suite = Suite(
        "1", ("tests",), packages=("needed",), variables={"SET": "yes", "FOLDER": "{temporary}"}
    )
    asked: list[object] = []

    def packages(requirements: Sequence[str]) -> Path:
        asked.append(requirements)
        return tmp_path

    monkeypatch.setattr(fetch, "packages", packages)
    monkeypatch.setattr(fetch, "folder_of", lambda *_: tmp_path)
    results = command.run("some", suite, "", ["-p", "no:randomly"])
    assert results.tests == {
        "tests/test_a.py::test_variables": "passed",
        "tests/test_a.py::test_device": "failed",
    }, capfd.readouterr().out
    assert asked == [("needed",)]


@pytest.mark.parametrize(
    ("results", "status", "text"),
    [
        (RESULTS, 0, "as recorded"),
        (replace(RESULTS, tests={**RESULTS.tests, "a": "failed"}), 1, "a: expected passed"),
        (Results(4, {}, 0), 4, "no test passed"),
    ],
)
def test_exit_status(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    results: Results,
    status: int,
    text: str,
) -> None:
    def run(name: str, suite: Suite, repository: str, arguments: Sequence[str]) -> Results:
        assert (name, suite, repository) == ("czarr", SUITES["czarr"], "there")
        assert arguments == ["-x"]
        return results

    monkeypatch.setattr(command, "run", run)
    monkeypatch.setattr(
        expectations, "read", lambda _: {"passed": "2", "c": "failed", "d": "skipped"}
    )
    monkeypatch.setattr("sys.argv", ["library_suites", "czarr", "--repository", "there", "-x"])
    assert command.main() == status
    assert text in capsys.readouterr().out
