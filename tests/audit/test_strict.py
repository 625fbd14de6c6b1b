"""Sources, severities and ``--strict``; subjects of which nothing was checked."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from rich.console import Console

from tests.shared.audits import BROKEN, HIDDEN, PASSED, SITE, SKIPPED, audit, result
from zarr_devbuf.audit.findings.expected import Expected
from zarr_devbuf.audit.findings.gate import Decision, decide
from zarr_devbuf.audit.findings.json_document import document, json_schema
from zarr_devbuf.audit.findings.problems import problems
from zarr_devbuf.audit.formats.html import html
from zarr_devbuf.audit.formats.junit import junit
from zarr_devbuf.audit.formats.markdown import markdown
from zarr_devbuf.audit.formats.registry import FORMATS, Written
from zarr_devbuf.audit.formats.terminal import print_audit
from zarr_devbuf.checks import SEVERITIES, SOURCES

if TYPE_CHECKING:
    from zarr_devbuf.audit import CheckRecord, SubjectResult
    from zarr_devbuf.checks import Severity, Source


def failing(name: str, severity: Severity, source: Source = "documented") -> CheckRecord:
    return replace(BROKEN, check=f"check_{name}", severity=severity, source=source, message=name)


def printed(decision: Decision) -> str:
    out = io.StringIO()
    print_audit(Console(file=out, width=200, markup=False, highlight=False), decision)
    return out.getvalue()


def written(decision: Decision) -> dict[str, str]:
    texts = {
        name: form.text(decision) for name, form in FORMATS.items() if isinstance(form, Written)
    }
    return {**texts, "table": printed(decision)}


def test_problems_are_sorted_by_severity_in_every_format() -> None:
    checks = [failing(f"is_{each.replace(' ', '_')}", each) for each in reversed(SEVERITIES)]
    decision = decide(audit(result("a", "sim", "broken", *checks)), fail_on="broken")
    assert [each.severity for each in problems(decision.audit.results)] == list(SEVERITIES)
    for name, text in written(decision).items():
        body = text
        if name == "json":
            body = json.dumps(json.loads(text)["problems"])
        elif name == "html":
            body = text[text.index('id="problems"') :]
        elif name == "markdown":
            body = text[text.index("## Findings") :]
        places = [body.index(f"is_{each.replace(' ', '_')}") for each in SEVERITIES]
        assert places == sorted(places), name
        assert all(each in text for each in SEVERITIES), name
        assert "documented" in text, name


@pytest.mark.parametrize("strict", ["", "precedent", "documented"])
def test_strict_leaves_out_weaker_sources(strict: str) -> None:
    checks = [failing(f"by_{source}", "raises", source) for source in SOURCES]
    decision = decide(
        audit(result("a", "sim", "broken", PASSED, *checks)), fail_on="broken", strict=strict
    )
    kept = SOURCES if not strict else SOURCES[: SOURCES.index(strict) + 1]
    (found,) = decision.audit.results
    assert [check.source for check in found.failed] == list(kept)
    assert decision.left_out == len(SOURCES) - len(kept)
    assert len(problems(decision.audit.results)) == len(kept)
    assert decision.failed
    data = document(decision.audit)
    jsonschema.validate(data, json_schema())
    if strict:
        assert data["strict"] == {"source": strict, "left_out": decision.left_out}
        noun = "finding" if decision.left_out == 1 else "findings"
        text = f"--strict {strict}: {decision.left_out} {noun} with a weaker source left out"
        assert text in printed(decision)
        assert "weaker source" in markdown(decision)
        assert "weaker source" in html(decision)
        assert "left out" in junit(decision)
    else:
        assert "strict" not in data


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "device-native"),
        ({"ledger": (replace(SITE, explicit=True),)}, "host-round-trip"),
        ({"ledger": (SITE,)}, "implicit-transfers"),
        ({"refuses": True}, "unsupported"),
    ],
)
def test_strict_gives_the_verdict_without_what_it_leaves_out(
    changes: dict[str, Any], verdict: str
) -> None:
    ours = failing("ours", "raises", "ours")
    subject = replace(result("a", "sim", "broken", PASSED, ours), **changes)
    decision = decide(audit(subject), fail_on="broken", strict="documented")
    assert decision.audit.results[0].verdict == verdict
    assert not decision.failed
    assert decide(audit(subject), fail_on="broken").failed


def test_strict_keeps_what_the_audit_itself_finds() -> None:
    hangs = replace(BROKEN, check="finish")
    subject = result("a", "sim", "broken", PASSED, hangs)
    assert decide(audit(subject), fail_on="broken", strict="documented").failed


def named(verdict: str, *checks: CheckRecord, **changes: Any) -> SubjectResult:
    return replace(result("a", "sim", verdict, *checks), asked="a", **changes)


@pytest.mark.parametrize(
    ("subject", "fails"),
    [
        (named("unsupported", SKIPPED), True),
        (named("device-native", PASSED, SKIPPED), False),
        (named("unsupported", PASSED, SKIPPED), False),
        # One check, about transfers, fails; none passes.
        (named("implicit-transfers", HIDDEN, SKIPPED), True),
        (result("a", "sim", "unsupported", SKIPPED), False),
        (named("unsupported", SKIPPED, elsewhere=True), True),
    ],
)
def test_a_named_subject_of_which_nothing_was_checked_fails(
    subject: SubjectResult, fails: bool
) -> None:
    decision = decide(audit(subject), fail_on="broken")
    assert decision.failed == fails
    if not fails:
        return
    reason = decision.audit.results[0].unchecked
    assert reason.startswith("no check passed")
    for name, text in written(decision).items():
        assert "no check passed" in text, name
        if subject.verdict == "unsupported":
            assert SKIPPED.message in text.replace("\\_", "_"), name
    jsonschema.validate(data := document(decision.audit, failed=True), json_schema())
    assert data["subjects"][0]["unchecked"] == reason
    assert data["failed"] is True
    root = ET.fromstring(junit(decision))
    (failure,) = (case for case in root.iter("testcase") if case.find("failure") is not None)
    assert failure.get("name") == "verdict [sim]"
    assert "Failed: 1 subject passed no check." in printed(decision)


def test_a_subject_for_another_backend_counts_if_it_is_judged_there() -> None:
    elsewhere = replace(named("unsupported", SKIPPED, elsewhere=True), backend="cpu")
    assert not decide(audit(elsewhere, named("device-native", PASSED)), fail_on="broken").failed
    refused = replace(named("unsupported", SKIPPED), backend="cpu")
    assert decide(audit(refused, named("device-native", PASSED)), fail_on="broken").failed


def test_one_subject_of_a_pattern_has_to_be_judged() -> None:
    both = [
        replace(result(name, "sim", verdict, check), asked="?", by_pattern=True)
        for name, verdict, check in (
            ("a", "unsupported", SKIPPED),
            ("b", "device-native", PASSED),
        )
    ]
    assert not decide(audit(*both), fail_on="broken").failed
    assert decide(audit(both[0]), fail_on="broken").failed


def test_an_expected_verdict_excuses_it() -> None:
    expected = [Expected("a", "it needs a library", verdict="unsupported")]
    assert not decide(
        audit(named("unsupported", SKIPPED)), fail_on="broken", expected=expected
    ).failed


def test_fail_on_unsupported_is_for_all_subjects() -> None:
    for subject in (result("a", "sim", "unsupported", SKIPPED), named("unsupported", PASSED)):
        decision = decide(audit(subject), fail_on="unsupported")
        assert decision.failed
        for text in written(decision).values():
            assert "unsupported" in text
    moves = result("a", "sim", "implicit-transfers", PASSED, HIDDEN)
    assert not decide(audit(moves), fail_on="unsupported").failed
    assert decide(audit(result("a", "sim", "broken", BROKEN)), fail_on="unsupported").failed


def test_an_audit_of_nothing_fails() -> None:
    decision = decide(replace(audit(), results=()), fail_on="broken")
    assert decision.failed
    assert "Failed: nothing was audited." in printed(decision)


def test_a_verdict_says_how_little_was_judged() -> None:
    subject = result("a", "sim", "device-native", PASSED, *[SKIPPED] * 27)
    decision = decide(audit(subject), fail_on="broken")
    for name, text in written(decision).items():
        if name == "json":
            assert json.loads(text)["subjects"][0]["judged"] == {
                "passed": 1,
                "failed": 0,
                "skipped": 27,
                "total": 28,
            }
        elif name == "junit":
            assert "verdict: device-native (1 of 28 checks)" in text
        else:
            assert "device-native (1 of 28 checks)" in text, name
