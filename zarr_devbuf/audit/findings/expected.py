"""Expected findings: listed in the settings with a reason, and checked to still occur."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zarr_devbuf.audit.findings.results import SubjectResult

__all__ = ["Expected", "apply_expected", "excuses"]


@dataclass(frozen=True, slots=True)
class Expected:
    """
    An expected finding.

    Attributes
    ----------
    subject : str
        The name or an alias of the subject; may have wildcards.
    reason : str
        Why the finding is expected.
    check : str
        The check that fails, with or without ``check_``. Empty: `verdict` is expected.
    verdict : str
        The expected verdict, whichever checks fail.
    backend, kind : str
        The backend and the kind of the subject; empty for any.
    """

    subject: str
    reason: str
    check: str = ""
    verdict: str = ""
    backend: str = ""
    kind: str = ""

    def matches(self, result: SubjectResult) -> bool:
        """Return whether it is about a subject on a backend."""
        return (
            any(fnmatch.fnmatchcase(name, self.subject) for name in (result.name, *result.aliases))
            and self.backend in ("", result.backend)
            and self.kind in ("", result.kind)
        )

    def names(self, check: str) -> bool:
        """Return whether it is about a check."""
        return self.check != "" and check.removeprefix("check_") == self.check.removeprefix(
            "check_"
        )

    def __str__(self) -> str:
        where = f" on {self.backend}" if self.backend else ""
        return f"{self.subject}{where}: {self.check or self.verdict}"


def excuses(expected: Iterable[Expected], result: SubjectResult) -> Expected | None:
    """Return the entry that expects the verdict on a subject; None if there is none."""
    for each in expected:
        if each.verdict == result.verdict and each.matches(result):
            return each
    return None


def apply_expected(
    results: Sequence[SubjectResult],
    expected: Sequence[Expected],
    *,
    everything: bool,
    everywhere: bool = True,
) -> tuple[list[SubjectResult], list[str]]:
    """
    Mark the expected failures.

    Parameters
    ----------
    everything : bool
        Whether all subjects were audited, so that a missing one no longer exists.
    everywhere : bool
        Whether all backends were used, so that a finding would have occurred on one of them.

    Returns
    -------
    results : list of SubjectResult
        Expected failures are ``"xfailed"``; checks that passed unexpectedly are ``"xpassed"``.
    stale : list of str
        Messages about expected findings that no longer occur.
    """
    used = {result.backend for result in results}
    # The finding may still occur on a backend that was not used.
    relevant = [
        each for each in expected if each.backend in used or (everywhere and not each.backend)
    ]
    found = [_occurs(each, results) for each in relevant]
    stale = [
        f"{each} is expected ({each.reason}), but no longer occurs: remove it from the settings"
        if audited
        else f"{each} is expected, but there is no such subject: remove it from the settings"
        for each, (audited, occurs) in zip(relevant, found, strict=True)
        if not occurs and (audited or everything)
    ]
    gone = [
        e for e, (audited, occurs) in zip(relevant, found, strict=True) if audited and not occurs
    ]
    return [_marked(result, expected, gone) for result in results], stale


def _occurs(each: Expected, results: Sequence[SubjectResult]) -> tuple[bool, bool]:
    """Return whether the subject was audited, and whether the expected finding occurs."""
    mine = [result for result in results if each.matches(result)]
    if each.verdict:
        return bool(mine), any(result.verdict == each.verdict for result in mine)
    failed = any(
        check.status == "failed" and each.names(check.check)
        for result in mine
        for check in result.checks
    )
    return bool(mine), failed


def _marked(
    result: SubjectResult, expected: Sequence[Expected], gone: Sequence[Expected]
) -> SubjectResult:
    mine = [each for each in expected if each.check and each.matches(result)]
    if not mine:
        return result
    checks = []
    for check in result.checks:
        reason = next((each.reason for each in mine if each.names(check.check)), None)
        if reason is not None and check.status == "failed":
            checks.append(replace(check, status="xfailed", reason=reason))
        elif check.status == "passed" and any(
            each in gone for each in mine if each.names(check.check)
        ):
            message = f"passed unexpectedly; it is expected to fail: {reason}"
            checks.append(replace(check, status="xpassed", reason=reason or "", message=message))
        else:
            checks.append(check)
    return replace(result, checks=tuple(checks))
