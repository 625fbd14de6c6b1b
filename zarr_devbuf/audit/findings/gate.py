"""Decide whether an audit fails: expected findings, the baseline, ``--fail-on``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zarr_devbuf.audit.findings.baseline import Comparison, compare
from zarr_devbuf.audit.findings.expected import apply_expected, excuses
from zarr_devbuf.audit.findings.results import SEVERITY

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
        """Whether the audit fails: exit status 1."""
        return bool(self.stale) or any(self.fails(result) for result in self.audit.results)

    def fails(self, result: SubjectResult) -> bool:
        """Return whether a subject on a backend fails the audit."""
        if self.comparison is not None:
            key = (result.kind, result.name, result.backend)
            if key not in self.comparison.new:
                return key in self.comparison.worse and self._is_unexpected(result)
        return self.severity(result) >= SEVERITY[self.fail_on]

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
        return _severity(check) >= SEVERITY[self.fail_on]


def _severity(check: CheckRecord) -> int:
    return SEVERITY[check.finding] if check.finding else SEVERITY["broken"]


def decide(
    audit: Audit,
    *,
    fail_on: Verdict,
    expected: Sequence[Expected] = (),
    baseline: Baseline | None = None,
    everything: bool = True,
    everywhere: bool = True,
) -> Decision:
    """
    Decide whether an audit fails.

    Parameters
    ----------
    fail_on : str
        The audit fails on this verdict or a worse one. With a baseline, only for new subjects.
    expected : sequence of Expected
        Expected findings do not fail the audit. If one no longer occurs, the audit fails.
    baseline : Baseline, optional
        An earlier audit. Subjects that are in it fail only if they got worse.
    everything : bool
        Whether all subjects were audited, not a selection.
    everywhere : bool
        Whether all available backends were used, not a selection.
    """
    results, stale = apply_expected(
        audit.results, expected, everything=everything, everywhere=everywhere
    )
    audit = replace(audit, results=tuple(results))
    comparison = None if baseline is None else compare(audit, baseline, everything=everything)
    return Decision(audit, fail_on, comparison, tuple(stale), tuple(expected))
