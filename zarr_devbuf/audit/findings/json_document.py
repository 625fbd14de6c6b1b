"""An audit, and its JSON document: schema 1, see ``schema/audit-1.json``."""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from zarr_devbuf.audit.findings.known_issues import issues_of
from zarr_devbuf.audit.findings.problems import problems
from zarr_devbuf.audit.findings.results import anchor
from zarr_devbuf.backend import get_backend

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zarr_devbuf.audit.findings.problems import Problem
    from zarr_devbuf.audit.findings.results import CheckRecord, Site, SubjectResult

__all__ = [
    "SCHEMA",
    "Audit",
    "BackendInfo",
    "backend_info",
    "document",
    "json_schema",
    "json_text",
    "versions",
]

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class BackendInfo:
    """
    A backend, as reports show it.

    Attributes
    ----------
    name : str
        The name by which users select it.
    reason : str or None
        Why it is unavailable; None if it is available.
    on_host : bool
        Whether its memory is host memory, so that nothing can be transferred.
    devices : tuple of str
        The names of its devices.
    simulated : bool
        Whether the audit simulates it, since there is no such device, or since that was asked for.
    versions : dict of str to str
        The versions of the libraries that it uses.
    """

    name: str
    reason: str | None = None
    on_host: bool = False
    devices: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Audit:
    """
    A finished audit.

    Attributes
    ----------
    results : tuple of SubjectResult
        By subject, then by backend.
    backends : tuple of BackendInfo
        The backends used, and the unavailable ones.
    versions : dict of str to str
        The versions of Python and of the packages.
    seconds : float
        Wall time.
    strict : {"", "documented", "precedent"}
        The weakest source of a check whose failure counts; empty if all do.
    """

    results: tuple[SubjectResult, ...]
    backends: tuple[BackendInfo, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    strict: str = ""

    @property
    def used(self) -> tuple[str, ...]:
        """The names of the backends used, in order."""
        return tuple(dict.fromkeys(result.backend for result in self.results))

    @property
    def on_host(self) -> frozenset[str]:
        """The names of the backends in host memory."""
        return frozenset(info.name for info in self.backends if info.on_host)

    @property
    def simulated(self) -> tuple[str, ...]:
        """The names of the backends used that the audit simulates."""
        return tuple(i.name for i in self.backends if i.simulated and i.name in self.used)

    @property
    def unavailable(self) -> dict[str, str]:
        """The unavailable backends, each with the reason."""
        return {info.name: info.reason for info in self.backends if info.reason is not None}


def backend_info(name: str, *, simulated: bool = False) -> BackendInfo:
    """
    Describe a backend. If it raises an exception, that is why it is unavailable.

    Parameters
    ----------
    simulated : bool
        Whether the worker processes simulate it, whether or not it is available in this one.
    """
    if simulated:
        return BackendInfo(name, devices=("simulated",), simulated=True)
    backend = get_backend(name)
    try:
        reason = backend.unavailable_reason()
    # The backend of a third party may raise anything.
    except Exception as error:  # noqa: BLE001
        reason = f"{type(error).__name__}: {error}"
    if reason is not None:
        return BackendInfo(name, reason, versions=_ask(backend.versions, {}))
    return BackendInfo(
        name,
        on_host=_ask(lambda: backend.is_host, False),
        devices=tuple(_ask(backend.device_names, ())),
        versions=_ask(backend.versions, {}),
    )


def _ask[T](question: Callable[[], T], default: T) -> T:
    try:
        return question()
    except Exception:  # noqa: BLE001 - then it is unknown
        return default


def versions(results: Sequence[SubjectResult]) -> dict[str, str]:
    """Return the versions of Python, of this package, and of the packages audited."""
    packages = {"zarr-devbuf", "zarr", "numpy", "numcodecs"}
    packages |= {result.package for result in results if result.package}
    found = {"python": platform.python_version()}
    for package in sorted(packages):
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # a module that is not installed
            continue
    return found


def document(audit: Audit, *, stable: bool = False, failed: bool | None = None) -> dict[str, Any]:
    """
    Return an audit as the data of the JSON report.

    Parameters
    ----------
    stable : bool
        Leave out what differs between runs and machines (times, messages, lines of code), for a
        file under version control.
    failed : bool, optional
        Whether the audit fails; left out if it is not known.
    """
    data: dict[str, Any] = {
        "schema": SCHEMA,
        "versions": dict(audit.versions),
        "backends": [
            {"name": info.name, "available": info.reason is None}
            if stable
            else {
                "name": info.name,
                "available": info.reason is None,
                "reason": info.reason,
                "on_host": info.on_host,
                "devices": list(info.devices),
                "versions": dict(info.versions),
                "simulated": info.simulated,
            }
            for info in audit.backends
        ],
        "subjects": [_subject(result, stable=stable) for result in audit.results],
    }
    if not stable:
        data["seconds"] = round(audit.seconds, 3)
        data["problems"] = [_problem(each) for each in problems(audit.results)]
        if failed is not None:
            data["failed"] = failed
    if audit.strict:
        left_out = sum(check.left_out for result in audit.results for check in result.checks)
        data["strict"] = {"source": audit.strict, "left_out": left_out}
    return data


def _problem(problem: Problem) -> dict[str, Any]:
    data: dict[str, Any] = {
        "severity": problem.severity,
        "finding": problem.finding,
        "title": problem.title,
        "causes": [
            {
                "cause": cause.what,
                "where": list(cause.where),
                "subjects": [
                    {"name": name, "backends": list(backends)}
                    for name, backends in cause.subjects.items()
                ],
                "checks": [check.check for _, check in cause.checks],
            }
            for cause in problem.causes
        ],
    }
    optional = {"source": problem.source, "advice": problem.advice}
    return data | {key: value for key, value in optional.items() if value}


def _subject(result: SubjectResult, *, stable: bool) -> dict[str, Any]:
    d2h, h2d = result.transfers.d2h, result.transfers.h2d
    data: dict[str, Any] = {
        "kind": result.kind,
        "name": result.name,
        "backend": result.backend,
        "verdict": result.verdict,
        "transfers": {
            "d2h": {"count": d2h.count, "nbytes": d2h.nbytes},
            "h2d": {"count": h2d.count, "nbytes": h2d.nbytes},
            "chunks": result.transfers.chunks,
        },
        "checks": [_check(result, check, stable=stable) for check in result.checks],
        "package": result.package,
    }
    if result.aliases:
        data["aliases"] = list(result.aliases)
    if result.tried:
        data["takes"] = {"taken": result.taken, "tried": result.tried}
    if not stable:
        statuses = [check.status for check in result.checks]
        data["judged"] = {
            "passed": statuses.count("passed") + statuses.count("xpassed"),
            "failed": statuses.count("failed") + statuses.count("xfailed"),
            "skipped": statuses.count("skipped"),
            "total": len(statuses),
        }
        if result.unchecked:
            data["unchecked"] = result.unchecked
        if result.peak is not None:
            data["peak"] = {
                "write": round(result.peak.write, 2),
                "read": round(result.peak.read, 2),
            }
        data["seconds"] = round(result.seconds, 3)
        data["ledger"] = [_site(site) for site in result.ledger]
    return data


def _check(result: SubjectResult, check: CheckRecord, *, stable: bool) -> dict[str, Any]:
    data: dict[str, Any] = {
        "check": check.check,
        "status": check.status,
        "message": "" if stable else check.message,
    }
    if check.finding:
        data["finding"] = check.finding
    if check.reason:
        data["reason"] = check.reason
    if check.source:
        data["source"] = check.source
    if check.severity:
        data["severity"] = check.severity
    if stable:
        return data
    data["requirement"] = check.requirement
    data["check_ref"] = f"docs/checks-reference.md#{anchor(result.kind, check.check)}"
    data["details"] = list(check.details)
    data["seconds"] = round(check.seconds, 3)
    diagnosis = {
        "error": check.error,
        "cause": check.cause,
        "where": list(check.where),
        "case": check.case,
        "advice": check.advice,
        "issues": [{"url": i.url, "title": i.title} for i in issues_of(result, check)],
    }
    return data | {key: value for key, value in diagnosis.items() if value}


def _site(site: Site) -> dict[str, Any]:
    return {
        "direction": site.direction,
        "explicit": site.explicit,
        "where": site.where,
        "count": site.count,
        "nbytes": site.nbytes,
    }


def json_text(audit: Audit, *, stable: bool = False, failed: bool | None = None) -> str:
    """Write an audit as JSON, see `document`. Lone surrogates are written as escapes."""
    data = document(audit, stable=stable, failed=failed)
    text = json.dumps(data, indent=1 if stable else 2, ensure_ascii=False)
    return f"{text}\n".encode("utf-8", "backslashreplace").decode()


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the report."""
    text = files("zarr_devbuf.audit").joinpath(f"schema/audit-{SCHEMA}.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
