"""JSON, JUnit XML, HTML and Markdown: complete, valid, and safe with any name of a subject."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import jsonschema
import pytest

import zarr_devbuf.audit
from tests.shared.audits import BROKEN, EVERYTHING, HIDDEN, PASSED, QUOTES, SCRIPT, audit, result
from zarr_devbuf.audit import find_subjects, run_subject, select_subjects
from zarr_devbuf.audit.findings.expected import Expected
from zarr_devbuf.audit.findings.gate import decide
from zarr_devbuf.audit.findings.json_document import (
    Audit,
    backend_info,
    document,
    json_schema,
    json_text,
    versions,
)
from zarr_devbuf.audit.findings.known_issues import issues_of, known_issues
from zarr_devbuf.audit.formats.html import html
from zarr_devbuf.audit.formats.junit import junit
from zarr_devbuf.audit.formats.markdown import markdown

# One worker of xdist runs these, so that the module fixture is made once.
pytestmark = pytest.mark.xdist_group("formats")


@pytest.fixture(scope="module")
def real() -> Audit:
    subjects = select_subjects(["crc32c", "zarr.buffer.cpu", "MemoryStore"], find_subjects())
    pairs = [(s, b) for s in subjects for b in ("cpu", "sim") if s.runs_on(b)]
    results = tuple(run_subject(*pair) for pair in pairs)
    infos = tuple(backend_info(name) for name in ("cpu", "gpu", "sim"))
    return Audit(results, infos, versions(results), 1.0)


def valid(data: object) -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(data)


@pytest.mark.parametrize("stable", [False, True])
def test_json_matches_the_schema(real: Audit, stable: bool) -> None:
    for each in (real, audit(), Audit(())):
        data = document(each, stable=stable)
        valid(data)
        assert json.loads(json.dumps(data)) == data


def test_json_has_what_the_design_promises(real: Audit) -> None:
    data = document(real)
    assert data["schema"] == 1
    assert {"python", "zarr", "numpy", "zarr-devbuf"} <= set(data["versions"])
    assert [each["name"] for each in data["backends"]] == ["cpu", "gpu", "sim"]
    (crc,) = (s for s in data["subjects"] if (s["name"], s["backend"]) == ("crc32c", "sim"))
    assert (crc["kind"], crc["verdict"]) == ("codec", "implicit-transfers")
    chunks = crc["transfers"]["chunks"]
    assert crc["transfers"]["d2h"]["count"] == crc["transfers"]["h2d"]["count"] == 2 * chunks
    assert crc["transfers"]["d2h"]["nbytes"] > 0
    failed = [check for check in crc["checks"] if check["status"] == "failed"]
    assert [check["check"] for check in failed] == ["check_implicit_transfers"]
    assert "crc32c_.py" in failed[0]["message"]
    assert crc["seconds"] > 0


def test_json_has_cause_line_check_and_issue(real: Audit) -> None:
    failed = replace(
        HIDDEN, check="check_read_coordinates", message="Implicit conversion", finding="broken"
    )
    data = document(audit(replace(result("zarr.Array", "sim", "broken", failed), kind="array")))
    valid(data)
    (check,) = data["subjects"][0]["checks"]
    assert check["check_ref"] == "docs/checks-reference.md#array-read_coordinates"
    assert [issue["url"].rpartition("/")[2] for issue in check["issues"]] == ["3640"]
    (crc,) = (s for s in document(real)["subjects"] if s["verdict"] == "implicit-transfers")
    (failure,) = (check for check in crc["checks"] if check["status"] == "failed")
    assert failure["cause"] == "implicit host→device transfers"
    assert failure["where"][0].startswith("zarr/codecs/crc32c_.py:")
    assert failure["advice"]
    assert "error" not in failure


def test_json_can_be_written_whatever_a_message_holds() -> None:
    text = json_text(audit())
    text.encode("utf-8")
    assert json.loads(text)["subjects"][5]["checks"][1]["message"] == BROKEN.message


def test_json_schema_finds_faults() -> None:
    data = document(audit())
    data["subjects"][0]["verdict"] = "fine"
    with pytest.raises(jsonschema.ValidationError):
        valid(data)


def test_stable_json_has_nothing_that_differs_from_run_to_run() -> None:
    text = json.dumps(document(audit(), stable=True))
    assert "seconds" not in text
    assert ".py:7" not in text


def test_junit_is_well_formed_and_counts() -> None:
    root = ET.fromstring(junit(decide(audit(), fail_on="implicit-transfers")))
    assert [suite.get("name") for suite in root] == [
        "prototype on cpu",
        "codec on cpu",
        "codec on sim",
        "store on cpu",
        "store on sim",
    ]
    cases = list(root.iter("testcase"))
    assert len(cases) == sum(len(each.checks) + 1 for each in EVERYTHING)
    assert root.get("tests") == str(len(cases))
    # One check and one verdict, for each of two subjects.
    assert root.get("failures") == str(len(list(root.iter("failure")))) == "4"
    names = {case.get("classname") for case in cases}
    assert {f"codec.{SCRIPT}", f"codec.{QUOTES}"} <= names


def test_junit_fails_for_what_the_audit_fails_for() -> None:
    root = ET.fromstring(junit(decide(audit(), fail_on="broken")))
    failed = [
        case.get("name") for case in root.iter("testcase") if case.find("failure") is not None
    ]
    assert failed == ["check_pickling [cpu]", "verdict [cpu]"]
    skipped = [s.get("message", "") for s in root.iter("skipped")]
    assert any(text.startswith("does not fail this audit") for text in skipped)


# What the schemas of CI systems allow (Jenkins' xUnit plugin has the strictest), by element:
# attributes that must be there, those that may be, and elements within.
JUNIT: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"time", "skipped", "timestamp", "hostname", "id", "package"},
        {"properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": (
        {"name", "classname", "time"},
        set(),
        {"failure", "error", "skipped", "system-out", "system-err"},
    ),
    "failure": ({"message", "type"}, set(), set()),
    "skipped": ({"message"}, {"type"}, set()),
    "system-out": (set(), set(), set()),
}


@pytest.mark.parametrize("fail_on", ["broken", "host-round-trip"])
def test_junit_is_what_ci_systems_open(real: Audit, fail_on: Any) -> None:
    expected = [Expected("nobody", "was so", verdict="broken")]
    for each in (real, audit()):
        text = junit(decide(each, fail_on=fail_on, expected=expected))
        root = ET.fromstring(text)
        assert root.tag == "testsuites"
        for element in root.iter():
            required, optional, within = JUNIT[element.tag]
            assert required <= set(element.attrib) <= required | optional, element.tag
            assert {child.tag for child in element} <= within, element.tag
        for suite in root:
            cases = suite.findall("testcase")
            assert cases
            assert int(suite.get("tests", "")) == len(cases)
            # GitLab takes cases that share these for one.
            assert len({(case.get("classname"), case.get("name")) for case in cases}) == len(cases)
            for count in ("failures", "skipped"):
                having = [case for case in cases if case.find(count.removesuffix("s")) is not None]
                assert int(suite.get(count, "")) == len(having)
            properties = {p.get("name"): p.get("value") for p in suite.iter("property")}
            assert properties["fail-on"] == fail_on
            assert properties["zarr"]
            for timed in (suite, *cases):
                assert re.fullmatch(r"\d+\.\d{3}", timed.get("time", ""))
        assert root[-1].get("name") == "settings"
    assert float(ET.fromstring(junit(decide(real, fail_on=fail_on))).get("time", "0")) > 0


def test_junit_has_no_characters_that_xml_forbids() -> None:
    text = junit(decide(audit(), fail_on="broken"))
    assert not any(c in text for c in "\x00\x0b\x1b\ud800")
    text.encode()
    assert "check_pickling failed: ]]>" in next(
        f.text or "" for f in ET.fromstring(text).iter("failure")
    )


class Reader(HTMLParser):
    """Collects the elements, and what they refer to."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.references: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.references += [value or "" for name, value in attrs if name in ("src", "href")]


