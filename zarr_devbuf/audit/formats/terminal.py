"""Print the results of an audit on a terminal: tables, legend, problems, totals."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.text import Text

from zarr_devbuf.audit.findings.problems import reproducer
from zarr_devbuf.audit.formats.table import ON_HOST, audit_table, label
from zarr_devbuf.audit.formats.terminal_problems import print_findings
from zarr_devbuf.audit.subjects.subject import KINDS
from zarr_devbuf.audit.text import paragraph, printable

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from rich.console import Console

    from zarr_devbuf.audit.findings.baseline import Comparison
    from zarr_devbuf.audit.findings.gate import Decision
    from zarr_devbuf.audit.findings.results import SubjectResult

__all__ = ["print_audit"]

_SIMULATED = "the audit runs on a machine without it, or was asked to simulate it."

_LEGEND: dict[str, str] = {
    ON_HOST: "every check passes on a backend in host memory, where nothing can be transferred",
    "device-native": "correct values, and nothing was transferred between host and device",
    "host-round-trip": "correct values, with explicit transfers between host and device",
    "implicit-transfers": "correct values, but data was transferred implicitly: a host array was "
    "passed to the device, or device memory was read as a NumPy array",
    "broken": "a check fails: an exception, wrong values, the wrong buffer class",
    "unsupported": "the subject rejects this backend, or needs arguments, with a clear message",
}


def print_audit(console: Console, decision: Decision, *, verbose: bool = False) -> None:
    """
    Print a table for each kind, the legend, the problems, the totals and the decision.

    Parameters
    ----------
    console : rich.console.Console
        Its width determines the layout.
    decision : Decision
        The audit, and whether it fails.
    verbose : bool
        Whether to print all details.
    """
    audit = decision.audit
    results, on_host = audit.results, audit.on_host
    for name in audit.simulated:
        _say(console, f"Backend {name} is simulated: {_SIMULATED}", 0)
    if audit.simulated:
        console.print()
    devices = [name for name in audit.used if name not in on_host]
    for kind in KINDS:
        mine = [result for result in results if result.kind == kind]
        if mine:
            table = audit_table(
                mine, on_host=on_host, width=console.width, simulated=audit.simulated
            )
            console.print(table)
            console.print()
    _print_legend(console, results, on_host, devices)
    for name, reason in audit.unavailable.items():
        _say(console, f"Backend {name} is unavailable: {reason}", 0)
    print_findings(console, results, verbose=verbose)
    if verbose:
        _print_details(console, results)
    _print_gates(console, decision)
    console.print()
    for name in audit.used:
        _say(console, _total(name, results, on_host), 0)
    _print_decision(console, decision, verbose=verbose)


def _print_decision(console: Console, decision: Decision, *, verbose: bool) -> None:
    """Print whether the audit failed, and which commands show more."""
    results = decision.audit.results
    failing = [r for r in results if decision.fails(r) and not r.unchecked]
    stale = len(decision.stale)
    parts = []
    if failing:
        gate = "worse than the baseline" if decision.comparison else decision.fail_on
        gate = "broken" if gate == "unsupported" else gate
        above = "" if gate in ("broken", "worse than the baseline") else " or worse"
        subjects = dict.fromkeys((result.kind, result.name) for result in failing)
        noun = "subject is" if len(subjects) == 1 else "subjects are"
        parts.append(f"{len(subjects)} {noun} {gate}{above}")
    unchecked = [result for result in results if result.unchecked]
    if unchecked:
        noun = "subject" if len(unchecked) == 1 else "subjects"
        parts.append(f"{len(unchecked)} {noun} passed no check")
    if not results:
        parts.append("nothing was audited")
    if stale:
        noun = "finding" if stale == 1 else "findings"
        parts.append(f"{stale} expected {noun} no longer {'occurs' if stale == 1 else 'occur'}")
    if parts:
        _say(console, f"Failed: {'; '.join(parts)}.", 0, "bold red")
    else:
        fails_on = "subjects worse than the baseline" if decision.comparison else decision.fail_on
        _say(console, f"Passed (fails on {fails_on}).", 0, "green")
    if any(result.failed for result in results) and not verbose:
        first = next((r for r in failing if r.failed), next(r for r in results if r.failed))
        for purpose, command in (
            ("one subject in full", reproducer(first)),
            ("one check explained", f"zarr-devbuf checks {first.failed[0].short_name}"),
            ("a report in HTML", "zarr-devbuf audit --format html -o report.html"),
        ):
            console.print(Text(f"  {purpose + ':':<20} {printable(command)}", overflow="fold"))


def _print_expected(console: Console, results: Sequence[SubjectResult]) -> None:
    known = [(r, check) for r in results for check in r.checks if check.status == "xfailed"]
    if known:
        console.print()
        console.print(Text("expected"))
        for result, check in known:
            _say(console, f"{result.name} [{result.backend}] {check.check}: {check.reason}", 2)


def _print_gates(console: Console, decision: Decision) -> None:
    _print_expected(console, decision.audit.results)
    for text in decision.stale:
        _say(console, text, 0, "bold red")
    for result in decision.audit.results:
        if result.unchecked:
            _say(console, f"{result.name} [{result.backend}]: {result.unchecked}", 0, "bold red")
    if decision.audit.strict:
        noun = f"finding{'' if decision.left_out == 1 else 's'} with a weaker source left out"
        _say(
            console,
            f"--strict {decision.audit.strict}: {decision.left_out} {noun}",
            0,
        )
    if decision.comparison is not None:
        _print_changes(console, decision.comparison)


def _print_changes(console: Console, changes: Comparison) -> None:
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
        text = "takes: kinds of chunk (dtype and shape) that the codec accepts, of those tried"
        _say(console, text, 0)
    if devices:
        _say(
            console,
            "d2h/h2d: transfers from device to host and from host to device for a chunk or value "
            "that is written once and read once; bytes: their size in both directions; peak: the "
            "most device memory that writing and reading allocates, in chunks (one chunk or value; "
            "8 chunks of an array)",
            0,
        )
    seen = {label(result, on_host) for result in results}
    for name, meaning in _LEGEND.items():
        if name in seen:
            _say(console, f"{name}: {meaning}", 0)


def _print_details(console: Console, results: Sequence[SubjectResult]) -> None:
    console.print()
    console.print(Text("details"))
    for result in results:
        _say(console, f"{result.name} [{result.backend}] {result.seconds:.1f} s", 2, "bold")
        for check in result.checks:
            reason = check.message if check.status == "skipped" else check.severity
            _say(console, f"{check.check} {check.status}{f': {reason}' if reason else ''}", 4)
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
