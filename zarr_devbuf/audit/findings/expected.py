"""Findings that are known: named in the settings, with a reason, and held to be true."""

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
    A finding that is expected.

    Attributes
    ----------
    subject : str
        Its name or an alias of it, wildcards allowed.
    reason : str
        Why.
    check : str
        The check that fails; with or without ``check_``. Empty: see `verdict`.
    verdict : str
        Or the verdict, whatever checks led to it.
    backend, kind : str
        Where, and what it is; empty for any.
    """

    subject: str
    reason: str
    check: str = ""
    verdict: str = ""
    backend: str = ""
    kind: str = ""

    def matches(self, result: SubjectResult) -> bool:
        """Tell whether it speaks of a subject on a backend."""
        return (
            any(fnmatch.fnmatchcase(name, self.subject) for name in (result.name, *result.aliases))
            and self.backend in ("", result.backend)
            and self.kind in ("", result.kind)
        )

    def names(self, check: str) -> bool:
        """Tell whether it speaks of a check."""
        return self.check != "" and check.removeprefix("check_") == self.check.removeprefix(
            "check_"
        )

    def __str__(self) -> str:
        where = f" on {self.backend}" if self.backend else ""
        return f"{self.subject}{where}: {self.check or self.verdict}"


def excuses(expected: Iterable[Expected], result: SubjectResult) -> Expected | None:
    """Find what expects the verdict on a subject, if anything does."""
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
    Mark the failures that are expected.

    Parameters
    ----------
    everything : bool
        Whether all subjects were audited, so that one that is not there is no longer.
    everywhere : bool
        Whether they were audited on all backends, so that what comes on one of them would have.

    Returns
    -------
    results : list of SubjectResult
        With checks ``"xfailed"`` that were expected to fail, and ``"xpassed"`` that passed.
    stale : list of str
        What was expected and did not come: to be taken out of the settings.
    """
    used = {result.backend for result in results}
    # On a backend that is not here, or was not chosen, it may come all the same.
    judged = [
        each for each in expected if each.backend in used or (everywhere and not each.backend)
    ]
    came = [_came(each, results) for each in judged]
    stale = [
        f"{each} was expected ({each.reason}) and did not come: take it out of the settings"
        if seen
        else f"{each} was expected, and there is no such subject: take it out of the settings"
        for each, (seen, happened) in zip(judged, came, strict=True)
        if not happened and (seen or everything)
    ]
    gone = [e for e, (seen, happened) in zip(judged, came, strict=True) if seen and not happened]
    return [_marked(result, expected, gone) for result in results], stale


def _came(each: Expected, results: Sequence[SubjectResult]) -> tuple[bool, bool]:
    """Tell whether its subject was audited, and whether what it expects has happened."""
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
            told = f"passed, though it was expected to fail: {reason}"
            checks.append(replace(check, status="xpassed", reason=reason or "", message=told))
        else:
            checks.append(check)
    return replace(result, checks=tuple(checks))
