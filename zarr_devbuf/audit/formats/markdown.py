"""The report as Markdown, for the documentation of a project."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zarr_devbuf.audit.findings.problems import problems, reproducer
from zarr_devbuf.audit.findings.results import anchor
from zarr_devbuf.audit.formats.table import full_label, heading, peak_of
from zarr_devbuf.audit.subjects.subject import KINDS
from zarr_devbuf.audit.text import clip, figure, listed, printable, sentence
from zarr_devbuf.checks.tracebacks import shorten_paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zarr_devbuf.audit.findings.gate import Decision
    from zarr_devbuf.audit.findings.json_document import Audit
    from zarr_devbuf.audit.findings.problems import Cause, Problem
    from zarr_devbuf.audit.findings.results import SubjectResult
    from zarr_devbuf.checks import Severity

__all__ = ["markdown", "with_notes"]

_NOTES = "<!-- Notes: what follows this line is kept when the report is written again. -->"


def markdown(decision: Decision) -> str:
    """
    Write an audit as Markdown: a table for each kind, then the findings, grouped by cause.

    The text of an audit does not depend on when and where it runs: times are left out.
    """
    audit = decision.audit
    shown = ", ".join(f"{name} {version}" for name, version in audit.versions.items())
    lines = [
        "# Findings",
        "",
        "Written by `zarr-devbuf audit --format markdown`. [audit.md](audit.md) explains it.",
        "",
        f"{shown}.",
        "",
    ]
    for name in audit.simulated:
        lines += [f"Backend `{name}` is simulated.", ""]
    if audit.strict:
        left_out = f"{decision.left_out} findings with a weaker source are left out"
        lines += [f"`--strict {audit.strict}`: {left_out}.", ""]
    for name, reason in audit.unavailable.items():
        lines += [f"Backend `{name}` is unavailable: {_text(reason)}", ""]
    for kind in KINDS:
        rows = [result for result in audit.results if result.kind == kind]
        if rows:
            lines += _table(kind, rows, audit)
    lines += _unchecked(audit.results)
    lines += _findings(audit.results)
    lines += _unsupported(audit.results)
    return "\n".join(lines).rstrip() + "\n"


def with_notes(text: str, previous: str) -> str:
    """Return a report with the notes that somebody wrote into the previous one."""
    # Texts of subjects are indented.
    _, line, notes = previous.partition(f"\n{_NOTES}\n")
    return f"{text}{line}{notes}"


def _table(kind: str, rows: list[SubjectResult], audit: Audit) -> Iterator[str]:
    backends = audit.used
    yield f"## {kind.capitalize()}s" if kind != "array" else "## Arrays"
    yield ""
    names = [heading(name, audit.simulated) for name in backends]
    yield f"| {kind} | {' | '.join(names)} | d2h/h2d | bytes | peak |"
    yield f"|---|{'---|' * len(backends)}---:|---:|---:|"
    shown = {result.name: result.shown for result in rows}
    for name, text in shown.items():
        mine = {result.backend: result for result in rows if result.name == name}
        verdicts = [
            full_label(mine[backend], audit.on_host) if backend in mine else ""
            for backend in backends
        ]
        moved = [r for r in mine.values() if r.backend not in audit.on_host and r.transfers.chunks]
        figures = f"{_figures(moved[0])} | {peak_of(moved[0])}" if moved else " | | "
        yield f"| {_code(text)} | {' | '.join(verdicts)} | {figures} |"
    yield ""


def _figures(result: SubjectResult) -> str:
    moved = result.transfers
    counts = [figure(each.count / moved.chunks) for each in (moved.d2h, moved.h2d)]
    return f"{'/'.join(counts)} | {figure((moved.d2h.nbytes + moved.h2d.nbytes) / moved.chunks)}"


def _findings(results: Sequence[SubjectResult]) -> Iterator[str]:
    """Write each problem once, with its causes, and an example of each in full."""
    found = problems(results)
    for severity, meaning in _MEANINGS.items():
        mine = [(i, p) for i, p in enumerate(found, 1) if p.severity == severity]
        if not mine:
            continue
        yield f"## Findings: {severity}"
        yield ""
        yield meaning
        yield ""
        for number, problem in mine:
            names = listed([_code(name) for name in problem.names], 4)
            yield f"{number}. [{_title(problem)}](#finding-{number}): {names}"
        yield ""
        for number, problem in mine:
            yield from _problem(number, problem)


_MEANINGS: dict[Severity, str] = {
    "stored wrong": "Wrong values are stored, without an error.",
    "read wrong": "Wrong values are read, without an error.",
    "raises": "An operation raises an exception, or does not do what it has to.",
    "leaks": "Memory, or what the operating system lends, is not given back.",
    "wasteful": "The values are correct, but data is copied or transferred without need.",
}


def _unchecked(results: Sequence[SubjectResult]) -> Iterator[str]:
    found = [result for result in results if result.unchecked]
    if found:
        yield "## Nothing was checked"
        yield ""
        yield "These fail the audit: no check passed."
        yield ""
        for result in found:
            yield f"- {_code(result.shown)} on {result.backend}: {_text(result.unchecked)}"
        yield ""


def _title(problem: Problem) -> str:
    """Return the title of a problem. Literals in the requirement of a check stay literals."""
    shown = clip(sentence(printable(problem.title)), 160)
    return shown if problem.about_check else _text(shown)


def _problem(number: int, problem: Problem) -> Iterator[str]:
    yield f'### <a id="finding-{number}"></a>{number}. {_title(problem)}'
    yield ""
    source = f"; source: {problem.source}" if problem.source else ""
    yield f"{problem.severity.capitalize()}{source}. Verdict: {problem.finding}."
    yield ""
    if problem.advice:
        yield f"To do: {_text(problem.advice)}"
        yield ""
    for cause in problem.causes:
        yield from _cause(cause)


def _cause(cause: Cause) -> Iterator[str]:
    """Write the subjects and backends of a cause, the checks that fail, and the lines."""
    by_backends: dict[tuple[str, ...], list[str]] = {}
    for name, backends in cause.subjects.items():
        by_backends.setdefault(backends, []).append(name)
    subjects = "; ".join(
        f"{', '.join(map(_code, names))} on {' and '.join(backends)}"
        for backends, names in by_backends.items()
    )
    result, check = cause.example
    yield f"- {subjects}"
    checks = [
        f"[{c.short_name}](checks-reference.md#{anchor(kind, c.check)})" for kind, c in cause.checks
    ]
    yield f"  - {'check' if len(checks) == 1 else f'{len(checks)} checks'}: {', '.join(checks)}"
    if cause.lines:
        yield "  - " + ", ".join(
            f"{word} {_code(shorten_paths(line))}" for word, line in cause.lines
        )
    for issue in cause.issues:
        yield f"  - issue: [{issue.short}]({issue.url}), {_text(issue.title)}"
    for reason in cause.reasons:
        yield f"  - expected: {_text(reason)}"
    yield f"  - reproduce: {_code(reproducer(result))}"
    yield ""
    yield from _block("\n".join(check.details[:1]) or check.message)
    yield ""


def _unsupported(results: Sequence[SubjectResult]) -> Iterator[str]:
    groups: dict[tuple[str, str], list[str]] = {}
    for result in results:
        if result.verdict == "unsupported":
            reason = next((check.message for check in result.checks if check.message), "")
            groups.setdefault((result.shown, reason), []).append(result.backend)
    if groups:
        yield "## Unsupported"
        yield ""
        yield "These reject the backend, or need arguments, with a clear message: not a defect."
        yield ""
    for (name, reason), backends in groups.items():
        yield f"- {_code(name)} on {' and '.join(backends)}: {_text(reason)}"


def _block(text: str) -> Iterator[str]:
    lines = [line for line in shorten_paths(text).splitlines() if not line.startswith("  check:")]
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"  {fence}text"
    for line in lines:
        yield f"  {''.join(c if c.isprintable() else ' ' for c in line)}".rstrip()
    yield f"  {fence}"


def _code(text: str) -> str:
    shown = printable(text).replace("|", "\\|")
    return f"`{shown}`" if "`" not in shown else f"`` {shown} ``"


def _text(text: str) -> str:
    """Escape the characters that are markup in Markdown, or in HTML in it."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", printable(text))
