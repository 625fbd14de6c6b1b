"""Group findings by their cause: one defect makes many checks fail."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from zarr_devbuf.audit.findings.known_issues import issues_of
from zarr_devbuf.checks import SOURCES
from zarr_devbuf.checks.failures import rank_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarr_devbuf.audit.findings.known_issues import Issue
    from zarr_devbuf.audit.findings.results import CheckRecord, SubjectResult
    from zarr_devbuf.checks import Severity

__all__ = ["Cause", "Problem", "problems", "reproducer", "severity_of"]


@dataclass(frozen=True, slots=True)
class Cause:
    """
    One defect, and all the checks that fail because of it.

    Attributes
    ----------
    findings : tuple of (SubjectResult, CheckRecord)
        The failed checks, in the order of the audit; never empty.
    """

    findings: tuple[tuple[SubjectResult, CheckRecord], ...]

    @property
    def example(self) -> tuple[SubjectResult, CheckRecord]:
        """The finding that reports show in full."""
        return self.findings[0]

    @property
    def what(self) -> str:
        """What is wrong, in one line."""
        check = self.example[1]
        return check.cause or check.message

    @property
    def where(self) -> tuple[str, ...]:
        """The lines of code to look at, innermost first."""
        return self.example[1].where

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """The same lines, each with a preposition: ``"at"``, ``"from"`` or ``"and"``."""
        later = "from" if self.example[1].error else "and"
        return tuple(("at" if i == 0 else later, line) for i, line in enumerate(self.where))

    @property
    def subjects(self) -> dict[str, tuple[str, ...]]:
        """The backends on which it was found, by the name of the subject."""
        found: dict[str, dict[str, None]] = {}
        for result, _ in self.findings:
            found.setdefault(result.name, {})[result.backend] = None
        return {name: tuple(backends) for name, backends in found.items()}

    @property
    def checks(self) -> tuple[tuple[str, CheckRecord], ...]:
        """The checks that fail, each once: the kind of subject, and its first record."""
        found: dict[tuple[str, str], CheckRecord] = {}
        for result, check in self.findings:
            found.setdefault((result.kind, check.check), check)
        return tuple((kind, check) for (kind, _), check in found.items())

    @property
    def issues(self) -> tuple[Issue, ...]:
        """The public issues that describe it."""
        return tuple(dict.fromkeys(issue for pair in self.findings for issue in issues_of(*pair)))

    @property
    def severity(self) -> Severity:
        """What it means for users, at worst."""
        return min((severity_of(check) for _, check in self.findings), key=rank_of)

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources of the checks that fail, the strongest first; empty for the audit's own."""
        found = {check.source for _, check in self.findings}
        return tuple(source for source in SOURCES if source in found)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is expected, if it is."""
        return tuple(dict.fromkeys(check.reason for _, check in self.findings if check.reason))


@dataclass(frozen=True, slots=True)
class Problem:
    """
    Causes with the same exception, or of the same check.

    Attributes
    ----------
    finding : {"host-round-trip", "implicit-transfers", "broken"}
        The verdict that it leads to.
    title : str
        The exception, or the requirement of the check.
    advice : str
        How to fix it; empty if unknown.
    causes : tuple of Cause
        One for each line of code, or each wrong result; never empty.
    """

    finding: Literal["host-round-trip", "implicit-transfers", "broken"]
    title: str
    advice: str
    causes: tuple[Cause, ...]

    @property
    def severity(self) -> Severity:
        """What it means for users, at worst."""
        return min((cause.severity for cause in self.causes), key=rank_of)

    @property
    def source(self) -> str:
        """The strongest source of the checks that fail; empty for the audit's own checks."""
        found = {source for cause in self.causes for source in cause.sources}
        return next((source for source in SOURCES if source in found), "")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the subjects that have it, on any backend."""
        return tuple(dict.fromkeys(r.name for cause in self.causes for r, _ in cause.findings))

    @property
    def about_check(self) -> bool:
        """Whether the title is the requirement of a check, not an exception."""
        return not self.causes[0].example[1].error


def problems(results: Iterable[SubjectResult], *, expected: bool = True) -> list[Problem]:
    """
    Group failed checks by line of code and cause; the most severe first, then in audit order.

    Parameters
    ----------
    expected : bool
        Whether to include expected failures.
    """
    places: dict[tuple[object, ...], list[tuple[SubjectResult, CheckRecord]]] = {}
    for result in results:
        for check in result.failed:
            if expected or check.status == "failed":
                what = check.cause or (check.check, check.message)
                # The same words of checks of two kinds are two causes; the same line is one.
                place = check.where or result.kind
                key = (check.finding, what, place, check.status, check.reason)
                places.setdefault(key, []).append((result, check))
    groups: dict[tuple[str, ...], list[Cause]] = {}
    for findings in places.values():
        result, check = findings[0]
        same = check.cause if check.error else f"{result.kind} {check.check}"
        groups.setdefault((check.finding, same, check.advice), []).append(Cause(tuple(findings)))
    found = [_problem(group) for group in groups.values()]
    return sorted(found, key=lambda problem: rank_of(problem.severity))


def severity_of(check: CheckRecord) -> Severity:
    """Return what the failure of a check means for users."""
    return check.severity or ("raises" if check.finding in ("", "broken") else "wasteful")


def _problem(group: list[Cause]) -> Problem:
    check = group[0].example[1]
    # Docstrings are reStructuredText, titles Markdown.
    requirement = (check.requirement or check.message).replace("``", "`")
    title = check.cause if check.error else f"check `{check.short_name}`: {requirement}"
    return Problem(check.finding or "broken", title, check.advice, tuple(group))


def reproducer(result: SubjectResult) -> str:
    """Return the command that audits one subject on one backend with all details."""
    name = shlex.quote(result.name if result.name.isprintable() else "…")
    simulated = " --simulate-gpu" if result.simulated else ""
    return f"zarr-devbuf audit {name} --backend {shlex.quote(result.backend)}{simulated} -v"
