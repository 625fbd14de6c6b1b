"""The report for a browser: a single HTML file that loads nothing."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from zarr_devbuf.audit.findings.problems import problems, reproducer
from zarr_devbuf.audit.findings.results import anchor
from zarr_devbuf.audit.formats.checks_reference import entries_of
from zarr_devbuf.audit.formats.table import full_label, heading, label, peak_of
from zarr_devbuf.audit.subjects.subject import KINDS
from zarr_devbuf.audit.text import clean, clip, figure, listed, printable, sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zarr_devbuf.audit.findings.gate import Decision
    from zarr_devbuf.audit.findings.results import SubjectResult

__all__ = ["html"]

# Verdicts differ in shape and word, not only in colour.
_MARKS = {
    "ok": "✓",
    "device-native": "✓",
    "host-round-trip": "⇄",
    "implicit-transfers": "▲",
    "broken": "✕",
    "unsupported": "\N{EN DASH}",
}


def html(decision: Decision) -> str:
    """Render an audit as HTML. All text from subjects is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("zarr_devbuf.audit.formats", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure"] = figure
    environment.filters["printable"] = printable
    environment.filters["literals"] = _literals
    environment.filters["sentence"] = lambda text: clip(sentence(text), 160)
    environment.filters["listed"] = listed
    audit = decision.audit
    ids = _ids(audit.results)
    kinds = [(kind, _rows(decision, kind, ids)) for kind in KINDS]
    entries = entries_of([(r.kind, check.check) for r in audit.results for check in r.checks])
    text: str = environment.get_template("report.html").render(
        audit=audit,
        decision=decision,
        kinds=[(kind, rows) for kind, rows in kinds if rows],
        marks=_MARKS,
        totals=_totals(decision),
        problems=problems(audit.results),
        ids=ids,
        entries=entries,
        known={entry.anchor for entry in entries},
        anchor=anchor,
        reproducer=reproducer,
        tally=_tally,
        heading=heading,
        peak_of=peak_of,
    )
    return clean(text)


def _literals(text: str) -> Markup:
    """Escape text, and mark the parts between backticks as code."""
    parts = text.replace("``", "`").split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if i % 2 and i < len(parts) - 1 else part
        for i, part in enumerate(parts)
    )


def _ids(results: Sequence[SubjectResult]) -> dict[tuple[str, str, str], str]:
    """Return the id on the page of each subject on each backend: ``zstd-sim``."""
    ids: dict[tuple[str, str, str], str] = {}
    taken: set[str] = set()
    for result in results:
        first = re.sub(r"[^\w.]+", "-", f"{result.name}-{result.backend}").strip("-")
        found = first
        for number in itertools.count(2):
            if found not in taken:
                break
            found = f"{first}-{number}"
        taken.add(found)
        ids[result.kind, result.name, result.backend] = found
    return ids


def _totals(decision: Decision) -> dict[str, list[tuple[str, int]]]:
    totals = {}
    for name in decision.audit.used:
        mine = [
            label(r, decision.audit.on_host) for r in decision.audit.results if r.backend == name
        ]
        totals[name] = [(each, mine.count(each)) for each in _MARKS if each in mine]
    return totals


def _tally(result: SubjectResult) -> str:
    """Count the statuses of the checks: ``"40 passed, 2 failed"``."""
    counts = Counter(check.status for check in result.checks)
    return ", ".join(f"{count} {status}" for status, count in counts.most_common())


def _rows(
    decision: Decision, kind: str, ids: Mapping[tuple[str, str, str], str]
) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for result in decision.audit.results:
        if result.kind != kind:
            continue
        row = rows.setdefault(
            result.name,
            {"name": result.shown, "package": result.package, "kind": kind, "cells": {}},
        )
        key = (result.kind, result.name, result.backend)
        comparison = decision.comparison
        row["cells"][result.backend] = {
            "id": ids[key],
            "result": result,
            "label": label(result, decision.audit.on_host),
            "shown": full_label(result, decision.audit.on_host),
            "fails": decision.fails(result),
            "worse": comparison.worse.get(key, []) if comparison else [],
            "better": comparison.better.get(key, []) if comparison else [],
            "problems": problems([result]),
            "on_host": result.backend in decision.audit.on_host,
        }
    return list(rows.values())
