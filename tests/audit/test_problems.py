"""Diagnoses of failures, and problems: failures with one cause."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from tests.shared.audits import BROKEN, EVERYTHING, HIDDEN, PASSED, audit, result
from zarr_devbuf import get_backend
from zarr_devbuf.audit import (
    CheckRecord,
    SubjectResult,
    find_subjects,
    run_subject,
    select_subjects,
)
from zarr_devbuf.audit.findings.diagnosis import diagnose, full_details, without_temporary_paths
from zarr_devbuf.audit.findings.gate import decide
from zarr_devbuf.audit.findings.problems import problems, reproducer
from zarr_devbuf.audit.formats.terminal import print_audit
from zarr_devbuf.audit.formats.terminal_problems import print_findings
from zarr_devbuf.audit.text import listed, sentence
from zarr_devbuf.checks import violated
from zarr_devbuf.checks.tracebacks import shorten, shorten_paths
from zarr_devbuf.transfers import record_transfers

HERE = Path(__file__).name


def raised(action: Any, *notes: str) -> Exception:
    try:
        action()
    except Exception as error:
        for note in notes:
            error.add_note(note)
        return error
    raise AssertionError("nothing was raised")


def test_device_array_used_as_a_numpy_array_is_attributed_to_the_line() -> None:
    array = get_backend("sim").xp.zeros(3)
    found = diagnose(raised(lambda: np.asarray(array), "while trying"))
    assert found.error == "TypeError"
    assert found.cause.startswith("TypeError: Implicit conversion to a NumPy array")
    # The line is the one here, and none of the simulator's or NumPy's.
    assert HERE in found.where[0]
    assert found.where[0].endswith("in <lambda>")
    assert found.case == "trying"
    assert "as_numpy_array()" in found.advice


def test_no_advice_if_unknown() -> None:
    assert diagnose(raised(lambda: dict[str, int]()["oops"])).advice == ""
    assert diagnose(None).cause == ""


def test_failed_check_has_expected_and_actual() -> None:
    error = violated(expected="x" * 200, actual="two\nlines", advice="Fix it.", case="here")
    found = diagnose(error)
    assert found.error == ""
    assert found.cause == f"expected {'x' * 77}..., got two lines"
    assert (found.case, found.advice, found.where) == ("here", "Fix it.", ())


def test_transfers_have_a_direction_and_a_line() -> None:
    backend = get_backend("sim")
    with record_transfers() as log:
        backend.from_host(np.zeros(3))
    found = diagnose(violated(expected="none", actual="some", advice="", transfers=log))
    assert found.cause == "explicit host→device transfers"
    assert HERE in found.where[0]


def test_what_differs_from_run_to_run_is_left_out() -> None:
    for number, folder in enumerate(("fdprgw0r", "bhx_z6ub")):
        within = f"zarr-devbuf-{folder}-3{number}/zarr-devbuf-25{number}/c/0"
        text = f"no file /tmp/zarr-devbuf-{folder}/{within}: x"
        assert without_temporary_paths(text) == "no file …/zarr-devbuf-N/c/0: x"
    assert without_temporary_paths("zarr-devbuf is fine") == "zarr-devbuf is fine"


def test_paths_are_shortened_to_those_inside_packages() -> None:
    assert shorten("/x/lib/site-packages/zarr/a.py") == "zarr/a.py"
    assert shorten_paths("raised at /x/y/site-packages/zarr/a.py:3") == "raised at zarr/a.py:3"
    assert shorten_paths("(/home/me/zarr_devbuf/checks/b.py:4)") == "(zarr_devbuf/checks/b.py:4)"


def test_exception_has_its_traceback_in_the_details() -> None:
    error = raised(lambda: dict[str, int]()["oops"])
    message, traceback = full_details("x failed\n  to do:     Fix it.", error, "Do this.")
    assert message == "x failed\n  to do:     Do this."
    assert traceback.startswith("Traceback")
    assert HERE in traceback
    assert full_details("x", violated(expected="", actual="", advice=""), "") == ("x",)


def failing(check: str, cause: str, *where: str, error: str = "TypeError") -> CheckRecord:
    return CheckRecord(
        f"check_{check}",
        "failed",
        f"{cause} ({check})",
        finding="broken",
        requirement=f"Check of {check}.",
        error=error,
        cause=cause,
        where=where,
        case=f"case of {check}",
        advice="Fix it.",
    )


def found_of(name: str, *checks: CheckRecord, backend: str = "sim") -> SubjectResult:
    return result(name, backend, "broken", *checks)


def test_checks_that_fail_for_one_cause_are_one_finding() -> None:
    one, two = failing("one", "TypeError: x", "a.py:1"), failing("two", "TypeError: x", "a.py:1")
    elsewhere = failing("three", "TypeError: x", "b.py:1")
    other = failing("four", "TypeError: y", "a.py:1")
    (x, y) = problems([found_of("a", one, two, elsewhere), found_of("b", one, other)])
    assert (x.title, y.title) == ("TypeError: x", "TypeError: y")
    assert x.names == ("a", "b")
    assert [cause.where for cause in x.causes] == [("a.py:1",), ("b.py:1",)]
    assert [check.short_name for _, check in x.causes[0].checks] == ["one", "two"]
    assert x.causes[0].subjects == {"a": ("sim",), "b": ("sim",)}


def test_failures_of_one_check_are_one_problem() -> None:
    checks = [failing("one", f"expected 1, got {i}", error="") for i in range(2)]
    (problem,) = problems([found_of("a", checks[0]), found_of("b", checks[1])])
    assert problem.title == "check `one`: Check of one."
    assert problem.about_check
    assert len(problem.causes) == 2


def test_the_same_words_about_two_kinds_are_two_problems() -> None:
    one, two = (failing(each, "expected a, got b", error="") for each in ("one", "two"))
    codec, store = found_of("a", one), replace(found_of("b", two), kind="store")
    assert [problem.names for problem in problems([codec, store])] == [("a",), ("b",)]
    # The same line is the same cause, whatever calls it.
    one, two = (failing(each, "TypeError: x", "a.py:1") for each in ("one", "two"))
    codec, store = found_of("a", one), replace(found_of("b", two), kind="store")
    assert [problem.names for problem in problems([codec, store])] == [("a", "b")]


def test_problems_come_with_the_worst_first() -> None:
    assert [problem.finding for problem in problems(EVERYTHING)] == ["broken", "implicit-transfers"]


def test_expected_failures_may_be_left_out() -> None:
    known = CheckRecord("check_x", "xfailed", "x", finding="broken", reason="known")
    assert len(problems([found_of("a", known)])) == 1
    assert problems([found_of("a", known)], expected=False) == []


def test_reproducer_can_be_typed_in() -> None:
    assert reproducer(found_of("zstd")) == "zarr-devbuf audit zstd --backend sim -v"
    assert reproducer(found_of('zstd {"level": 3}')) == (
        "zarr-devbuf audit 'zstd {\"level\": 3}' --backend sim -v"
    )
    (subject,) = select_subjects(['zstd {"level": 3}'], find_subjects())
    assert (subject.source, subject.name) == ("json", 'zstd {"level": 3}')


def printed(*results: SubjectResult, width: int = 80, verbose: bool = False) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, markup=False, highlight=False)
    print_findings(console, results, verbose=verbose)
    return out.getvalue()


def test_listing_has_the_problem_the_lines_and_the_advice() -> None:
    check = failing("one", "TypeError: x", "a.py:1 in f", "b.py:2 in g")
    names = [f"codec{i}" for i in range(9)]
    text = printed(
        *(found_of(name, check, failing("two", "TypeError: x", *check.where)) for name in names)
    )
    assert text.count("TypeError: x") == 1
    assert "raises: 1 problem\n" in text
    assert " 1. TypeError: x\n    broken\n    do: Fix it.\n" in text
    assert "codec0, codec1, codec2, codec3, codec4 and 4 more [sim]: 2 checks: one, two" in (
        " ".join(text.split())
    )
    assert "      at a.py:1 in f\n      from b.py:2 in g\n" in text
    assert "e.g. one, codec0 on sim: case of one" in text
    assert "codec8" not in text
    assert "codec8" in printed(*(found_of(name, check) for name in names), verbose=True)


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_listing_fits(width: int) -> None:
    long = failing("one", "TypeError: " + "very long words and more " * 30, "a.py:1 in f")
    text = printed(found_of("a" * 60, long, BROKEN), *EVERYTHING, width=width)
    assert max(map(len, text.splitlines())) <= width


def test_long_messages_are_cut_and_whole_on_demand() -> None:
    check = failing("one", "TypeError: first. " + "second " * 60 + "last.", "a.py:1 in f")
    assert "last" not in printed(found_of("a", check))
    assert "last" in printed(found_of("a", check), verbose=True)


def test_report_ends_with_the_decision_and_further_commands() -> None:
    def ending(*results: SubjectResult, fail_on: Any = "broken") -> list[str]:
        out = io.StringIO()
        print_audit(Console(file=out, width=80), decide(audit(*results), fail_on=fail_on))
        return out.getvalue().splitlines()

    text = ending(found_of("a", failing("one", "TypeError: x")))
    assert text[-4] == "Failed: 1 subject is broken."
    assert text[-3].endswith("zarr-devbuf audit a --backend sim -v")
    assert text[-2].endswith("zarr-devbuf checks one")
    assert ending(result("a", "cpu", "device-native", PASSED))[-1] == "Passed (fails on broken)."
    hidden = result("a", "sim", "implicit-transfers", HIDDEN)
    assert "Failed: 1 subject is implicit-transfers or worse." in ending(
        hidden, fail_on="implicit-transfers"
    )


def test_real_findings_are_merged() -> None:
    (subject,) = select_subjects(["numcodecs.zlib"], find_subjects())
    (problem,) = problems([run_subject(subject, "sim")])
    (cause,) = problem.causes
    assert len(cause.checks) > 3
    assert cause.where[0].startswith("numcodecs/compat.py:")
    assert cause.where[1].startswith("zarr/codecs/numcodecs/")
    assert "as_numpy_array" in problem.advice


def test_text() -> None:
    assert listed(["a", "b", "c"], 3) == "a, b, c"
    assert listed(["a", "b", "c", "d"], 3) == "a, b and 2 more"
    assert sentence("One. Two.") == "One. Two."
    assert sentence("One. Two.", 5) == "One."
