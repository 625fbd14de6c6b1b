"""Find what can be audited, hold it to the checks, and show what came of it."""

from __future__ import annotations

from zarr_devbuf.audit.findings.results import (
    SEVERITY,
    CheckResult,
    CheckStatus,
    Site,
    SubjectResult,
    Transfers,
    Verdict,
)
from zarr_devbuf.audit.run.pool import run_subjects
from zarr_devbuf.audit.run.run_subject import run_subject
from zarr_devbuf.audit.subjects.discovery import find_subjects
from zarr_devbuf.audit.subjects.subject import KINDS, Kind, Subject, SubjectError, select_subjects

__all__ = [
    "KINDS",
    "SEVERITY",
    "CheckResult",
    "CheckStatus",
    "Kind",
    "Site",
    "Subject",
    "SubjectError",
    "SubjectResult",
    "Transfers",
    "Verdict",
    "find_subjects",
    "run_subject",
    "run_subjects",
    "select_subjects",
]
