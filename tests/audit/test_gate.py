"""What fails an audit: verdicts, expected findings that no longer occur, what got worse."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.shared.audits import BROKEN, HIDDEN, PASSED, audit, result
from zarr_devbuf.audit import Transfers
from zarr_devbuf.audit.findings.baseline import (
    BaselineError,
    compare,
    read_baseline,
    write_baseline,
)
from zarr_devbuf.audit.findings.expected import Expected
from zarr_devbuf.audit.findings.gate import decide
from zarr_devbuf.audit.settings import Settings, SettingsError, find_settings, parse_settings
from zarr_devbuf.transfers import Traffic

if TYPE_CHECKING:
    from pathlib import Path

    from zarr_devbuf.audit import SubjectResult
    from zarr_devbuf.audit.findings.baseline import Comparison

CLEAN = result("a", "sim", "device-native", PASSED)
MOVES = result("a", "sim", "host-round-trip", PASSED)
HIDES = result("a", "sim", "implicit-transfers", PASSED, HIDDEN)
BREAKS = result("a", "sim", "broken", PASSED, BROKEN)
REJECTS = result("a", "sim", "unsupported")


@pytest.mark.parametrize("fail_on", ["host-round-trip", "implicit-transfers", "broken"])
def test_fail_on(fail_on: Any) -> None:
    order = ["host-round-trip", "implicit-transfers", "broken"]
    for each in (CLEAN, REJECTS, MOVES, HIDES, BREAKS):
        fails = each.verdict in order and order.index(each.verdict) >= order.index(fail_on)
        assert decide(audit(each), fail_on=fail_on).failed == fails


def test_settings_for_strict_and_references(tmp_path: Path) -> None:
    found = parse_settings(
        {
            "strict": "documented",
            "codec": [{"subject": "theirs:Zstd", "reference": "zstd"}],
            "fail-on": "unsupported",
        },
        tmp_path,
    )
    assert (found.strict, found.fail_on) == ("documented", "unsupported")
    assert found.references == {"theirs:Zstd": "zstd"}
    for table, message in (
        ({"strict": "ours"}, "strict must be one of documented, precedent"),
        ({"codec": {}}, "must be a list of tables"),
        ({"codec": [{"subject": "a"}]}, "reference must be given"),
        ({"codec": [{"subject": "a", "reference": "b", "level": 1}]}, "unknown key 'level'"),
        ({"codec": [{"subject": "a", "reference": "b"}] * 2}, "'a' is given twice"),
    ):
        with pytest.raises(SettingsError, match=message):
            parse_settings(table, tmp_path)


def test_expected_failure_does_not_fail() -> None:
    expected = [Expected("a", "known", check="check_pickling")]
    decision = decide(audit(BREAKS), fail_on="host-round-trip", expected=expected)
    assert not decision.failed
    (found,) = decision.audit.results
    assert [check.status for check in found.checks] == ["passed", "xfailed"]
    assert found.checks[1].reason == "known"
    assert found.verdict == "broken"


def test_other_failure_of_an_expected_subject_fails() -> None:
    expected = [Expected("a", "known", check="pickling")]
    both = replace(BREAKS, checks=(HIDDEN, BROKEN))
    assert not decide(audit(both), fail_on="broken", expected=expected).failed
    assert decide(audit(both), fail_on="implicit-transfers", expected=expected).failed


@pytest.mark.parametrize(
    ("expected", "failed"),
    [
        (Expected("a", "known", verdict="implicit-transfers"), False),
        (Expected("*", "known", verdict="implicit-transfers", backend="sim", kind="codec"), False),
        (Expected("a", "known", verdict="implicit-transfers", backend="cpu"), True),
        (Expected("a", "known", verdict="implicit-transfers", kind="store"), True),
        (Expected("a", "known", verdict="broken"), True),
        (Expected("b", "known", verdict="implicit-transfers"), True),
    ],
)
def test_expected_verdict(expected: Expected, failed: bool) -> None:
    decision = decide(audit(HIDES), fail_on="implicit-transfers", expected=[expected])
    assert decision.failed == failed


def test_expected_findings_are_strict() -> None:
    expected = [Expected("a", "was so", check="round_trip")]
    decision = decide(audit(CLEAN), fail_on="broken", expected=expected)
    assert decision.failed
    assert decision.stale == (
        "a: round_trip is expected (was so), but no longer occurs: remove it from the settings",
    )
    assert decision.audit.results[0].checks[0].status == "xpassed"


def test_expected_finding_on_any_backend_is_not_stale_if_it_occurs_on_one() -> None:
    expected = [Expected("a", "known", check="pickling")]
    both = [BREAKS, replace(BREAKS, backend="cpu", checks=(replace(BROKEN, status="passed"),))]
    assert not decide(audit(*both), fail_on="broken", expected=expected).stale


def test_expected_finding_on_an_unused_backend_is_not_stale() -> None:
    elsewhere = [Expected("a", "known", verdict="broken", backend="gpu")]
    assert not decide(audit(CLEAN), fail_on="broken", expected=elsewhere).failed
    anywhere = [Expected("a", "known", verdict="broken")]
    narrowed = decide(audit(CLEAN), fail_on="broken", expected=anywhere, everywhere=False)
    assert not narrowed.failed


def test_missing_subject_is_stale_only_if_all_were_audited() -> None:
    expected = [Expected("gone", "was so", verdict="broken")]
    assert decide(audit(CLEAN), fail_on="broken", expected=expected).failed
    narrowed = decide(audit(CLEAN), fail_on="broken", expected=expected, everything=False)
    assert not narrowed.failed


def compared(before: SubjectResult, after: SubjectResult, tmp_path: Path) -> Comparison:
    path = tmp_path / "baseline.json"
    write_baseline(path, audit(before))
    return compare(audit(after), read_baseline(path), everything=True)


KEY = ("codec", "a", "sim")


@pytest.mark.parametrize(
    ("before", "after", "worse", "better"),
    [
        (CLEAN, CLEAN, [], []),
        (BREAKS, BREAKS, [], []),
        (CLEAN, BREAKS, ["device-native → broken", "check_pickling fails"], []),
        (BREAKS, MOVES, [], ["broken → host-round-trip"]),
        (MOVES, REJECTS, ["host-round-trip → unsupported"], []),
        (REJECTS, BREAKS, ["unsupported → broken", "check_pickling fails"], []),
        (
            replace(BREAKS, checks=(replace(PASSED, status="failed"), BROKEN)),
            BREAKS,
            [],
            ["check_round_trip passes"],
        ),
    ],
)
def test_changes_since_the_baseline(
    before: SubjectResult, after: SubjectResult, worse: list[str], better: list[str], tmp_path: Path
) -> None:
    comparison = compared(before, after, tmp_path)
    found = comparison.worse.get(KEY, []), comparison.better.get(KEY, [])
    assert [text for text in found[0] if "chunk" not in text] == worse
    assert [text for text in found[1] if "chunk" not in text] == better


def test_more_transfers_per_chunk_are_worse(tmp_path: Path) -> None:
    more = replace(MOVES, transfers=Transfers(Traffic(6, 1), Traffic(4, 1), 2))
    assert compared(MOVES, more, tmp_path).worse == {KEY: ["4 → 5 transfers per chunk"]}
    assert compared(more, MOVES, tmp_path).better == {KEY: ["5 → 4 transfers per chunk"]}


@pytest.mark.parametrize(
    ("before", "after", "failed"),
    [(HIDES, HIDES, False), (BREAKS, HIDES, False), (CLEAN, MOVES, True), (HIDES, BREAKS, True)],
)
def test_baseline_fails_only_what_got_worse(
    before: SubjectResult, after: SubjectResult, failed: bool, tmp_path: Path
) -> None:
    path = tmp_path / "baseline.json"
    write_baseline(path, audit(before))
    decision = decide(audit(after), fail_on="broken", baseline=read_baseline(path))
    assert decision.failed == failed


def test_new_and_removed_subjects_are_reported_and_new_ones_can_fail(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    write_baseline(path, audit(CLEAN))
    other = replace(BREAKS, name="b")
    decision = decide(audit(other), fail_on="broken", baseline=read_baseline(path))
    assert decision.comparison is not None
    assert decision.comparison.new == (("codec", "b", "sim"),)
    assert decision.comparison.removed == (KEY,)
    assert decision.failed
    narrowed = compare(audit(other), read_baseline(path), everything=False)
    assert narrowed.removed == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a report"),
        ('{"schema": 2, "subjects": []}', "has schema 2, but this version reads schema 1"),
        ('{"schema": 1, "subjects": [{}]}', "is damaged"),
        (None, "cannot be read"),
    ],
)
def test_wrong_baseline_is_explained(text: str | None, words: str, tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(BaselineError, match=words):
        read_baseline(path)


def test_settings(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        """
        [tool.zarr-devbuf]
        backends = ["cpu", "sim"]
        subjects = ["zstd", "numcodecs.*"]
        fail-on = "implicit-transfers"
        timeout = 60
        jobs = 2
        baseline = "audit.json"

        [[tool.zarr-devbuf.expected]]
        subject = "zstd"
        backend = "sim"
        check = "round_trip"
        reason = "because"
        """
    )
    (tmp_path / "below").mkdir()
    assert find_settings(tmp_path / "below") == Settings(
        backends=("cpu", "sim"),
        subjects=("zstd", "numcodecs.*"),
        fail_on="implicit-transfers",
        timeout=60.0,
        jobs=2,
        baseline=tmp_path / "audit.json",
        expected=(Expected("zstd", "because", check="round_trip", backend="sim"),),
    )


def test_no_settings(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert find_settings(tmp_path) == Settings()


ONE = {"subject": "a", "reason": "b"}


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"backend": ["cpu"]}, "unknown key 'backend'; the keys are: backends, .* mean backends"),
        ({"backends": "cpu"}, "backends must be a list of strings, not 'cpu'"),
        ({"fail-on": "fire"}, "fail-on must be one of broken, implicit-transfers, host-round-trip"),
        ({"timeout": 0}, "timeout must be a positive number"),
        ({"jobs": True}, "jobs must be the number"),
        ({"expected": {}}, "expected must be a list of tables"),
        ({"expected": [{"subject": "a", "check": "pickling"}]}, "reason must be given"),
        ({"expected": [ONE]}, "exactly one of check and verdict"),
        (
            {"expected": [{**ONE, "check": "pickel"}]},
            "named 'pickel'. Did you mean .*check_pickling",
        ),
        ({"expected": [{**ONE, "verdict": "bad"}]}, "verdict must be one of"),
        ({"expected": [{**ONE, "chek": "pickling"}]}, "unknown key 'chek'.* mean check"),
        (
            {"expected": [{**ONE, "check": "pickling", "reason": " "}]},
            "reason must be a non-empty string",
        ),
        ([], "expected a table"),
    ],
)
def test_wrong_settings_are_explained(table: Any, words: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=words):
        parse_settings(table, tmp_path)


def test_invalid_toml_is_explained(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool")
    with pytest.raises(SettingsError, match=r"pyproject\.toml: "):
        find_settings(tmp_path)
