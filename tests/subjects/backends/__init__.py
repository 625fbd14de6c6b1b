"""Broken backends: each with one fault, which the checks named by `caught_by` have to catch."""

from __future__ import annotations

from tests.subjects.backends import (  # noqa: F401 - each adds to BROKEN
    arrays,
    assigning,
    classes,
    converting,
    describing,
    dtypes,
    functions,
    kinds,
    owning,
    recording,
)
from tests.subjects.backends.model import BROKEN, CLEAN, Model

__all__ = ["BROKEN", "CLEAN", "Model"]
