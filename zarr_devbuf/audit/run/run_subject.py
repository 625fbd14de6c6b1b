"""Run every check on one subject, on one backend, and make the records of the results."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from zarr_devbuf.audit.findings.diagnosis import diagnose, full_details, without_temporary_paths
from zarr_devbuf.audit.findings.results import AUDIT_CHECKS, CheckRecord, Site, SubjectResult
from zarr_devbuf.audit.run.measure import measure
from zarr_devbuf.audit.subjects.construct import (
    ConstructionError,
    OtherBackend,
    backend_for,
    constructed,
    constructed_reference,
)
from zarr_devbuf.backend import get_backend
from zarr_devbuf.checks import CheckFailed, CheckResult, Unsupported, list_checks
from zarr_devbuf.checks.backend_problem import backend_failure
from zarr_devbuf.checks.errors import bounded, describe
from zarr_devbuf.checks.reference_codec import referring_to
from zarr_devbuf.checks.run_check import run_check
from zarr_devbuf.checks.tracebacks import shorten
from zarr_devbuf.checks.verdict import verdict_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zarr_devbuf.audit.subjects.subject import Subject
    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks import Check, Source
    from zarr_devbuf.transfers import Transfer

__all__ = ["UnknownBackendError", "result_of", "run_subject"]

_FIX_IMPORT = "Import it in Python to see the traceback, then fix, update or uninstall its package."


class UnknownBackendError(ValueError):
    """No backend has that name in this process: it may be registered in another one only."""


def run_subject(
    subject: Subject,
    backend_name: str,
    on_check: Callable[[str | CheckRecord], None] = lambda _: None,
) -> SubjectResult:
    """
    Audit one subject on one backend, in this process.

    Parameters and results can be pickled, so that a worker process can call it. It uses zarr's
    process-wide configuration: do not call it from two threads of a process at a time.

    Parameters
    ----------
    subject : Subject
        The subject to audit.
    backend_name : str
        The name of the backend to audit it on.
    on_check : callable, optional
        Called with the name of each check before it runs, and with its record afterwards.

    Returns
    -------
    SubjectResult
        The verdict and the records. Exceptions of the subject are findings, except for
        `KeyboardInterrupt`.

    Raises
    ------
    BackendUnavailableError
        If the backend cannot be used on this machine.
    UnknownBackendError
        If no backend has that name in this process.
    ReferenceCodecError
        If the reference of a codec cannot be constructed.
    """
    try:
        backend = get_backend(backend_name)
    except ValueError as error:
        raise UnknownBackendError(str(error)) from error
    backend.require()
    start = time.perf_counter()
    broken = backend_failure(backend, subject.name)
    if broken is not None:
        record = replace(
            _record(AUDIT_CHECKS["backend"], "", broken, time.perf_counter() - start),
            check="backend",
            source="",
        )
        return _only(subject, backend, record, start)
    reference = constructed_reference(subject)
    on_check("construct")
    try:
        with constructed(subject, backend) as target, referring_to(reference):
            return _run(subject, target, backend_for(subject, backend), start, on_check)
    except ConstructionError as error:
        record = CheckRecord(
            error.step,
            "skipped" if error.unsupported else "failed",
            str(error),
            finding="" if error.unsupported else "broken",
            requirement=AUDIT_CHECKS[error.step],
            cause="" if error.unsupported else str(error),
            advice=_FIX_IMPORT if error.step == "import" else "",
            severity="" if error.unsupported else "raises",
        )
        return _only(subject, backend, record, start)
    except OtherBackend as error:
        record = CheckRecord(
            "construct", "skipped", str(error), requirement=AUDIT_CHECKS["construct"]
        )
        return replace(_only(subject, backend, record, start), elsewhere=True)


def result_of(subject: Subject, backend_name: str, **found: Any) -> SubjectResult:
    """
    Make the result of a subject.

    Parameters
    ----------
    **found
        The attributes of `SubjectResult` that the subject does not have itself; ``verdict`` and
        ``checks`` at least.
    """
    return SubjectResult(
        kind=subject.kind,
        name=subject.name,
        backend=backend_name,
        package=subject.package,
        aliases=subject.aliases,
        asked=subject.asked,
        by_pattern=subject.by_pattern,
        **found,
    )


def _only(subject: Subject, backend: Backend, record: CheckRecord, start: float) -> SubjectResult:
    """Make the result of a subject on which no other check can run."""
    return result_of(
        subject,
        backend.name,
        verdict="broken" if record.finding else "unsupported",
        checks=(record,),
        seconds=time.perf_counter() - start,
    )


def _run(
    subject: Subject,
    target: Any,
    backend: Backend,
    start: float,
    on_check: Callable[[str | CheckRecord], None],
) -> SubjectResult:
    results: list[CheckResult] = []
    records: list[CheckRecord] = []
    transfers: list[Transfer] = []
    for check in list_checks(subject.kind):
        on_check(check.name)
        began = time.perf_counter()
        result = _result(check, target, backend, subject.name)
        results.append(result)
        transfers.extend(result.transfers)
        seconds = time.perf_counter() - began
        records.append(_record(check.requirement, check.source, result, seconds))
        on_check(records[-1])
    on_check("measure")
    found = measure(subject.kind, target, backend)
    return result_of(
        subject,
        backend.name,
        verdict=verdict_on(results),
        transfers=found.transfers,
        checks=tuple(records),
        taken=found.taken,
        tried=found.tried,
        seconds=time.perf_counter() - start,
        ledger=_summed(transfers),
        refuses=any(isinstance(result.exception, Unsupported) for result in results),
        peak=found.peak,
    )


def _result(check: Check, target: Any, backend: Backend, name: str) -> CheckResult:
    try:
        return run_check(check, target, backend)
    except KeyboardInterrupt:
        raise
    # `run_check` catches `Exception` only; SystemExit and the like must not end the audit.
    except BaseException as error:  # noqa: BLE001
        wrapped = RuntimeError(describe(error))
        return CheckResult(
            check.name,
            name,
            backend.name,
            "failed",
            describe(error),
            wrapped,
            source=check.source,
            severity="raises",
        )


def _record(
    requirement: str, source: Literal["", Source], result: CheckResult, seconds: float
) -> CheckRecord:
    error = result.exception
    if result.status != "failed":
        return CheckRecord(
            result.check,
            result.status,
            result.message,
            requirement=requirement,
            seconds=seconds,
            source=source,
        )
    found = diagnose(error)
    return CheckRecord(
        result.check,
        "failed",
        without_temporary_paths(bounded(_short_message(error) or result.message)),
        details=full_details(result.message, error, found.advice),
        finding=_finding(error),
        requirement=requirement,
        seconds=seconds,
        source=source,
        severity=result.severity or "raises",
        error=found.error,
        cause=found.cause,
        where=found.where,
        case=found.case,
        advice=found.advice,
    )


def _finding(
    error: Exception | None,
) -> Literal["host-round-trip", "implicit-transfers", "broken"]:
    """Return the verdict that a failure leads to, as `verdict_on` does."""
    if not isinstance(error, CheckFailed) or error.transfers is None:
        return "broken"
    return "implicit-transfers" if error.transfers.implicit else "host-round-trip"


def _short_message(error: Exception | None) -> str:
    if isinstance(error, CheckFailed):
        case = f"{error.case}: " if error.case else ""
        where = ""
        if error.transfers is not None:
            sites = dict.fromkeys(f"{t.direction} at {shorten(t.where)}" for t in error.transfers)
            where = f": {', '.join(sites)}"
        return f"{case}expected {error.expected}, got {error.actual}{where}"
    if error is None:
        return ""
    notes = "; ".join(getattr(error, "__notes__", ()))
    return f"{describe(error)}{f' ({notes})' if notes else ''}"


def _summed(transfers: Iterable[Transfer]) -> tuple[Site, ...]:
    counts: Counter[tuple[Literal["d2h", "h2d"], bool, str]] = Counter()
    sizes: Counter[tuple[Literal["d2h", "h2d"], bool, str]] = Counter()
    for each in transfers:
        key = (each.direction, each.explicit, shorten(each.where))
        counts[key] += 1
        sizes[key] += each.nbytes
    sites = [
        Site(direction, explicit, where, count, sizes[direction, explicit, where])
        for (direction, explicit, where), count in counts.items()
    ]
    # Implicit transfers come first.
    return tuple(sorted(sites, key=lambda site: (site.explicit, -site.nbytes, site.where)))
