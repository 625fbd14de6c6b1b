"""The report that CI systems open: JUnit's XML, one test suite a kind and backend."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from zarr_devbuf.audit.gate import Decision
    from zarr_devbuf.audit.records import CheckResult, SubjectResult

__all__ = ["junit"]

# What XML 1.0 cannot hold, not even written as a reference.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(decision: Decision) -> str:
    """
    Write an audit as JUnit XML.

    A test case is one check of one subject, and one more the verdict on it. Failed are those for
    which the audit fails; what is below ``--fail-on``, expected or in the baseline is skipped, with
    the reason.
    """
    root = ET.Element("testsuites", name="zarr-devbuf audit")
    suites: dict[tuple[str, str], ET.Element] = {}
    for result in decision.audit.results:
        key = (result.kind, result.backend)
        if key not in suites:
            suites[key] = ET.SubElement(root, "testsuite", name=_clean(f"{key[0]} on {key[1]}"))
        _add(suites[key], result, decision)
    if decision.stale:
        suites["", "settings"] = suite = ET.SubElement(root, "testsuite", name="settings")
        for text in decision.stale:
            case = _case(suite, "settings", text, 0.0)
            _note(case, "failure", text, text)
    for suite in suites.values():
        _count(suite)
    _count(root)
    root.set("time", f"{decision.audit.seconds:.3f}")
    ET.indent(root)
    return f"<?xml version='1.0' encoding='utf-8'?>\n{ET.tostring(root, encoding='unicode')}\n"


def _add(suite: ET.Element, result: SubjectResult, decision: Decision) -> None:
    group = f"{result.kind}.{result.name}"
    for check in result.checks:
        case = _case(suite, group, f"{check.check} [{result.backend}]", check.seconds)
        _outcome(case, check, counts=decision.counts(result, check))
    case = _case(suite, group, f"verdict [{result.backend}]", 0.0)
    if decision.fails(result):
        failed = ", ".join(check.check for check in result.failed)
        text = f"{result.verdict}{f': {failed}' if failed else ''}"
        key = (result.kind, result.name, result.backend)
        if decision.comparison is not None and key in decision.comparison.worse:
            text = f"worse than the baseline: {'; '.join(decision.comparison.worse[key])}"
        _note(case, "failure", text, text)
    ET.SubElement(case, "system-out").text = _clean(f"verdict: {result.verdict}")


def _outcome(case: ET.Element, check: CheckResult, *, counts: bool) -> None:
    text = "\n".join(check.details) or check.message
    if counts:
        _note(case, "failure", check.message, text, check.finding)
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
        suite, "testcase", classname=_clean(group), name=_clean(name), time=f"{seconds:.3f}"
    )


def _note(case: ET.Element, tag: str, message: str, text: str, kind: str = "") -> None:
    note = ET.SubElement(case, tag, message=_clean(message))
    if kind:
        note.set("type", kind)
    if text:
        note.text = _clean(text)


def _count(suite: ET.Element) -> None:
    cases = list(suite.iter("testcase"))
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    suite.set("errors", "0")
    suite.set("skipped", str(sum(case.find("skipped") is not None for case in cases)))
    suite.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
