"""Compare an audit with an earlier one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zarr_devbuf.audit.findings.json_document import SCHEMA, json_text
from zarr_devbuf.audit.findings.results import SEVERITY

if TYPE_CHECKING:
    from pathlib import Path

    from zarr_devbuf.audit.findings.json_document import Audit
    from zarr_devbuf.audit.findings.results import SubjectResult

__all__ = ["Baseline", "BaselineError", "Comparison", "compare", "read_baseline", "write_baseline"]

type Key = tuple[str, str, str]


class BaselineError(ValueError):
    """A file is not the report of an earlier audit; the message says why."""


@dataclass(frozen=True, slots=True)
class _Before:
    verdict: str
    failing: frozenset[str]
    per_chunk: float | None


@dataclass(frozen=True, slots=True)
class Baseline:
    """An earlier audit: the verdict and the failures of each subject on each backend."""

    entries: dict[Key, _Before]


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    The changes since a baseline, by subject and backend.

    Attributes
    ----------
    worse, better : dict
        Descriptions of what got worse and what got better.
    new, removed : tuple
        Subjects that only this audit has, and subjects that only the baseline has.
    """

    worse: dict[Key, list[str]] = field(default_factory=dict)
    better: dict[Key, list[str]] = field(default_factory=dict)
    new: tuple[Key, ...] = ()
    removed: tuple[Key, ...] = ()


def write_baseline(path: Path, audit: Audit) -> None:
    """Write the JSON report, without what differs from run to run, for `read_baseline`."""
    path.write_text(json_text(audit, stable=True), encoding="utf-8")


def read_baseline(path: Path) -> Baseline:
    """
    Read a baseline, or any JSON report.

    Raises
    ------
    BaselineError
        If the file cannot be read, or is not such a report.
    """
    try:
        data = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BaselineError(f"cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise BaselineError(f"is not JSON: {error}") from error
    if not isinstance(data, dict) or "subjects" not in data:
        raise BaselineError("is not a report of zarr-devbuf audit")
    if data.get("schema") != SCHEMA:
        raise BaselineError(
            f"has schema {data.get('schema')!r}, but this version reads schema {SCHEMA}: write the "
            "baseline again with --write-baseline"
        )
    try:
        return Baseline({_key(each): _before(each) for each in data["subjects"]})
    except (KeyError, TypeError, AttributeError) as error:
        raise BaselineError(f"is damaged: {type(error).__name__}: {error}") from error


def _key(data: dict[str, Any]) -> Key:
    return data["kind"], data["name"], data["backend"]


def _before(data: dict[str, Any]) -> _Before:
    failing = {c["check"] for c in data["checks"] if c["status"] in ("failed", "xfailed")}
    moved = data["transfers"]
    chunks = moved.get("chunks", 0)
    count = moved["d2h"]["count"] + moved["h2d"]["count"]
    if data["verdict"] not in SEVERITY:
        raise KeyError(data["verdict"])
    return _Before(data["verdict"], frozenset(failing), count / chunks if chunks else None)


def compare(audit: Audit, baseline: Baseline, *, everything: bool) -> Comparison:
    """
    Compare an audit with a baseline.

    A subject got worse if it has a worse verdict, or is `unsupported` and was not, or fails a check
    that did not fail, or makes more transfers per chunk.

    Parameters
    ----------
    everything : bool
        Whether all subjects were audited, so that a missing one has been removed.
    """
    result = Comparison()
    worse, better = result.worse, result.better
    here = {(each.kind, each.name, each.backend): each for each in audit.results}
    for key, now in here.items():
        was = baseline.entries.get(key)
        if was is None:
            continue
        down, up = _changes(was, now)
        if down:
            worse[key] = down
        if up:
            better[key] = up
    used = set(audit.used)
    new = tuple(key for key in here if key not in baseline.entries)
    removed = tuple(
        key for key in baseline.entries if everything and key not in here and key[2] in used
    )
    return Comparison(worse, better, new, removed)


def _changes(was: _Before, now: SubjectResult) -> tuple[list[str], list[str]]:
    worse: list[str] = []
    better: list[str] = []
    before, after = _rank(was.verdict), _rank(now.verdict)
    if before != after:
        (worse if after > before else better).append(f"{was.verdict} → {now.verdict}")
    if after < before:
        # A check that fails now may not have run before.
        return worse, better
    failing = {check.check for check in now.failed}
    ran = {check.check for check in now.checks if check.status in ("passed", "xpassed")}
    worse += [f"{check} fails" for check in sorted(failing - was.failing)]
    better += [f"{check} passes" for check in sorted(was.failing & ran)]
    chunks = now.transfers.chunks
    if chunks and was.per_chunk is not None:
        count = (now.transfers.d2h.count + now.transfers.h2d.count) / chunks
        if abs(count - was.per_chunk) > 0.005:
            side = worse if count > was.per_chunk else better
            side.append(f"{was.per_chunk:.3g} → {count:.3g} transfers per chunk")
    return worse, better


def _rank(verdict: str) -> float:
    # No longer supported is worse than working, and better than broken.
    return 2.5 if verdict == "unsupported" else SEVERITY[verdict]  # type: ignore[index]
