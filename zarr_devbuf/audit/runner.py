"""Run the checks over one subject on one backend."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zarr_devbuf.audit.cases import CASES, TEXT_CASES
from zarr_devbuf.audit.codecs import ConstructionError, construct, load
from zarr_devbuf.audit.findings import Findings
from zarr_devbuf.audit.judge import judge, judge_reference
from zarr_devbuf.audit.records import SubjectResult, Transfers
from zarr_devbuf.audit.round_trip import Outcome, Stopped, round_trip
from zarr_devbuf.backend import get_backend

if TYPE_CHECKING:
    from zarr_devbuf.audit.cases import Case
    from zarr_devbuf.audit.codecs import Codec
    from zarr_devbuf.audit.records import CheckStatus, Verdict
    from zarr_devbuf.audit.subjects import Subject
    from zarr_devbuf.backend import Backend

__all__ = ["run_subject"]


def run_subject(subject: Subject, backend_name: str) -> SubjectResult:
    """
    Audit one subject on one backend.

    Everything it takes and gives can be pickled, so that it can run in a process of its own. It
    uses zarr's process-wide configuration: do not run two at a time in one process.

    Parameters
    ----------
    subject : Subject
        What to audit.
    backend_name : str
        Where the data lives.

    Returns
    -------
    SubjectResult
        The verdict and what led to it. Nothing a codec raises gets out, `KeyboardInterrupt` aside.

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
    with warnings.catch_warnings():
        # zarr warns of every codec and dtype that the specification does not list (yet).
        warnings.simplefilter("ignore")
        findings, transfers = _audit(subject, backend)
    verdict = _verdict(findings, transfers)
    taken = findings.cases("passed", "construct") - findings.cases("skipped")
    return SubjectResult(
        kind=subject.kind,
        name=subject.name,
        backend=backend_name,
        verdict=verdict,
        transfers=transfers,
        checks=findings.results(),
        package=subject.package,
        taken=len(taken),
        tried=len(_cases(subject)),
        seconds=time.perf_counter() - start,
    )


def _audit(subject: Subject, backend: Backend) -> tuple[Findings, Transfers]:
    findings, transfers = Findings(), Transfers()
    try:
        loaded = load(subject)
    except ConstructionError as error:
        findings.add("construct", "failed", message=str(error))
        return findings, transfers
    for case in _cases(subject):
        try:
            codec = construct(subject, loaded, case)
        except ConstructionError as error:
            status: CheckStatus = "skipped" if error.refused else "failed"
            findings.add("construct", status, case.name, str(error))
            continue
        findings.add("construct", "passed", case.name)
        reference = _reference(subject, loaded, codec, case)
        works = judge_reference(findings, case, codec, reference)
        if not works or isinstance(reference, Stopped):
            continue
        # A codec of its own for each: one that keeps the first prototype it sees fails otherwise.
        outcome = round_trip(construct(subject, loaded, case), case, backend)
        transfers += judge(findings, case, backend, reference, outcome)
    return findings, transfers


def _cases(subject: Subject) -> tuple[Case, ...]:
    # Elsewhere text meets zarr's own serializer; and a C library that is handed an array of Python
    # objects stores their addresses, or crashes.
    return CASES + TEXT_CASES if subject.codec_name.startswith("vlen-") else CASES


@dataclass(slots=True)
class _References:
    """The results on plain host memory of the latest subject: the same for each backend."""

    loaded: Any = None
    subject: Subject | None = None
    outcomes: dict[Case, Outcome] = field(default_factory=dict)


_references = _References()


def _reference(subject: Subject, loaded: Any, codec: Codec, case: Case) -> Outcome:
    global _references  # noqa: PLW0603 - a cache of one entry
    if _references.loaded is not loaded or _references.subject != subject:
        _references = _References(loaded, subject)
    if case not in _references.outcomes:
        _references.outcomes[case] = round_trip(codec, case, backend=None)
    return _references.outcomes[case]


def _verdict(findings: Findings, transfers: Transfers) -> Verdict:
    failed = [result.check for result in findings.results() if result.status == "failed"]
    if any(check != "implicit_transfers" for check in failed):
        return "broken"
    if not transfers.chunks:
        return "unsupported"
    if failed:
        return "implicit-transfers"
    return "host-round-trip" if transfers else "device-native"
