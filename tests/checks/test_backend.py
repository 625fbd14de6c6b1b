"""The checks of backends: what they catch, and what they let pass."""

from __future__ import annotations

import functools
import pickle
import sys
from pathlib import Path
from typing import Any

import pytest
import zarr.buffer.cpu

import zarr_devbuf.backend as backend_module
from examples.owned import OWNED
from tests.subjects.backends import BROKEN, CLEAN, Model
from zarr_devbuf import Backend, get_backend, register_backend
from zarr_devbuf.checks import (
    CheckReport,
    ConformanceError,
    check_backend,
    check_prototype,
    list_checks,
    parametrize_with_checks,
)
from zarr_devbuf.checks.backend_of import backend_of
from zarr_devbuf.checks.backend_problem import backend_problem
from zarr_devbuf.checks.parametrize import kind_of

# What is judged once for all tests is judged by one worker of xdist.
pytestmark = pytest.mark.xdist_group("checks of backends")

backend_problem_module = sys.modules[backend_problem.__module__]
NAMES = [check.short_name for check in list_checks("backend")]
DEVICES_ONLY = {"from_host_copies", "to_host_copies", "guarded_transfers"}
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tests register backends, and forget them."""
    monkeypatch.setattr(backend_module, "_backends", dict(backend_module._backends))


@functools.cache
def report_on(broken: Model) -> CheckReport:
    if getattr(broken, "register", True):
        register_backend(broken)
    return check_backend(broken, on_fail=None)


def short(results: Any) -> set[str]:
    return {result.check.removeprefix("check_") for result in results}


def by_name(backend: Backend) -> str:
    return type(backend).__name__


@pytest.mark.parametrize(
    "backend", [get_backend("cpu"), get_backend("sim"), OWNED, CLEAN], ids=by_name
)
def test_what_is_right_passes(backend: Backend) -> None:
    register_backend(backend)
    report = check_backend(backend)
    assert len(report) == len(NAMES)
    assert report.backend == backend.name
    assert report.verdict == "device-native"
    expected = DEVICES_ONLY if backend.is_host else set()
    if backend.name == "sim":
        expected = {"rejected_dtypes"}
    assert short(report.skipped) == expected


@pytest.mark.parametrize("broken", BROKEN, ids=by_name)
def test_what_is_broken_is_caught(broken: Model) -> None:
    report = report_on(broken)
    assert report.verdict == "broken"
    assert broken.caught_by <= set(NAMES)
    assert broken.caught_by <= short(report.failed), str(report)


@pytest.mark.exhaustive
@pytest.mark.parametrize("broken", BROKEN, ids=by_name)
def test_no_other_check_fails(broken: Model) -> None:
    report = report_on(broken)
    assert short(report.failed) == broken.caught_by, str(report)


@pytest.mark.parametrize("name", NAMES)
def test_each_check_catches_something(name: str) -> None:
    assert [broken for broken in BROKEN if name in broken.caught_by]


@pytest.mark.exhaustive
def test_advice_is_of_one_check_only() -> None:
    """Two checks do not say the same, so that advice says which of them failed."""
    advice: dict[str, str] = {}
    for broken in BROKEN:
        for result in report_on(broken).failed:
            text = getattr(result.exception, "advice", None)
            if text is not None:
                assert advice.setdefault(text, result.check) == result.check, text
                assert text.endswith("."), text
    assert len(advice) > 50


def test_another_backend_that_is_broken_is_not_blamed_on_this_one() -> None:
    for broken in BROKEN:
        if broken.name != "sim":
            register_backend(broken)
    assert not check_backend("sim", on_fail=None).failed


def test_a_fault_that_is_raised_says_what_was_done() -> None:
    class Raises(Model):
        def synchronize(self) -> None:
            raise OSError("no driver")

    report = check_backend(_derived(Raises), on_fail=None)
    (result,) = [result for result in report.failed if result.check == "check_synchronize"]
    assert "no driver" in result.message
    assert "synchronize() the first time" in result.message


def _derived(cls: type[Model]) -> Model:
    backend = cls()
    for name in ("xp", "TestNDArrayLike", "TestBuffer", "NDBufferUsingTestNDArrayLike"):
        setattr(backend, name, getattr(CLEAN, name))
    return backend


def test_by_name_and_failures() -> None:
    assert check_backend("cpu").backend == "cpu"
    broken = next(each for each in BROKEN if type(each).__name__ == "VersionsAreNumbers")
    register_backend(broken)
    with pytest.raises(ConformanceError, match="check_versions failed: VersionsAreNumbers on"):
        check_backend(broken)
    report = check_backend(broken, expected_failures={"check_versions": "known"})
    assert short(each for each in report if each.status == "xfailed") == {"versions"}
    with pytest.raises(ValueError, match="there are: cpu"):
        check_backend("gup")


def test_what_is_no_backend_is_rejected() -> None:
    with pytest.raises(TypeError, match="or its name, got 3"):
        check_backend(3)  # type: ignore[arg-type]


def test_dtypes_that_are_not_held_are_listed() -> None:
    (result,) = [each for each in check_backend("sim") if each.check == "check_rejected_dtypes"]
    assert result.status == "skipped"
    assert ">i2" in result.message
    assert "datetime64[ns]" in result.message
    assert "float16" not in result.message


@parametrize_with_checks([get_backend("cpu"), get_backend("sim")])
def test_parametrized(subject: Backend, check: Any, backend: Backend) -> None:
    assert subject is backend
    check(subject, backend)


def test_a_backend_is_parametrized_on_itself() -> None:
    mark = parametrize_with_checks([CLEAN, get_backend("sim")], kind="backend")
    decorated: Any = mark(lambda subject, check, backend: None)
    plan = decorated.__devbuf_checks__
    plan.backends = ("cpu",)
    found = list(plan)
    names = [str(each.values[2]) for each in found if each.values[0] is CLEAN]
    assert names == [*NAMES, "passes_a_check"]
    assert len(plan) == len(found) == 2 * len(names)
    assert {each.values[1] for each in found} == {CLEAN, get_backend("sim")}
    assert all(each.values[0] is each.values[1] for each in found)
    assert found[0].id == "Faultless-Faultless-name"
    assert kind_of(CLEAN) == "backend"


def test_backend_of_a_prototype_is_asked_of_its_class() -> None:
    # Not registered: found by the class, not by what owns the memory.
    assert backend_of(OWNED.prototype) is OWNED
    assert backend_of(zarr.buffer.cpu.buffer_prototype) is get_backend("cpu")

    class Derived(OWNED.TestBuffer):  # type: ignore[misc, name-defined]
        pass

    assert backend_of(OWNED.prototype._replace(buffer=Derived)) is OWNED


def test_the_example_passes_as_a_prototype() -> None:
    register_backend(OWNED)
    report = check_prototype(OWNED.prototype)
    assert report.backend == "owned"
    assert report.verdict == "device-native"


def test_the_example_is_the_one_of_the_docs() -> None:
    text = (ROOT / "docs" / "backends.md").read_text("utf-8")
    source = (ROOT / "examples" / "owned.py").read_text("utf-8")
    assert (
        f"```python\n# examples/owned.py\n{source.partition('import annotations')[2].strip()}\n```"
        in text
    )


def test_backend_problem_is_one_line() -> None:
    assert backend_problem(get_backend("cpu")) is None
    register_backend(CLEAN)
    assert backend_problem(CLEAN) is None
    broken = next(each for each in BROKEN if type(each).__name__ == "WithoutUint8")
    register_backend(broken)
    problem = backend_problem(broken)
    assert problem is not None
    assert problem.startswith("backend 'WithoutUint8' is broken: check_uint8: ")
    assert "\n" not in problem
    assert "more" in problem


def test_backend_problem_runs_the_checks_once(monkeypatch: pytest.MonkeyPatch) -> None:
    register_backend(CLEAN)
    first = backend_problem(CLEAN)
    monkeypatch.setattr(backend_problem_module, "run_check", None)  # would raise if called
    assert backend_problem(CLEAN) is first is None


def test_broken_ones_are_pickled_by_name() -> None:
    """What tests whether pickle finds the classes is not misled by the subjects themselves."""
    assert pickle.loads(pickle.dumps(CLEAN.prototype)) == CLEAN.prototype
