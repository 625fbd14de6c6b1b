"""Leave out the findings that rest on a weaker source than the user wants: ``--strict``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zarr_devbuf.checks import SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarr_devbuf.audit.findings.results import CheckRecord, SubjectResult
    from zarr_devbuf.checks import Verdict

__all__ = ["STRICT", "apply_strict"]

# Without the weakest source, which leaves out nothing.
STRICT: tuple[str, ...] = SOURCES[:-1]


def apply_strict(results: Iterable[SubjectResult], strict: str) -> list[SubjectResult]:
    """
    Turn failures with a weaker source into skipped checks, and adjust the verdicts.

    What was measured stays in the verdict: a transfer is a fact, whoever minds it.

    Parameters
    ----------
    strict : {"", "documented", "precedent"}
        The weakest source that counts. Empty: all of them do.
    """
    results = list(results)
    if not strict:
        return results
    kept = ("", *SOURCES[: SOURCES.index(strict) + 1])
    return [_narrowed(result, kept, strict) for result in results]


def _narrowed(result: SubjectResult, kept: tuple[str, ...], strict: str) -> SubjectResult:
    checks = tuple(
        _left_out(check, strict) if check.status == "failed" and check.source not in kept else check
        for check in result.checks
    )
    if checks == result.checks:
        return result
    return replace(result, checks=checks, verdict=_verdict(result, checks))


def _left_out(check: CheckRecord, strict: str) -> CheckRecord:
    message = f"left out by --strict {strict} (source: {check.source}): {check.message}"
    return replace(check, status="skipped", message=message, finding="", severity="", left_out=True)


def _verdict(result: SubjectResult, checks: tuple[CheckRecord, ...]) -> Verdict:
    findings = {check.finding for check in checks if check.status == "failed"}
    if "broken" in findings:
        return "broken"
    if "implicit-transfers" in findings or any(not site.explicit for site in result.ledger):
        return "implicit-transfers"
    if result.refuses or all(check.status == "skipped" for check in checks):
        return "unsupported"
    moved = result.ledger or "host-round-trip" in findings
    return "host-round-trip" if moved else "device-native"