def test_html_is_one_file_and_escapes_names() -> None:
    text = html(decide(audit(), fail_on="broken"))
    reader = Reader()
    reader.feed(text)
    assert reader.elements.count("script") == 1
    assert "img" not in reader.elements
    assert reader.references
    assert all(each.startswith("#") for each in reader.references)
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text


def test_html_of_a_real_audit_has_every_check(real: Audit) -> None:
    text = html(decide(real, fail_on="broken"))
    assert all(check.check in text for each in real.results for check in each.checks)


def test_html_shows_expected_findings() -> None:
    expected = (
        Expected(QUOTES.replace("[", "[[]"), "known <b>", check="pickling"),
        Expected("zstd", "never", check="round_trip"),
    )
    text = html(decide(audit(), fail_on="broken", expected=expected))
    assert "Expected: known &lt;b&gt;" in text
    assert "zstd: round_trip is expected (never), but no longer occurs" in text


def test_markdown_has_each_finding_once_with_its_check() -> None:
    same = result("another", "sim", "implicit-transfers", PASSED, HIDDEN)
    text = markdown(decide(audit(*EVERYTHING, same), fail_on="broken"))
    check = "[implicit_transfers](checks-reference.md#codec-implicit_transfers)"
    assert text.count(f"check: {check}") == 1
    assert f"`{SCRIPT}`, `another` on sim" in text
    assert "check `implicit_transfers`: Nothing moves without being asked for." in text
    assert f"reproduce: `zarr-devbuf audit '{SCRIPT}' --backend sim -v`" in text
    assert "| `zstd` | ok | host-round-trip | 2/2 | 400 |" in text
    assert BROKEN.details[0].splitlines()[0] in text
    assert "\x0b" not in text
    assert "0.5 s" not in text


