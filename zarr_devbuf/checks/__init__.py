"""Conformance checks for buffer prototypes, codecs, stores and arrays on any device."""

from __future__ import annotations

import sys

# Importing the kits registers their checks, in this order.
from zarr_devbuf.checks import array, backend, codec, prototype, store  # noqa: F401
from zarr_devbuf.checks.api import (
    check_array,
    check_backend,
    check_codec,
    check_prototype,
    check_store,
)
from zarr_devbuf.checks.errors import CheckFailed, NotApplicable, Unsupported, during, violated
from zarr_devbuf.checks.failures import ConformanceError
from zarr_devbuf.checks.measure import measured
from zarr_devbuf.checks.parametrize import parametrize_with_checks
from zarr_devbuf.checks.registry import (
    KINDS,
    SEVERITIES,
    SOURCES,
    Check,
    Kind,
    Severity,
    Source,
    check,
    list_checks,
)
from zarr_devbuf.checks.report import CheckReport
from zarr_devbuf.checks.results import CheckResult, CheckStatus, Peak
from zarr_devbuf.checks.verdict import Verdict

__all__ = [
    "KINDS",
    "SEVERITIES",
    "SOURCES",
    "Check",
    "CheckFailed",
    "CheckReport",
    "CheckResult",
    "CheckStatus",
    "ConformanceError",
    "Kind",
    "NotApplicable",
    "Peak",
    "Severity",
    "Source",
    "Unsupported",
    "Verdict",
    "check",
    "check_array",
    "check_backend",
    "check_codec",
    "check_prototype",
    "check_store",
    "during",
    "list_checks",
    "measured",
    "parametrize_with_checks",
    "violated",
]

# pytest shows no frame of the checks: the message says what they did, and the user's code is what
# has to be looked at. It reads this name from the globals of a frame, too.
for _name, _module in tuple(sys.modules.items()):
    if _name.startswith(f"{__name__}."):
        vars(_module).setdefault("__tracebackhide__", True)
