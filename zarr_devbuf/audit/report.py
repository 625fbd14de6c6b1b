"""Print the results of an audit: the table, its legend, what was found, the totals."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.text import Text

from zarr_devbuf.audit.table import ON_HOST, STYLES, audit_table, label
from zarr_devbuf.audit.text import clip, paragraph, printable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from rich.console import Console

    from zarr_devbuf.audit.records import SubjectResult

__all__ = ["print_audit"]

_LEGEND: dict[str, str] = {
    ON_HOST: "right values on a backend in host memory, where nothing can be transferred",
    "device-native": "right values, and no chunk ever left the device",
    "host-round-trip": "right values, by way of the host, with transfers that the code asked for",
    "implicit-transfers": "right values, but host memory was handed where device memory was due, "
    "or device memory was read without asking",
    "broken": "a check failed: an error, wrong values or the wrong kind of buffer",
    "unsupported": "the codec says that it cannot be run here, and why",
}

# A message longer than this is clipped, unless everything is asked for.
_LONGEST = 300


def print_audit(
    console: Console,
    results: Sequence[SubjectResult],
    *,
    on_host: Collection[str],
    unavailable: Mapping[str, str],
    verbose: bool = False,
) -> None:
    """
    Print the table, its legend, totals, and what was found.

    Parameters
    ----------
    console : rich.console.Console
        Where to; its width decides the layout.
    results : sequence of SubjectResult
        In the order of the audit: by subject, then by backend.
    on_host : collection of str
        The backends whose memory is the host's.
    unavailable : mapping of str to str
        The backends that could not be used, with the reason.
    verbose : bool
        Whether to say everything about every kind of chunk.
    """
    backends = list(dict.fromkeys(result.backend for result in results))
    devices = [name for name in backends if name not in on_host]
    console.print(audit_table(results, on_host=on_host, width=console.width))
    _print_legend(console, results, on_host, devices)
    for name, reason in unavailable.items():
        _say(console, f"Backend {name} is unavailable: {reason}", 0)
    _print_findings(console, results, verbose=verbose)
    console.print()
    for name in backends:
        _say(console, _total(name, results, on_host), 0)


def _say(console: Console, text: str, indent: int, style: str = "") -> None:
    shown = paragraph(printable(text), console.width, indent)
    console.print(Text(shown, style=style))


def _print_legend(
    console: Console,
    results: Sequence[SubjectResult],
    on_host: Collection[str],
    devices: list[str],
) -> None:
    console.print()
    _say(console, "takes: kinds of chunk (dtype and shape) that the codec takes, of those tried", 0)
    if devices:
        _say(
            console,
            "d2h/h2d: transfers from device to host and from host to device, for a chunk that is "
            "written once and read once; bytes: their size, in both directions together",
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
    # What stopped the kind of chunk that came furthest tells most. Only what works on plain host
    # memory is ever offered to the backend.
    told = {check.check: check.message for check in result.skipped if check.message}
    for check in ("decode", "hold", "encode", "accept", "construct"):
        if check in told:
            return [(check, told[check])]
    return list(told.items())


def _print_details(console: Console, results: Sequence[SubjectResult]) -> None:
    console.print()
    console.print(Text("details"))
    for result in results:
        told = [check for check in result.checks if check.details]
        if not told:
            continue
        _say(console, f"{result.name} [{result.backend}]", 2, "bold")
        for check in told:
            for detail in check.details:
                _say(console, f"{check.check} {detail}", 4)


def _total(backend: str, results: Sequence[SubjectResult], on_host: Collection[str]) -> str:
    mine = [result for result in results if result.backend == backend]
    counts = Counter(label(result, on_host) for result in mine)
    parts = [f"{counts[name]} {name}" for name in _LEGEND if counts[name]]
    noun = "codec" if len(mine) == 1 else "codecs"
    return f"{backend}: {len(mine)} {noun}: {', '.join(parts)}"