def test_known_issues_are_public() -> None:
    assert known_issues()
    path = Path(zarr_devbuf.audit.__file__).parent / "findings" / "known_issues.toml"
    assert len(tomllib.loads(path.read_text("utf-8"))["issue"]) == len(known_issues())
    for issue in known_issues():
        assert urlsplit(issue.url).hostname == "github.com"
        assert issue.short.partition("#")[2].isdigit()
        assert issue.title


def test_known_issue_is_shown_with_its_finding() -> None:
    failed = HIDDEN.__class__(
        "check_read_coordinates", "failed", "TypeError: Implicit conversion to a NumPy array"
    )
    found = result("zarr.Array", "sim", "broken", failed, kind="array")
    (issue,) = issues_of(found, failed)
    assert issue.short == "zarr-python#3640"
    decision = decide(audit(found), fail_on="broken")
    assert f'href="{issue.url}"' in html(decision)
    assert f"[zarr-python#3640]({issue.url})" in markdown(decision)
    assert issues_of(result("zstd", "sim", "broken", failed), failed) == ()


def test_markdown_has_no_path_of_this_machine() -> None:
    message = (
        "x failed\n  raised at: /home/me/.venv/lib/python3.12/site-packages/zarr/a.py:3 in f\n"
        "  while:     `g()` (/home/me/src/zarr_devbuf/checks/b.py:4)"
    )
    failed = HIDDEN.__class__("check_x", "failed", "x", (message,), "broken", "``a`` is `b`.")
    text = markdown(decide(audit(result("a", "sim", "broken", failed)), fail_on="broken"))
    assert "/home" not in text
    assert "raised at: zarr/a.py:3 in f" in text
    assert "(zarr_devbuf/checks/b.py:4)" in text
    assert "check `x`: `a` is `b`." in text
