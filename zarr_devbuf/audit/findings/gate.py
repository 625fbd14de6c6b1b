"""Decide whether an audit fails: expected findings, the baseline, ``--fail-on``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zarr_devbuf.audit.findings.baseline import Comparison, compare
from zarr_devbuf.audit.findings.expected import apply_expected, excuses
from zarr_devbuf.audit.findings.results import SEVERITY
from zarr_devbuf.audit.findings.strict import apply_strict
from zarr_devbuf.audit.findings.unchecked import mark_unchecked, why_unchecked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zarr_devbuf.audit.findings.baseline import Baseline
    from zarr_devbuf.audit.findings.expected import Expected
    from zarr_devbuf.audit.findings.json_document import Audit
    from zarr_devbuf.audit.findings.results import CheckRecord, SubjectResult
    from zarr_devbuf.checks import Verdict

__all__ = ["Decision", "decide"]


@dataclass(frozen=True, slots=True)
class Decision:
    """
    Whether an audit fails, and why.

    Attributes
    ----------
    audit : Audit
        The audit, with expected failures marked.
    fail_on : str
        The audit fails on this verdict or a worse one.
    comparison : Comparison or None
        The comparison with the baseline, if there is one.
    stale : tuple of str
        Messages about expected findings that no longer occur.
    expected : tuple of Expected
        The expected findings.
    """

    audit: Audit
    fail_on: Verdict
    comparison: Comparison | None = None
    stale: tuple[str, ...] = ()
    expected: tuple[Expected, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether the audit fails: exit status 1. It does if there is nothing to audit."""
        results = self.audit.results
        return bool(self.stale) or not results or any(self.fails(result) for result in results)

    @property
    def left_out(self) -> int:
        """How many findings are left out because of their source (``--strict``)."""
        return sum(check.left_out for result in self.audit.results for check in result.checks)

    def fails(self, result: SubjectResult) -> bool:
        """Return whether a subject on a backend fails the audit."""
        if result.unchecked:
            return True
        if self.comparison is not None:
            key = (result.kind, result.name, result.backend)
            if key not in self.comparison.new:
                return key in self.comparison.worse and self._is_unexpected(result)
        return self.severity(result) >= self._limit

    @property
    def _limit(self) -> int:
        # Only a subject that is broken, or of which nothing was checked: see `decide`.
        return SEVERITY["broken" if self.fail_on == "unsupported" else self.fail_on]

    def _is_unexpected(self, result: SubjectResult) -> bool:
        # A subject that got worse as expected does not fail.
        excused = excuses(self.expected, result) is not None
        known = [check for check in result.failed if check.status == "xfailed"]
        return not excused and (not known or any(c.status == "failed" for c in result.checks))

    def severity(self, result: SubjectResult) -> int:
        """Return the severity of the verdict on a subject, without expected findings."""
        if excuses(self.expected, result) is not None:
            return 0
        unexpected = [check for check in result.checks if check.status == "failed"]
        if unexpected:
            return max(_severity(check) for check in unexpected)
        if any(check.status == "xfailed" for check in result.checks):
            return SEVERITY["host-round-trip"] if result.transfers else 0
        return SEVERITY[result.verdict]

    def counts(self, result: SubjectResult, check: CheckRecord) -> bool:
        """Return whether the audit fails because of a check."""
        if check.status != "failed" or not self.fails(result):
            return False
        if self.comparison is not None:
            worse = self.comparison.worse.get((result.kind, result.name, result.backend))
            if worse is not None:
                return f"{check.check} fails" in worse
        return _severity(check) >= self._limit


def _severity(check: CheckRecord) -> int:
    return SEVERITY[check.finding] if check.finding else SEVERITY["broken"]


def _why_unsupported(result: SubjectResult) -> str:
    if result.verdict != "unsupported":
        return why_unchecked(result)
    reason = next((check.message for check in result.checks if check.status == "skipped"), "")
    return f"unsupported: {reason}" if reason else "unsupported"


def decide(
    audit: Audit,
    *,
    fail_on: Verdict,
    expected: Sequence[Expected] = (),
    baseline: Baseline | None = None,
    everything: bool = True,
    everywhere: bool = True,
    strict: str = "",
) -> Decision:
    """
    Decide whether an audit fails.

    Parameters
    ----------
    fail_on : str
        The audit fails on this verdict or a worse one. With a baseline, only for new subjects.
        ``"unsupported"``: on every subject of which nothing was checked, too, named or not.
    expected : sequence of Expected
        Expected findings do not fail the audit. If one no longer occurs, the audit fails.
    baseline : Baseline, optional
        An earlier audit. Subjects that are in it fail only if they got worse.
    everything : bool
        Whether all subjects were audited, not a selection.
    everywhere : bool
        Whether all available backends were used, not a selection.
    strict : {"", "documented", "precedent"}
        The weakest source of a check whose failure counts.
    """
    results, stale = apply_expected(
        apply_strict(audit.results, strict), expected, everything=everything, everywhere=everywhere
    )
    excused = [result for result in results if excuses(expected, result) is not None]
    if fail_on == "unsupported":
        results = [
            result
            if excuses(expected, result) is not None or result.verdict == "broken"
            else replace(result, unchecked=_why_unsupported(result))
            for result in results
        ]
    else:
        results = mark_unchecked(results, excused)
    audit = replace(audit, results=tuple(results), strict=strict)
    comparison = None if baseline is None else compare(audit, baseline, everything=everything)
    return Decision(audit, fail_on, comparison, tuple(stale), tuple(expected))
