"""The report that people open: one HTML file that needs nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jinja2

from zarr_devbuf.audit.issues import issues_of
from zarr_devbuf.audit.subjects import KINDS
from zarr_devbuf.audit.text import figure, printable

if TYPE_CHECKING:
    from zarr_devbuf.audit.gate import Decision
    from zarr_devbuf.audit.records import SubjectResult

__all__ = ["html"]

# Shape and word tell the verdicts apart where colour does not.
_MARKS = {
    "ok": "✓",
    "device-native": "✓",
    "host-round-trip": "⇄",
    "implicit-transfers": "▲",
    "broken": "✕",
    "unsupported": "\N{EN DASH}",
}


def html(decision: Decision) -> str:
    """Render an audit; everything that comes from a subject is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("zarr_devbuf.audit", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure"] = figure
    environment.filters["printable"] = printable
    audit = decision.audit
    kinds = [(kind, _rows(decision, kind)) for kind in KINDS]
    totals = {
        name: [
            (label, count)
            for label in _MARKS
            if (
                count := sum(
                    _label(r, decision) == label for r in audit.results if r.backend == name
                )
            )
        ]
        for name in audit.used
    }
    text: str = environment.get_template("report.html").render(
        audit=audit,
        decision=decision,
        kinds=[(kind, rows) for kind, rows in kinds if rows],
        marks=_MARKS,
        totals=totals,
    )
    return text


def _label(result: SubjectResult, decision: Decision) -> str:
    native = result.verdict == "device-native" and result.backend in decision.audit.on_host
    return "ok" if native else result.verdict


def _rows(decision: Decision, kind: str) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for result in decision.audit.results:
        if result.kind != kind:
            continue
        row = rows.setdefault(
            result.name,
            {"name": result.name, "package": result.package, "kind": kind, "cells": {}},
        )
        key = (result.kind, result.name, result.backend)
        comparison = decision.comparison
        row["cells"][result.backend] = {
            "result": result,
            "label": _label(result, decision),
            "fails": decision.fails(result),
            "worse": comparison.worse.get(key, []) if comparison else [],
            "better": comparison.better.get(key, []) if comparison else [],
            "issues": {
                check.check: found for check in result.checks if (found := issues_of(result, check))
            },
            "on_host": result.backend in decision.audit.on_host,
        }
    return list(rows.values())
