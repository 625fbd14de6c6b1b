"""Lay out the results of an audit as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from zarr_devbuf.audit.text import figure, printable

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from zarr_devbuf.audit.findings.results import SubjectResult
    from zarr_devbuf.checks import Severity, Verdict

__all__ = [
    "ON_HOST",
    "SEVERITY_STYLES",
    "STYLES",
    "audit_table",
    "full_label",
    "heading",
    "label",
    "peak_of",
]

STYLES: dict[Verdict, str] = {
    "device-native": "green",
    "host-round-trip": "yellow",
    "implicit-transfers": "magenta",
    "broken": "bold red",
    "unsupported": "dim",
}

# On a backend in host memory nothing can be transferred: "device-native" would claim too much.
ON_HOST = "ok"

# Columns about transfers and memory; True: aligned to the right, as numbers.
_FIGURES = (("d2h/h2d", True), ("bytes", True), ("peak", True))


# The colours of what a finding means for users.
SEVERITY_STYLES: dict[Severity, str] = {
    "stored wrong": "bold red",
    "read wrong": "bold red",
    "raises": "red",
    "leaks": "yellow",
    "wasteful": "magenta",
}


def audit_table(
    results: Sequence[SubjectResult],
    *,
    on_host: Collection[str],
    width: int,
    simulated: Collection[str] = (),
) -> Table:
    """
    Make the table of one kind of subject.

    Parameters
    ----------
    results : sequence of SubjectResult
        In the order of the audit: by subject, then by backend.
    on_host : collection of str
        The backends in host memory.
    width : int
        Columns of the terminal. A narrow table has a row for each verdict, not for each subject.
    simulated : collection of str
        The backends that the audit simulates.
    """
    kind = results[0].kind
    backends = list(dict.fromkeys(result.backend for result in results))
    devices = [name for name in backends if name not in on_host]
    rows = _by_subject(results)
    if len(devices) <= 1 and len(backends) <= 2 and width >= (80 if devices else 50):
        return _wide(kind, rows, backends, devices, on_host=on_host, simulated=simulated)
    return _long(kind, rows, devices, on_host, simulated)


def heading(backend: str, simulated: Collection[str]) -> str:
    """Return the name of a backend as reports show it: ``gpu (simulated)``."""
    return f"{backend} (simulated)" if backend in simulated else backend


def label(result: SubjectResult, on_host: Collection[str]) -> str:
    """Return the verdict as reports count it: ``ok`` if nothing can be transferred."""
    native = result.verdict == "device-native" and result.backend in on_host
    return ON_HOST if native else result.verdict


def full_label(result: SubjectResult, on_host: Collection[str]) -> str:
    """Return the verdict with how little it rests on: ``device-native (1 of 28 checks)``."""
    verdict = label(result, on_host)
    return f"{verdict} ({result.part})" if result.part else verdict


def peak_of(result: SubjectResult | None) -> str:
    """Return the peak of device memory for writing and reading, in chunks: ``1/2``."""
    if result is None or result.peak is None:
        return "-"
    return f"{figure(result.peak.write)}/{figure(result.peak.read)}"


def _by_subject(results: Sequence[SubjectResult]) -> list[dict[str, SubjectResult]]:
    rows: dict[tuple[str, str], dict[str, SubjectResult]] = {}
    for result in results:
        rows.setdefault((result.kind, result.name), {})[result.backend] = result
    return list(rows.values())


def _table(*columns: tuple[str, bool]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=0)
    for name, is_figure in columns:
        table.add_column(name, justify="right" if is_figure else "left", overflow="fold")
    return table


def _wide(
    kind: str,
    rows: list[dict[str, SubjectResult]],
    backends: list[str],
    devices: list[str],
    *,
    on_host: Collection[str],
    simulated: Collection[str],
) -> Table:
    """Make a table with a row for each subject; it fits 80 columns with one device backend."""
    verdicts = [(heading(name, simulated), False) for name in backends]
    takes = [("takes", True)] if kind == "codec" else []
    table = _table((kind, False), *takes, *verdicts, *(_FIGURES if devices else ()))
    firsts = [next(iter(row.values())) for row in rows]
    several = len({first.package for first in firsts}) > 1
    package = ""
    for first, row in zip(firsts, rows, strict=True):
        if several and first.package and first.package != package:
            package = first.package
            table.add_row(Text(printable(package), style="bold"))
        moved = row.get(devices[0]) if devices else None
        table.add_row(
            Text(printable(first.shown)),
            *([_taken(first)] if takes else ()),
            *(_verdict(row.get(name), on_host) for name in backends),
            *(_transfers(moved) if devices else ()),
        )
    return table


def _long(
    kind: str,
    rows: list[dict[str, SubjectResult]],
    devices: list[str],
    on_host: Collection[str],
    simulated: Collection[str],
) -> Table:
    """Make a table with a row for each subject and backend, for several devices or few columns."""
    takes = [("takes", True)] if kind == "codec" else []
    texts = [(kind, False), ("backend", False), *takes, ("verdict", False)]
    table = _table(*texts, *(_FIGURES if devices else ()))
    for row in rows:
        for index, (name, result) in enumerate(row.items()):
            table.add_row(
                Text(printable(result.shown) if index == 0 else ""),
                Text(printable(heading(name, simulated))),
                *([_taken(result)] if takes else ()),
                _verdict(result, on_host),
                *(_transfers(None if name in on_host else result) if devices else ()),
            )
    return table


def _taken(result: SubjectResult) -> Text:
    return Text(f"{result.taken}/{result.tried}" if result.taken else "-")


def _verdict(result: SubjectResult | None, on_host: Collection[str]) -> Text:
    if result is None:
        return Text("-")
    style = STYLES["broken"] if result.unchecked else STYLES[result.verdict]
    return Text(full_label(result, on_host), style=style)


def _transfers(result: SubjectResult | None) -> tuple[Text, Text, Text]:
    peak = Text(peak_of(result))
    if result is None or not result.transfers.chunks:
        return Text("-"), Text("-"), peak
    down, up, chunks = result.transfers.d2h, result.transfers.h2d, result.transfers.chunks
    counts = f"{figure(down.count / chunks)}/{figure(up.count / chunks)}"
    return Text(counts), Text(figure((down.nbytes + up.nbytes) / chunks)), peak
