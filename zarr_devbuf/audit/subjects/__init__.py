"""What is audited: subjects, how they are named, found and constructed."""

from __future__ import annotations

from zarr_devbuf.audit.subjects.discovery import find_subjects
from zarr_devbuf.audit.subjects.selection import SubjectError, select_subjects
from zarr_devbuf.audit.subjects.subject import Subject

__all__ = ["Subject", "SubjectError", "find_subjects", "select_subjects"]
