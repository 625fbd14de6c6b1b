"""Find what can be audited, run the checks on it, and report the results."""

from __future__ import annotations

from zarr_devbuf.audit.findings.results import (
    SEVERITY,
    CheckRecord,
    Site,
    SubjectResult,
    Transfers,
)
from zarr_devbuf.audit.run.pool import run_subjects
from zarr_devbuf.audit.run.run_subject import run_subject
from zarr_devbuf.audit.subjects.discovery import find_subjects
from zarr_devbuf.audit.subjects.selection import SubjectError, select_subjects
from zarr_devbuf.audit.subjects.subject import KINDS, Subject
from zarr_devbuf.checks import CheckStatus, Kind, Verdict

__all__ = [
    "KINDS",
    "SEVERITY",
    "CheckRecord",
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
