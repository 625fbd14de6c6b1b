"""Find what can be audited, hold it to the laws, and show what came of it."""

from __future__ import annotations

from zarr_devbuf.audit.discovery import find_subjects
from zarr_devbuf.audit.holding import run_subject
from zarr_devbuf.audit.pool import run_subjects
from zarr_devbuf.audit.records import (
    SEVERITY,
    CheckResult,
    CheckStatus,
    Site,
    SubjectResult,
    Transfers,
    Verdict,
)
from zarr_devbuf.audit.subjects import KINDS, Kind, Subject, SubjectError, select_subjects

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
