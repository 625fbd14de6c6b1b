"""The report for CI systems: JUnit XML with a test suite for each kind and backend."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from zarr_devbuf.audit.text import clean
from zarr_devbuf.checks.failures import rank_of

if TYPE_CHECKING:
    from zarr_devbuf.audit.findings.gate import Decision
    from zarr_devbuf.audit.findings.results import CheckRecord, SubjectResult

__all__ = ["junit"]


def junit(decision: Decision) -> str:
    """
    Write an audit as JUnit XML.

    There is a test case for each check of each subject, and one for each verdict. Those that fail
    the audit have failed. Failures that are below ``--fail-on``, expected or in the baseline are
    skipped, with the reason.
    """
    root = ET.Element("testsuites", name="zarr-devbuf audit")
    suites: dict[tuple[str, str], ET.Element] = {}
    for result in decision.audit.results:
        key = (result.kind, result.backend)
        if key not in suites:
            suites[key] = _suite(root, f"{key[0]} on {key[1]}", decision)
        _add(suites[key], result, decision)
    if decision.stale:
        suites["", "settings"] = suite = _suite(root, "settings", decision)
        for text in decision.stale:
            case = _case(suite, "settings", text, 0.0)
            _note(case, "failure", text, text, "settings")
    for suite in suites.values():
        _count(suite)
        suite.set("skipped", str(sum(case.find("skipped") is not None for case in suite)))
    _count(root)
    root.set("time", f"{decision.audit.seconds:.3f}")
    ET.indent(root)
    return f"<?xml version='1.0' encoding='utf-8'?>\n{ET.tostring(root, encoding='unicode')}\n"


def _suite(root: ET.Element, name: str, decision: Decision) -> ET.Element:
    suite = ET.SubElement(root, "testsuite", name=clean(name))
    properties = ET.SubElement(suite, "properties")
    audit = decision.audit
    values = {"fail-on": decision.fail_on, **audit.versions}
    if audit.simulated:
        values["simulated"] = ", ".join(audit.simulated)
    if audit.strict:
        values["strict"] = f"{audit.strict}: {decision.left_out} findings left out"
    for key, value in values.items():
        ET.SubElement(properties, "property", name=clean(key), value=clean(value))
    return suite


def _add(suite: ET.Element, result: SubjectResult, decision: Decision) -> None:
    group = f"{result.kind}.{result.name}"
    # As in the other formats, the worst come first; what did not fail keeps its order.
    for check in sorted(result.checks, key=lambda each: rank_of(each.severity)):
        case = _case(suite, group, f"{check.check} [{result.backend}]", check.seconds)
        _add_status(case, check, counts=decision.counts(result, check))
    case = _case(suite, group, f"verdict [{result.backend}]", 0.0)
    if decision.fails(result):
        failed = ", ".join(check.check for check in result.failed)
        text = f"{result.verdict}{f': {failed}' if failed else ''}"
        key = (result.kind, result.name, result.backend)
        if decision.comparison is not None and key in decision.comparison.worse:
            text = f"worse than the baseline: {'; '.join(decision.comparison.worse[key])}"
        if result.unchecked:
            text = f"{result.verdict}: {result.unchecked}"
        _note(case, "failure", text, text, result.verdict)
    part = f" ({result.part})" if result.part else ""
    ET.SubElement(case, "system-out").text = clean(f"verdict: {result.verdict}{part}")


def _add_status(case: ET.Element, check: CheckRecord, *, counts: bool) -> None:
    text = "\n".join(check.details) or check.message
    kind = f"{check.severity}, {check.source}".strip(", ") or check.finding
    if counts:
        _note(case, "failure", check.message, text, kind)
    elif check.status == "xpassed":
        _note(case, "failure", check.message, text, "xpassed")
    elif check.status == "failed":
        why = "does not fail this audit (--fail-on, --baseline)"
        _note(case, "skipped", f"{why}: {check.message}", text)
    elif check.status == "xfailed":
        _note(case, "skipped", f"expected: {check.reason}", text)
    elif check.status == "skipped":
        _note(case, "skipped", check.message, "")


def _case(suite: ET.Element, group: str, name: str, seconds: float) -> ET.Element:
    return ET.SubElement(
        suite, "testcase", classname=clean(group), name=clean(name), time=f"{seconds:.3f}"
    )


def _note(case: ET.Element, tag: str, message: str, text: str, kind: str = "") -> None:
    note = ET.SubElement(case, tag, message=clean(message))
    if kind:
        note.set("type", kind)
    if text:
        note.text = clean(text)


def _count(suite: ET.Element) -> None:
    cases = list(suite.iter("testcase"))
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    suite.set("errors", "0")
    suite.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")
