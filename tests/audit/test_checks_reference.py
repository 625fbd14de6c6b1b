"""The checks reference: on the command line, as Markdown, and linked to from findings."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

import zarr_devbuf
from zarr_devbuf.audit import find_subjects, run_subject, select_subjects
from zarr_devbuf.audit.findings.gate import decide
from zarr_devbuf.audit.findings.json_document import Audit, document
from zarr_devbuf.audit.findings.results import anchor
from zarr_devbuf.audit.formats.checks_reference import (
    CHECK_KINDS,
    all_entries,
    checks_markdown,
    find_checks,
)
from zarr_devbuf.audit.formats.html import html
from zarr_devbuf.audit.formats.markdown import markdown
from zarr_devbuf.checks import KINDS, list_checks
from zarr_devbuf.cli import app

if TYPE_CHECKING:
    from click.testing import Result

DOCS = Path(__file__).parents[2] / "docs"
COMMAND = "zarr-devbuf checks --format markdown -o docs/checks-reference.md"


def ours() -> tuple[Any, ...]:
    """Leave out the checks that tests have registered."""
    package = str(Path(zarr_devbuf.__file__).parent.name)
    return tuple(
        entry for entry in all_entries() if not entry.where or entry.where.startswith(package)
    )


def invoke(*args: str, columns: str = "80") -> Result:
    separate = "mix_stderr" in inspect.signature(CliRunner).parameters
    options: dict[str, Any] = {"mix_stderr": False} if separate else {}
    return CliRunner(**options).invoke(
        app.commands, ["checks", *args], env={"COLUMNS": columns}, prog_name="zarr-devbuf"
    )


def test_documentation_is_current() -> None:
    written = (DOCS / "checks-reference.md").read_text("utf-8")
    assert written == checks_markdown(ours()), f"the checks have changed: run `{COMMAND}`"
    assert COMMAND in written


def test_every_check_is_in_the_reference_once_with_its_requirement() -> None:
    entries = all_entries()
    assert {entry.kind for entry in entries} == set(CHECK_KINDS)
    assert len({entry.anchor for entry in entries}) == len(entries)
    for kind in KINDS:
        mine = [entry for entry in entries if entry.kind == kind]
        assert [entry.name for entry in mine] == [check.name for check in list_checks(kind)]
        assert [entry.requirement for entry in mine] == [
            check.requirement.replace("``", "`") for check in list_checks(kind)
        ]
    assert all(entry.requirement for entry in entries)


def test_check_knows_why() -> None:
    check = next(check for check in list_checks("codec") if check.name == "check_round_trip")
    assert "every bit" in check.why
    assert check.requirement not in check.why


def test_findings_link_to_anchors_of_the_reference() -> None:
    subjects = select_subjects(["crc32c", "numcodecs.zlib"], find_subjects())
    results = tuple(run_subject(subject, "sim") for subject in subjects)
    audit = Audit(results)
    written = (DOCS / "checks-reference.md").read_text("utf-8")
    linked = re.findall(
        r"\(checks-reference\.md#([^)]+)\)", markdown(decide(audit, fail_on="broken"))
    )
    assert "codec-implicit_transfers" in linked
    assert all(f'<a id="{each}"></a>' in written for each in linked)
    refs = {
        check["check_ref"].partition("#")[2]
        for each in document(audit)["subjects"]
        for check in each["checks"]
    }
    assert refs >= set(linked)
    assert all(f'<a id="{each}"></a>' in written for each in refs)


def test_page_has_the_checks_in_it() -> None:
    (subject,) = select_subjects(["crc32c"], find_subjects())
    text = html(decide(Audit((run_subject(subject, "sim"),)), fail_on="broken"))
    for check in list_checks("codec"):
        assert f'id="check-{anchor("codec", check.name)}"' in text
        assert f'href="#check-{anchor("codec", check.name)}"' in text
    assert "-0.0 is not 0.0: Zarr keeps the sign." in " ".join(text.split())
    assert 'id="check-store-' not in text


def test_list_of_all_and_of_one_kind() -> None:
    everything = invoke().stdout
    assert re.search(r"^round_trip +A chunk that is encoded", everything, re.MULTILINE)
    assert max(map(len, everything.splitlines())) <= 80
    stores = invoke("--kind", "store").stdout
    assert "round_trip" not in stores
    assert re.search(r"^byte_ranges ", stores, re.MULTILINE)


@pytest.mark.parametrize("name", ["round_trip", "check_round_trip", "codec-round_trip", "round_t*"])
def test_one_check_in_full(name: str) -> None:
    result = invoke(name)
    assert result.exit_code == 0
    assert result.stdout.startswith(
        "check_round_trip, a check of codecs\n  A chunk that is encoded"
    )
    assert "Source: " in result.stdout
    assert re.search(r"zarr_devbuf/checks/codec/round_trip\.py:\d+\n", result.stdout)


def test_name_of_several_kinds_gives_all() -> None:
    shown = invoke("threads").stdout
    assert [line for line in shown.splitlines() if line.startswith("check_threads")] == [
        f"check_threads, a check of {kind}s" for kind in CHECK_KINDS if kind != "audit"
    ]
    assert invoke("finish").stdout.startswith("finish, a check of the audit itself")


def test_unknown_name_is_explained() -> None:
    result = invoke("rond_trip")
    assert result.exit_code == 2
    assert "no check is named 'rond_trip'. Did you mean round_trip?" in " ".join(
        result.stderr.split()
    )
    with pytest.raises(ValueError, match="lists them"):
        find_checks("qqqqqq", all_entries())


def test_formats(tmp_path: Path) -> None:
    data = json.loads(invoke("threads", "--format", "json").stdout)
    assert [each["kind"] for each in data] == [kind for kind in CHECK_KINDS if kind != "audit"]
    assert set(data[0]) == {
        "kind",
        "name",
        "requirement",
        "why",
        "where",
        "source",
        "severity",
    }
    for form in ("text", "json", "markdown"):
        path = tmp_path / form
        assert invoke("--format", form, "-o", str(path)).stdout == ""
        assert "round_trip" in path.read_text("utf-8")
        assert invoke("--format", form, "-o", str(path / "x")).exit_code == 2


def test_markup_in_docstrings_stays_text() -> None:
    text = checks_markdown()
    outside = re.sub(r"`[^`]*`", "", re.sub(r"^###.*$", "", text, flags=re.MULTILINE))
    assert not re.search(r"(?<!\\)<", outside)
