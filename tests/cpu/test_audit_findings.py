"""How notes about many kinds of chunk become one line a check."""

from __future__ import annotations

from zarr_devbuf.audit import CHECKS, CheckResult
from zarr_devbuf.audit.findings import Findings


def findings(*notes: tuple[str, str, str, str]) -> Findings:
    found = Findings()
    for check, status, case, message in notes:
        found.add(check, status, case, message)  # type: ignore[arg-type]
    return found


def test_checks_come_in_the_order_in_which_a_chunk_meets_them() -> None:
    notes = [(check, "passed", "a", "") for check in reversed(CHECKS)]
    assert [result.check for result in findings(*notes).results()] == list(CHECKS)


def test_one_failure_fails_the_check() -> None:
    found = findings(
        ("encode", "passed", "a", ""),
        ("encode", "failed", "b", "no"),
        ("encode", "skipped", "c", ""),
    )
    assert found.results() == (CheckResult("encode", "failed", "b: no", ("failed: b: no",)),)


def test_kinds_are_not_named_where_all_that_the_codec_takes_fail() -> None:
    found = findings(
        ("accept", "skipped", "a", "not this"),
        ("encode", "failed", "b", "no"),
        ("encode", "failed", "c", "no"),
    )
    accept, encode = found.results()
    assert accept.message == "a: not this"
    assert encode.message == "no"
    assert encode.details == ("failed: b, c: no",)


def test_the_message_is_the_commonest_and_the_others_are_counted() -> None:
    found = findings(
        ("values", "failed", "a", "rare"),
        ("values", "failed", "b", "common"),
        ("values", "failed", "c", "common"),
        ("values", "passed", "d", "lossy"),
    )
    (result,) = found.results()
    assert result.message == "b, c: common (and 1 more)"
    assert result.details == ("failed: b, c: common", "failed: a: rare", "passed: d: lossy")


def test_what_a_passed_check_does_not_apply_to_is_said_to_be_so() -> None:
    (result,) = findings(("accept", "passed", "a", ""), ("accept", "skipped", "b", "no")).results()
    assert result.status == "passed"
    assert result.message == "not for b: no"


def test_kinds_are_found_by_outcome() -> None:
    found = findings(("accept", "passed", "a", ""), ("encode", "skipped", "b", "no"))
    assert found.cases("skipped") == {"b"}
    assert found.cases("passed", "accept") == {"a"}
    assert found.cases("skipped", "accept") == set()
