"""The checks that hold for buffers, codecs, stores and arrays on any device, and what checks them."""

from __future__ import annotations

# Imported for the checks that they define, in this order.
from zarr_devbuf.checks import array, backend, codec, prototype, store  # noqa: F401
from zarr_devbuf.checks.api import (
    check_array,
    check_backend,
    check_codec,
    check_prototype,
    check_store,
)
from zarr_devbuf.checks.parametrize import parametrize_with_checks
from zarr_devbuf.checks.registry import Check, list_checks
from zarr_devbuf.checks.report import CheckReport
from zarr_devbuf.checks.results import CheckResult, ConformanceError
from zarr_devbuf.checks.verdict import Verdict

__all__ = [
    "CheckReport",
    "CheckResult",
    "ConformanceError",
    "Check",
    "Verdict",
    "check_array",
    "check_backend",
    "check_codec",
    "check_prototype",
    "check_store",
    "list_checks",
    "parametrize_with_checks",
]
