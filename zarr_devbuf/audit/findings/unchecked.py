"""Find the subjects that were named and of which nothing was checked: they fail the audit."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from zarr_devbuf.checks.verdict import why_nothing_was_judged

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zarr_devbuf.audit.findings.results import SubjectResult

__all__ = ["mark_unchecked", "why_unchecked"]


def why_unchecked(result: SubjectResult) -> str:
    """Return why nothing of a subject was checked; empty if a check passed."""
    if result.passed:
        return ""
    why = why_nothing_was_judged((each.status, each.message) for each in result.checks)
    return why or f"no check passed: {result.judged} of {len(result.checks)} failed"


def mark_unchecked(
    results: Sequence[SubjectResult], excused: Iterable[SubjectResult] = ()
) -> list[SubjectResult]:
    """
    Note in `SubjectResult.unchecked` why a subject fails although no check does.

    A subject that the user has named fails on each backend on which no check passed. It does not on
    a backend that it is not for, if a check passed on another one. One of the subjects that a
    pattern names has to pass a check. What is broken fails anyway.

    Parameters
    ----------
    excused : iterable of SubjectResult
        Those whose verdict is expected.
    """
    expected = {id(result) for result in excused}
    passed: defaultdict[object, bool] = defaultdict(bool)
    for result in results:
        passed[_named(result)] |= result.passed
    return [
        replace(result, unchecked=why_unchecked(result))
        if result.asked
        and id(result) not in expected
        and result.verdict != "broken"
        and not (passed[_named(result)] and (result.elsewhere or result.by_pattern))
        else result
        for result in results
    ]


def _named(result: SubjectResult) -> object:
    return result.asked if result.by_pattern else (result.kind, result.name)
