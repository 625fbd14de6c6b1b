"""The figures of a run, and the mutants that no check noticed."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import TYPE_CHECKING, Any

from tests.mutation.mutant import Mutant

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["diffs", "summary"]

# What counts as noticed: a check that fails, and one that does not come to an end.
_NOTICED = ("noticed", "timeout")


def _figure(rows: Iterable[dict[str, Any]]) -> str:
    statuses = Counter(row["status"] for row in rows)
    noticed = sum(statuses[status] for status in _NOTICED)
    counted = noticed + statuses["missed"]
    share = f"{noticed / counted:4.0%}" if counted else "   -"
    return f"{noticed:4} of {counted:4} {share}"


def summary(rows: list[dict[str, Any]]) -> str:
    """Count what the checks noticed, in all, by kind and by module."""
    lines = ["noticed, of those that are neither trivial nor equivalent:", ""]
    lines.append(f"  {'all':32} {_figure(rows)}")
    for key in ("kind", "file"):
        lines.append("")
        for name in sorted({row[key] for row in rows}):
            of_name = [row for row in rows if row[key] == name]
            lines.append(f"  {name:32} {_figure(of_name)}")
    counts = Counter(row["status"] for row in rows)
    lines += ["", ", ".join(f"{status} {count}" for status, count in counts.most_common())]
    if rows:
        seconds = [row["seconds"] for row in rows]
        lines.append(
            f"seconds for a mutant: median {median(seconds):.2f}, most {max(seconds):.1f}, "
            f"sum {sum(seconds):.0f}"
        )
    return "\n".join(lines)


def diffs(rows: list[dict[str, Any]], package: Path) -> str:
    """Show each mutant that was missed, as a unified diff under its id."""
    parts = []
    for row in rows:
        if row["status"] != "missed":
            continue
        head = f"{row['id']}  {row['operator']} in {row['function']}, {row['checks']} checks ran it"
        if row["failing"]:
            head += f" ({row['failing']} more fail without it)"
        parts.append(f"{head}\n{Mutant.from_dict(row).diff(package)}")
    return "\n\n".join(parts)
