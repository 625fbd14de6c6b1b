"""The code that runs other projects' tests; ``python -m tests.third_party`` runs the tests."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cupy_suite.results import Results
from tests.third_party import __main__ as command
from tests.third_party.environment import environment, folder
from tests.third_party.projects import PROJECTS, Project
from tests.third_party.run import complaints, run

PROJECT = Project("some", "1.0", passed=1, tests=("tests",), failing={"missing": "textures"})
TESTS = """
import cupy

def test_passes():
    assert type(cupy.arange(2).get()).__module__ == "numpy"
def test_missing():
    cupy.cuda.texture.CUDAarray()
"""


@pytest.fixture
def tests(pytester: pytest.Pytester) -> Path:
    made = pytester.mkdir("tests")
    (made / "test_some.py").write_text(TESTS)
    # Options of other plugins, and warnings that are errors, are left out.
    pytester.makeini("[pytest]\naddopts = --no-such-option\nfilterwarnings = error")
    return pytester.path


def test_the_tests_run_on_the_simulator(tests: Path) -> None:
    results = run(PROJECT, Path(sys.executable), tests)
    assert results.counts == {"passed": 1, "not implemented": 1}
    assert complaints(PROJECT, results) == []


def test_other_results_than_the_expected_ones_are_reported(tests: Path) -> None:
    results = run(PROJECT, Path(sys.executable), tests, ["-k", "missing"])
    (few,) = complaints(PROJECT, results)
    assert few == "0 tests passed, expected 1"
    unexpected = replace(PROJECT, failing={"other": "none"})
    lines = complaints(unexpected, results)
    assert len(lines) == 3
    assert "test_missing: cupy.cuda.texture.CUDAarray" in lines[1]
    assert lines[2] == "other is expected to fail (none) and does not"


def test_a_run_that_ends_early_is_a_difference(tests: Path) -> None:
    results = run(PROJECT, Path(sys.executable), tests, ["--no-such-option"])
    assert results.counts == {"differs": 1}
    assert "pytest ended with 4" in results.differing[0][1]


def test_tests_of_a_wheel_have_no_folder() -> None:
    assert folder(replace(PROJECT, tests=())) is None


def test_an_environment_is_made_once(tmp_path: Path) -> None:
    place = tmp_path / "third-party" / "some-1.0"
    place.mkdir(parents=True)
    (place / "complete").touch()
    assert environment(PROJECT, tmp_path).parent.parent == place


def test_the_command_reports_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    results = Results("xarray")
    results.add("test_a", "passed", "")
    monkeypatch.setattr(command, "environment", lambda project: Path(sys.executable))
    monkeypatch.setattr(command, "folder", lambda project: None)
    monkeypatch.setattr(command, "run", lambda project, python, folder: results)
    monkeypatch.setattr(sys, "argv", ["third_party", "xarray"])
    assert command.main() == 1
    assert "1 tests passed, expected 3" in capsys.readouterr().out
    for _ in range(2):
        results.add("test_b", "passed", "")
    assert command.main() == 0


def test_an_unknown_project_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["third_party", "nothing"])
    with pytest.raises(SystemExit):
        command.main()


def test_every_project_has_tests_that_pass() -> None:
    for name, project in PROJECTS.items():
        assert project.package == name
        assert project.passed > 0
