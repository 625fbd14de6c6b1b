"""Find what can be audited, run the checks over it, and show what came of it."""

from __future__ import annotations

from zarr_devbuf.audit.findings import CHECKS
from zarr_devbuf.audit.records import (
    SEVERITY,
    CheckResult,
    CheckStatus,
    SubjectResult,
    Transfers,
    Verdict,
)
from zarr_devbuf.audit.runner import run_subject
from zarr_devbuf.audit.subjects import Subject, SubjectError, find_subjects, select_subjects

__all__ = [
    "CHECKS",
    "SEVERITY",
    "CheckResult",
    "CheckStatus",
    "Subject",
    "SubjectError",
    "SubjectResult",
    "Transfers",
    "Verdict",
    "find_subjects",
    "run_subject",
    "select_subjects",
]
