"""The report as Markdown, for the documentation of a project."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zarr_devbuf.audit.issues import issues_of
from zarr_devbuf.audit.subjects import KINDS
from zarr_devbuf.audit.table import label
from zarr_devbuf.audit.text import figure, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr_devbuf.audit.document import Audit
    from zarr_devbuf.audit.gate import Decision
    from zarr_devbuf.audit.records import CheckResult, SubjectResult

__all__ = ["markdown"]


def markdown(decision: Decision) -> str:
    """
    Write an audit as Markdown: a table a kind, then every finding with its law.

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
            lines += [*_table(kind, rows, audit), *_findings(kind, rows)]
    return "\n".join(lines).rstrip() + "\n"


def _table(kind: str, rows: list[SubjectResult], audit: Audit) -> Iterator[str]:
    backends = audit.used
    yield f"## {kind.capitalize()}s" if kind != "array" else "## Arrays"
    yield ""
    yield f"| {kind} | {' | '.join(backends)} | d2h/h2d | bytes |"
    yield f"|---|{'---|' * len(backends)}---:|---:|"
    names = dict.fromkeys(result.name for result in rows)
    for name in names:
        mine = {result.backend: result for result in rows if result.name == name}
        verdicts = [
            label(mine[backend], audit.on_host) if backend in mine else "" for backend in backends
        ]
        moved = [r for r in mine.values() if r.backend not in audit.on_host and r.transfers.chunks]
        figures = _figures(moved[0]) if moved else " | "
        yield f"| {_code(name)} | {' | '.join(verdicts)} | {figures} |"
    yield ""


def _figures(result: SubjectResult) -> str:
    moved = result.transfers
    counts = [figure(each.count / moved.chunks) for each in (moved.d2h, moved.h2d)]
    return f"{'/'.join(counts)} | {figure((moved.d2h.nbytes + moved.h2d.nbytes) / moved.chunks)}"


def _findings(kind: str, rows: list[SubjectResult]) -> Iterator[str]:
    """Tell each finding once, for all the subjects and backends of which it is the same."""
    groups: dict[tuple[str, str], list[tuple[SubjectResult, CheckResult]]] = {}
    for result in rows:
        for check in result.failed:
            groups.setdefault((check.check, check.message), []).append((result, check))
    unsupported = [result for result in rows if result.verdict == "unsupported"]
    if not groups and not unsupported:
        return
    yield f"### Findings: {kind}s"
    yield ""
    for (name, _), found in groups.items():
        result, check = found[0]
        where = dict.fromkeys(each.name for each, _ in found)
        backends = dict.fromkeys(each.backend for each, _ in found)
        subjects = ", ".join(map(_code, where))
        finding = check.finding or "broken"
        yield f"- {subjects} on {', '.join(backends)}: **{name}** ({finding}). {_law(check.law)}"
        for issue in issues_of(result, check):
            yield f"  See [{issue.short}]({issue.url}), {_text(issue.title)}."
        if check.reason:
            yield f"  Expected: {_text(check.reason)}."
        yield ""
        yield from _block("\n".join(check.details[:1]) or check.message)
        yield ""
    for result in unsupported:
        told = next((check.message for check in result.checks if check.message), "")
        yield f"- {_code(result.name)} on {result.backend} is unsupported: {_text(told)}"
    if unsupported:
        yield ""


def _law(text: str) -> str:
    """Laws are this package's own words; their literals are reStructuredText's."""
    return printable(text).replace("``", "`")


def _block(text: str) -> Iterator[str]:
    # Where packages are installed differs from machine to machine.
    text = re.sub(r"[^\s`(]*/(?:site-packages|zarr_devbuf)/(?=\w)", _inside, text)
    lines = [line for line in text.splitlines() if not line.startswith("  law:")]
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"  {fence}text"
    for line in lines:
        yield f"  {''.join(c if c.isprintable() else ' ' for c in line)}".rstrip()
    yield f"  {fence}"


def _inside(match: re.Match[str]) -> str:
    return "zarr_devbuf/" if match[0].endswith("zarr_devbuf/") else ""


def _code(text: str) -> str:
    shown = printable(text).replace("|", "\\|")
    return f"`{shown}`" if "`" not in shown else f"`` {shown} ``"


def _text(text: str) -> str:
    """Escape what Markdown, and the HTML in it, would take for markup."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", printable(text))
