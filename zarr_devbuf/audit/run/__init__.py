"""Run the checks on subjects, in worker processes."""

from __future__ import annotations

from zarr_devbuf.audit.run.pool import run_subjects
from zarr_devbuf.audit.run.run_subject import run_subject

__all__ = ["run_subject", "run_subjects"]
