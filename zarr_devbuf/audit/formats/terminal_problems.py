"""Print the problems that an audit has found on a terminal, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from zarr_devbuf.audit.findings.problems import problems
from zarr_devbuf.audit.formats.table import SEVERITY_STYLES, STYLES
from zarr_devbuf.audit.text import clip, listed, paragraph, printable, sentence
from zarr_devbuf.checks import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from zarr_devbuf.audit.findings.problems import Cause, Problem
    from zarr_devbuf.audit.findings.results import SubjectResult

__all__ = ["print_findings"]

# Characters and names; longer texts and lists are clipped unless `verbose`.
_LONGEST = 240
_MOST_NAMES = 6
_MOST_CHECKS = 8


def print_findings(
    console: Console, results: Sequence[SubjectResult], *, verbose: bool = False
) -> None:
    """
    Print each problem once: what it is, how to fix it, which subjects have it, at which lines.

    Parameters
    ----------
    console : rich.console.Console
        Its width determines the layout.
    results : sequence of SubjectResult
        The results of the audit. Expected failures are left out.
    verbose : bool
        Whether to print long texts in full.
    """
    found = problems(results, expected=False)
    number = 0
    for severity in SEVERITIES:
        mine = [problem for problem in found if problem.severity == severity]
        if not mine:
            continue
        noun = "problem" if len(mine) == 1 else "problems"
        console.print()
        console.print(Text(f"{severity}: {len(mine)} {noun}", style=SEVERITY_STYLES[severity]))
        for problem in mine:
            number += 1
            console.print()
            _print_problem(console, problem, number, verbose=verbose)
    issues = dict.fromkeys(i for each in found for cause in each.causes for i in cause.issues)
    if issues:
        console.print()
    for issue in issues:
        console.print(Text(paragraph(f"{issue.short}: {issue.url}", console.width, 0)))
    _print_unsupported(console, results, verbose=verbose)


def _print_problem(console: Console, problem: Problem, number: int, *, verbose: bool) -> None:
    def say(text: str, indent: int, label: str = "", style: str = "") -> None:
        shown = printable(text) if verbose else clip(printable(text), _LONGEST)
        console.print(Text(paragraph(shown, console.width, indent, label), style=style))

    say(problem.title if verbose else sentence(problem.title), 4, f"{number:>2}. ", "bold")
    source = f" (source: {problem.source})" if problem.source else ""
    say(f"{problem.finding}{source}", 4, style=STYLES[problem.finding])
    if problem.advice:
        say(problem.advice, 8, "do: ", "green")
    for cause in problem.causes:
        say(_summary(cause, everything=verbose), 6, "- ")
        for word, line in cause.lines:
            say(f"{word} {line}", 6)
    result, check = problem.causes[0].example
    if check.case:
        say(
            f"{check.short_name}, {result.name} on {result.backend}: {check.case}",
            9,
            "e.g. ",
            "dim",
        )


def _summary(cause: Cause, *, everything: bool) -> str:
    """List subjects, backends and checks: ``gzip, zlib [sim]: 2 checks: round_trip, threads``."""
    by_backends: dict[tuple[str, ...], list[str]] = {}
    for name, backends in cause.subjects.items():
        by_backends.setdefault(backends, []).append(name)
    subjects = "; ".join(
        f"{', '.join(names) if everything else listed(names, _MOST_NAMES)} [{', '.join(where)}]"
        for where, names in by_backends.items()
    )
    checks = list(dict.fromkeys(check.short_name for _, check in cause.checks))
    shown = ", ".join(checks) if everything else listed(checks, _MOST_CHECKS)
    what = f"{len(checks)} checks: {shown}" if len(checks) > 1 else f"check {shown}"
    if not cause.example[1].error:
        # The title names the check, but not what it got.
        what = f"{cause.what}{f' ({what})' if len(checks) > 1 else ''}"
    issues = "".join(f" ({issue.short})" for issue in cause.issues)
    return f"{subjects}: {what}{issues}"


def _print_unsupported(
    console: Console, results: Sequence[SubjectResult], *, verbose: bool
) -> None:
    found = [result for result in results if result.verdict == "unsupported"]
    if not found:
        return
    groups: dict[str, dict[str, list[str]]] = {}
    for result in found:
        reason = next((check.message for check in result.skipped if check.message), "")
        groups.setdefault(reason, {}).setdefault(result.name, []).append(result.backend)
    console.print()
    title = Text("unsupported", style=STYLES["unsupported"])
    console.print(title.append(": not a defect, but nothing was audited", style="default"))
    for reason, names in groups.items():
        who = ", ".join(f"{name} [{', '.join(where)}]" for name, where in names.items())
        text = f"{who}: {printable(reason)}"
        console.print(Text(paragraph(text if verbose else clip(text, _LONGEST), console.width, 2)))
