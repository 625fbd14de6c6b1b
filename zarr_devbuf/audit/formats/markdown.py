"""The report as Markdown, for the documentation of a project."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zarr_devbuf.audit.findings.problems import problems, reproducer
from zarr_devbuf.audit.formats.checks_reference import anchor
from zarr_devbuf.audit.formats.table import label
from zarr_devbuf.audit.subjects.subject import KINDS
from zarr_devbuf.audit.text import clip, figure, listed, place, printable, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zarr_devbuf.audit.findings.gate import Decision
    from zarr_devbuf.audit.findings.json_document import Audit
    from zarr_devbuf.audit.findings.problems import Cause, Problem
    from zarr_devbuf.audit.findings.results import SubjectResult

__all__ = ["markdown"]


def markdown(decision: Decision) -> str:
    """
    Write an audit as Markdown: a table a kind, then what was found, grouped by what is behind it.

    The same audit gives the same text, whenever and wherever it runs: times are left out.
    """
    audit = decision.audit
    shown = ", ".join(f"{name} {version}" for name, version in audit.versions.items())
    lines = [
        "# Findings",
        "",
        "Written by `zarr-devbuf audit --format markdown`; how to read it: [audit.md](audit.md).",
        "",
        f"{shown}.",
        "",
    ]
    for name, reason in audit.unavailable.items():
        lines += [f"Backend `{name}` is unavailable: {_text(reason)}", ""]
    for kind in KINDS:
        rows = [result for result in audit.results if result.kind == kind]
        if rows:
            lines += _table(kind, rows, audit)
    lines += _findings(audit.results)
    lines += _unsupported(audit.results)
    return "\n".join(lines).rstrip() + "\n"


def _table(kind: str, rows: list[SubjectResult], audit: Audit) -> Iterator[str]:
    backends = audit.used
    yield f"## {kind.capitalize()}s" if kind != "array" else "## Arrays"
    yield ""
    yield f"| {kind} | {' | '.join(backends)} | d2h/h2d | bytes |"
    yield f"|---|{'---|' * len(backends)}---:|---:|"
    shown = {result.name: result.shown for result in rows}
    for name, text in shown.items():
        mine = {result.backend: result for result in rows if result.name == name}
        verdicts = [
            label(mine[backend], audit.on_host) if backend in mine else "" for backend in backends
        ]
        moved = [r for r in mine.values() if r.backend not in audit.on_host and r.transfers.chunks]
        figures = _figures(moved[0]) if moved else " | "
        yield f"| {_code(text)} | {' | '.join(verdicts)} | {figures} |"
    yield ""


def _figures(result: SubjectResult) -> str:
    moved = result.transfers
    counts = [figure(each.count / moved.chunks) for each in (moved.d2h, moved.h2d)]
    return f"{'/'.join(counts)} | {figure((moved.d2h.nbytes + moved.h2d.nbytes) / moved.chunks)}"


def _findings(results: Sequence[SubjectResult]) -> Iterator[str]:
    """Tell each problem once, with its causes, and an example of each in full."""
    found = problems(results)
    for finding, meaning in _MEANINGS.items():
        mine = [(i, p) for i, p in enumerate(found, 1) if p.finding == finding]
        if not mine:
            continue
        yield f"## Findings: {finding}"
        yield ""
        yield meaning
        yield ""
        for number, problem in mine:
            names = listed([_code(name) for name in problem.names], 4)
            yield f"{number}. [{_title(problem)}](#finding-{number}): {names}"
        yield ""
        for number, problem in mine:
            yield from _problem(number, problem)


# What the verdict that a finding makes means.
_MEANINGS = {
    "broken": "Checks that are not about transfers do not hold: errors, wrong values, the wrong "
    "kind of buffer.",
    "implicit-transfers": "Values are right, but data moved between host and device that nobody "
    "asked to move.",
}


def _title(problem: Problem) -> str:
    """Name a problem; a check in its own words, in which literals are literals."""
    shown = clip(sentence(printable(problem.title)), 160)
    return shown if problem.about_check else _text(shown)


def _problem(number: int, problem: Problem) -> Iterator[str]:
    yield f'### <a id="finding-{number}"></a>{number}. {_title(problem)}'
    yield ""
    if problem.advice:
        yield f"To do: {_text(problem.advice)}."
        yield ""
    for cause in problem.causes:
        yield from _cause(cause)


def _cause(cause: Cause) -> Iterator[str]:
    """Say which subjects it breaks, where, against which checks, and at which lines."""
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
        yield "  - " + ", ".join(f"{word} {_code(place(line))}" for word, line in cause.lines)
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
            told = next((check.message for check in result.checks if check.message), "")
            groups.setdefault((result.shown, told), []).append(result.backend)
    if groups:
        yield "## Unsupported"
        yield ""
        yield "These say clearly that they do not work there, or need arguments; that is no fault."
        yield ""
    for (name, told), backends in groups.items():
        yield f"- {_code(name)} on {' and '.join(backends)}: {_text(told)}"


def _block(text: str) -> Iterator[str]:
    lines = [line for line in place(text).splitlines() if not line.startswith("  check:")]
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
    """Escape what Markdown, and the HTML in it, would take for markup."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", printable(text))
