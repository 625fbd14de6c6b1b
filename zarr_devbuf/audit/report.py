"""Print the results of an audit: the table, its legend, what was found, the totals."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.text import Text

from zarr_devbuf.audit.subjects import KINDS
from zarr_devbuf.audit.table import ON_HOST, STYLES, audit_table, label
from zarr_devbuf.audit.text import clip, paragraph, printable

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from rich.console import Console

    from zarr_devbuf.audit.gate import Decision
    from zarr_devbuf.audit.records import SubjectResult

__all__ = ["print_audit"]

_LEGEND: dict[str, str] = {
    ON_HOST: "every law holds on a backend in host memory, where nothing can be transferred",
    "device-native": "right values, and no chunk ever left the device",
    "host-round-trip": "right values, by way of the host, with transfers that the code asked for",
    "implicit-transfers": "right values, but host memory was handed where device memory was due, "
    "or device memory was read without asking",
    "broken": "a law does not hold: an error, wrong values, the wrong kind of buffer",
    "unsupported": "it says that it cannot be run here, and why",
}

# A message longer than this is clipped, unless everything is asked for.
_LONGEST = 300


def print_audit(console: Console, decision: Decision, *, verbose: bool = False) -> None:
    """
    Print a table a kind, their legend, what was found, what the gates say, and the totals.

    Parameters
    ----------
    console : rich.console.Console
        Where to; its width decides the layout.
    decision : Decision
        The audit, and what the gates say of it.
    verbose : bool
        Whether to say everything.
    """
    audit = decision.audit
    results, on_host = audit.results, audit.on_host
    devices = [name for name in audit.used if name not in on_host]
    for kind in KINDS:
        mine = [result for result in results if result.kind == kind]
        if mine:
            console.print(audit_table(mine, on_host=on_host, width=console.width))
            console.print()
    _print_legend(console, results, on_host, devices)
    for name, reason in audit.unavailable.items():
        _say(console, f"Backend {name} is unavailable: {reason}", 0)
    _print_findings(console, results, verbose=verbose)
    _print_gates(console, decision)
    console.print()
    for name in audit.used:
        _say(console, _total(name, results, on_host), 0)


def _print_gates(console: Console, decision: Decision) -> None:
    known = [
        (result, check)
        for result in decision.audit.results
        for check in result.checks
        if check.status == "xfailed"
    ]
    if known:
        console.print()
        console.print(Text("expected"))
        for result, check in known:
            _say(console, f"{result.name} [{result.backend}] {check.check}: {check.reason}", 2)
    for text in decision.stale:
        _say(console, text, 0, "bold red")
    changes = decision.comparison
    if changes is None:
        return
    console.print()
    console.print(Text("since the baseline"))
    for style, word, found in (
        ("bold red", "worse", changes.worse),
        ("green", "better", changes.better),
    ):
        for (_, name, backend), texts in found.items():
            _say(console, f"{word}: {name} [{backend}]: {'; '.join(texts)}", 2, style)
    for word, keys in (("new", changes.new), ("removed", changes.removed)):
        for _, name, backend in keys:
            _say(console, f"{word}: {name} [{backend}]", 2)
    if not (changes.worse or changes.better or changes.new or changes.removed):
        _say(console, "nothing has changed", 2)


def _say(console: Console, text: str, indent: int, style: str = "") -> None:
    shown = paragraph(printable(text), console.width, indent)
    console.print(Text(shown, style=style))


def _print_legend(
    console: Console,
    results: Sequence[SubjectResult],
    on_host: Collection[str],
    devices: list[str],
) -> None:
    if any(result.tried for result in results):
        text = "takes: kinds of chunk (dtype and shape) that the codec takes, of those tried"
        _say(console, text, 0)
    if devices:
        _say(
            console,
            "d2h/h2d: transfers from device to host and from host to device, for a chunk or value "
            "that is written once and read once; bytes: their size, in both directions together",
            0,
        )
    seen = {label(result, on_host) for result in results}
    for name, meaning in _LEGEND.items():
        if name in seen:
            _say(console, f"{name}: {meaning}", 0)


def _print_findings(console: Console, results: Sequence[SubjectResult], *, verbose: bool) -> None:
    """Say what was found, once for all the codecs and backends of which the same is true."""
    for verdict in ("broken", "implicit-transfers", "unsupported"):
        found = [result for result in results if result.verdict == verdict]
        reasons: dict[tuple[str, str], dict[str, list[str]]] = {}
        for result in found:
            for check, message in _reasons(result):
                by_name = reasons.setdefault((check, message), {})
                by_name.setdefault(result.name, []).append(result.backend)
        if not reasons:
            continue
        console.print()
        console.print(Text(verdict, style=STYLES[verdict]))
        groups: dict[tuple[str, str, str], list[str]] = {}
        for (check, message), by_name in reasons.items():
            for name, where in by_name.items():
                groups.setdefault((check, message, ", ".join(where)), []).append(name)
        for (check, message, backends), names in groups.items():
            _say(console, f"{', '.join(names)} [{backends}]", 2, "bold")
            shown = printable(message)
            _say(console, f"{check}: {shown if verbose else clip(shown, _LONGEST)}", 4)
    if verbose:
        _print_details(console, results)


def _reasons(result: SubjectResult) -> list[tuple[str, str]]:
    if result.verdict != "unsupported":
        return [(check.check, check.message) for check in result.failed]
    return next(([(c.check, c.message)] for c in result.skipped if c.message), [])


def _print_details(console: Console, results: Sequence[SubjectResult]) -> None:
    console.print()
    console.print(Text("details"))
    for result in results:
        _say(console, f"{result.name} [{result.backend}] {result.seconds:.1f} s", 2, "bold")
        for check in result.checks:
            told = check.message if check.status == "skipped" else ""
            _say(console, f"{check.check} {check.status}{f': {told}' if told else ''}", 4)
            for line in "\n".join(check.details).splitlines():
                _say(console, line, 6)
        for site in result.ledger:
            how = "explicit" if site.explicit else "implicit"
            _say(
                console,
                f"{how} {site.direction} x {site.count}, {site.nbytes} bytes: {site.where}",
                4,
            )


def _total(backend: str, results: Sequence[SubjectResult], on_host: Collection[str]) -> str:
    mine = [result for result in results if result.backend == backend]
    counts = Counter(label(result, on_host) for result in mine)
    parts = [f"{counts[name]} {name}" for name in _LEGEND if counts[name]]
    noun = "subject" if len(mine) == 1 else "subjects"
    return f"{backend}: {len(mine)} {noun}: {', '.join(parts)}"
