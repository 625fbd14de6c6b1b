"""The report as Markdown, for the documentation of a project."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zarr_devbuf.audit.findings.problems import problems, reproducer
from zarr_devbuf.audit.findings.results import anchor
from zarr_devbuf.audit.formats.table import label
from zarr_devbuf.audit.subjects.subject import KINDS
from zarr_devbuf.audit.text import clip, figure, listed, printable, sentence
from zarr_devbuf.checks.tracebacks import shorten_paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zarr_devbuf.audit.findings.gate import Decision
    from zarr_devbuf.audit.findings.json_document import Audit
    from zarr_devbuf.audit.findings.problems import Cause, Problem
    from zarr_devbuf.audit.findings.results import SubjectResult

__all__ = ["markdown"]


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
    """Write each problem once, with its causes, and an example of each in full."""
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


_MEANINGS = {
    "broken": "Checks that are not about transfers fail: exceptions, wrong values, the wrong "
    "buffer class.",
    "implicit-transfers": "The values are correct, but data was transferred between host and "
    "device implicitly.",
}


def _title(problem: Problem) -> str:
    """Return the title of a problem. Literals in the requirement of a check stay literals."""
    shown = clip(sentence(printable(problem.title)), 160)
    return shown if problem.about_check else _text(shown)


def _problem(number: int, problem: Problem) -> Iterator[str]:
    yield f'### <a id="finding-{number}"></a>{number}. {_title(problem)}'
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
