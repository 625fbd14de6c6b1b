"""What an audit has found: records, problems, known issues, baselines, and whether it fails."""

from __future__ import annotations

from zarr_devbuf.audit.findings.gate import Decision, decide
from zarr_devbuf.audit.findings.json_document import Audit, BackendInfo
from zarr_devbuf.audit.findings.problems import Problem, problems
from zarr_devbuf.audit.findings.results import CheckRecord, Site, SubjectResult, Transfers

__all__ = [
    "Audit",
    "BackendInfo",
    "CheckRecord",
    "Decision",
    "Problem",
    "Site",
    "SubjectResult",
    "Transfers",
    "decide",
    "problems",
]
