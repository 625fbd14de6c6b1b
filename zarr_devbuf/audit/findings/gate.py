"""Decide whether an audit is good enough: expected findings, the baseline, ``--fail-on``."""

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
    from zarr_devbuf.audit.findings.results import CheckResult, SubjectResult, Verdict

__all__ = ["Decision", "decide"]


@dataclass(frozen=True, slots=True)
class Decision:
    """
    What the gates say of an audit.

    Attributes
    ----------
    audit : Audit
        With the failures marked that are expected.
    fail_on : str
        The mildest verdict that fails.
    comparison : Comparison or None
        With the baseline, where there is one.
    stale : tuple of str
        Expectations that did not come true.
    expected : tuple of Expected
        The expectations.
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
        """Tell whether a subject on a backend fails the audit."""
        if self.comparison is not None:
            key = (result.kind, result.name, result.backend)
            if key not in self.comparison.new:
                return key in self.comparison.worse and self._left(result)
        return self.severity(result) >= SEVERITY[self.fail_on]

    def _left(self, result: SubjectResult) -> bool:
        # What got worse as it was expected to is no surprise.
        excused = excuses(self.expected, result) is not None
        known = [check for check in result.failed if check.status == "xfailed"]
        return not excused and (not known or any(c.status == "failed" for c in result.checks))

    def severity(self, result: SubjectResult) -> int:
        """Say how bad a verdict is, leaving out what is expected."""
        if excuses(self.expected, result) is not None:
            return 0
        surprises = [check for check in result.checks if check.status == "failed"]
        if surprises:
            return max(_severity(check) for check in surprises)
        if any(check.status == "xfailed" for check in result.checks):
            return SEVERITY["host-round-trip"] if result.transfers else 0
        return SEVERITY[result.verdict]

    def counts(self, result: SubjectResult, check: CheckResult) -> bool:
        """Tell whether a check is one of those for which the audit fails."""
        if check.status != "failed" or not self.fails(result):
            return False
        if self.comparison is not None:
            worse = self.comparison.worse.get((result.kind, result.name, result.backend))
            if worse is not None:
                return f"{check.check} fails" in worse
        return _severity(check) >= SEVERITY[self.fail_on]


def _severity(check: CheckResult) -> int:
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
    Hold an audit to the gates.

    Parameters
    ----------
    fail_on : str
        The mildest verdict that fails. With a baseline it is for new subjects alone.
    expected : sequence of Expected
        What is known: it does not fail, and fails if it does not come.
    baseline : Baseline, optional
        An earlier audit; then what got worse fails, and nothing else that was there before.
    everything : bool
        Whether all subjects were audited, not a selection.
    everywhere : bool
        Whether they were audited on all backends that can be used, not a selection.
    """
    results, stale = apply_expected(
        audit.results, expected, everything=everything, everywhere=everywhere
    )
    audit = replace(audit, results=tuple(results))
    comparison = None if baseline is None else compare(audit, baseline, everything=everything)
    return Decision(audit, fail_on, comparison, tuple(stale), tuple(expected))
