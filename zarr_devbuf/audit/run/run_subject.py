"""Hold one subject to every check of its kind, on one backend, and put what came of it on record."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Literal

from zarr_devbuf.audit.findings.diagnosis import diagnose, placeless, shortened, told_in_full
from zarr_devbuf.audit.findings.results import CheckResult, Site, SubjectResult
from zarr_devbuf.audit.run.measure import measure
from zarr_devbuf.audit.subjects.construct import ConstructionError, NotHere, made
from zarr_devbuf.backend import get_backend
from zarr_devbuf.checks import list_checks
from zarr_devbuf.checks.errors import CheckFailed, describe
from zarr_devbuf.checks.results import CheckResult as Outcome
from zarr_devbuf.checks.run import run_check
from zarr_devbuf.checks.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zarr_devbuf.audit.findings.results import Verdict
    from zarr_devbuf.audit.subjects.subject import Subject
    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.registry import Check
    from zarr_devbuf.transfers import Transfer

__all__ = ["AUDIT_CHECKS", "run_subject"]

# What the audit demands itself, before and after the checks.
AUDIT_CHECKS: dict[str, str] = {
    "import": "The subject can be imported.",
    "construct": "The subject can be made, without arguments or with declared ones.",
    "finish": "The checks come to an end in time, and leave the process alive.",
}

_MEND_IMPORT = "import it in Python to see the traceback; mend, update or uninstall its package"


def run_subject(
    subject: Subject,
    backend_name: str,
    on_check: Callable[[str | CheckResult], None] = lambda _: None,
) -> SubjectResult:
    """
    Audit one subject on one backend, in this process.

    Everything it takes and gives can be pickled, so that it can run in a process of its own. It
    uses zarr's process-wide configuration: do not run two at a time in one process.

    Parameters
    ----------
    subject : Subject
        What to audit.
    backend_name : str
        Where the data lives.
    on_check : callable, optional
        Is told the name of each check before it begins, and what came of it.

    Returns
    -------
    SubjectResult
        The verdict and what led to it. Nothing it raises gets out, `KeyboardInterrupt` aside.

    Raises
    ------
    BackendUnavailableError
        Where the backend cannot be used on this machine.
    ValueError
        Where no backend has that name.
    """
    backend = get_backend(backend_name)
    backend.require()
    start = time.perf_counter()
    on_check("construct")
    try:
        with made(subject, backend) as target:
            return _held(subject, target, backend, start, on_check)
    except ConstructionError as error:
        status = "skipped" if error.refused else "failed"
        check = CheckResult(
            error.step,
            status,  # type: ignore[arg-type]  # one of its values
            str(error),
            finding="" if error.refused else "broken",
            requirement=AUDIT_CHECKS[error.step],
            cause="" if error.refused else str(error),
            advice=_MEND_IMPORT if error.step == "import" else "",
        )
        return _unmade(subject, backend, check, start)
    except NotHere as error:
        return _unmade(
            subject,
            backend,
            CheckResult("construct", "skipped", str(error), requirement=AUDIT_CHECKS["construct"]),
            start,
        )


def _unmade(subject: Subject, backend: Backend, check: CheckResult, start: float) -> SubjectResult:
    return SubjectResult(
        kind=subject.kind,
        name=subject.name,
        backend=backend.name,
        verdict="broken" if check.finding else "unsupported",
        checks=(check,),
        package=subject.package,
        aliases=subject.aliases,
        seconds=time.perf_counter() - start,
    )


def _held(
    subject: Subject,
    target: Any,
    backend: Backend,
    start: float,
    on_check: Callable[[str | CheckResult], None],
) -> SubjectResult:
    outcomes: list[Outcome] = []
    records: list[CheckResult] = []
    transfers: list[Transfer] = []
    for check in list_checks(subject.kind):
        on_check(check.name)
        began = time.perf_counter()
        outcome = _outcome(check, target, backend, subject.name)
        outcomes.append(outcome)
        transfers.extend(outcome.transfers)
        records.append(_record(check, outcome, time.perf_counter() - began))
        on_check(records[-1])
    on_check("measure")
    found = measure(subject.kind, target, backend)
    verdict: Verdict = judge(outcomes)
    return SubjectResult(
        kind=subject.kind,
        name=subject.name,
        backend=backend.name,
        verdict=verdict,
        transfers=found.transfers,
        checks=tuple(records),
        package=subject.package,
        aliases=subject.aliases,
        taken=found.taken,
        tried=found.tried,
        seconds=time.perf_counter() - start,
        ledger=_summed(transfers),
    )


def _outcome(check: Check, target: Any, backend: Backend, name: str) -> Outcome:
    try:
        return run_check(check, target, backend)
    except KeyboardInterrupt:
        raise
    # `run_check` catches errors; SystemExit and its like are no errors, and end no audit.
    except BaseException as error:  # noqa: BLE001
        wrapped = RuntimeError(describe(error))
        return Outcome(check.name, name, backend.name, "failed", describe(error), wrapped)


def _record(check: Check, outcome: Outcome, seconds: float) -> CheckResult:
    error = outcome.exception
    if outcome.status != "failed":
        return CheckResult(
            check.name,
            outcome.status,
            outcome.message,
            requirement=check.requirement,
            seconds=seconds,
        )
    about_transfers = isinstance(error, CheckFailed) and error.transfers is not None
    found = diagnose(error)
    return CheckResult(
        check.name,
        "failed",
        placeless(_in_short(error) or outcome.message),
        details=told_in_full(outcome.message, error, found.advice),
        finding="implicit-transfers" if about_transfers else "broken",
        requirement=check.requirement,
        seconds=seconds,
        error=found.error,
        cause=found.cause,
        where=found.where,
        case=found.case,
        advice=found.advice,
    )


def _in_short(error: Exception | None) -> str:
    if isinstance(error, CheckFailed):
        case = f"{error.case}: " if error.case else ""
        where = ""
        if error.transfers is not None:
            sites = dict.fromkeys(f"{t.direction} at {shortened(t.where)}" for t in error.transfers)
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
        key = (each.direction, each.explicit, shortened(each.where))
        counts[key] += 1
        sizes[key] += each.nbytes
    sites = [
        Site(direction, explicit, where, count, sizes[direction, explicit, where])
        for (direction, explicit, where), count in counts.items()
    ]
    # What nobody asked for comes first.
    return tuple(sorted(sites, key=lambda site: (site.explicit, -site.nbytes, site.where)))
