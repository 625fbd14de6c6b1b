"""Run the checks on a subject."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, Literal

from zarr_devbuf.backend import Backend, get_backend
from zarr_devbuf.checks.backend_problem import backend_failure
from zarr_devbuf.checks.naming import name_of
from zarr_devbuf.checks.peak import measure_peak
from zarr_devbuf.checks.registry import list_checks
from zarr_devbuf.checks.report import CheckReport
from zarr_devbuf.checks.run_check import run_check

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zarr_devbuf.checks.registry import Check, Kind

__all__ = ["OnFail", "run_check", "run_checks", "validated_failures"]

OnFail = Literal["raise"] | None


def run_checks(  # noqa: PLR0917 - the functions of users pass what they document
    kind: Kind,
    subject: Any,
    backend: str | Backend,
    on_fail: OnFail = "raise",
    max_transfers: int | None = None,
    expected_failures: Mapping[str, str] | None = None,
) -> CheckReport:
    """
    Run every check of a kind on a subject, whether or not one fails.

    `check_codec` and the like call it; they document the parameters.

    Raises
    ------
    ConformanceError
        If a check fails, or passes unexpectedly, or no check passes, and `on_fail` is ``"raise"``.
    """
    __tracebackhide__ = True
    if on_fail not in ("raise", None):
        raise ValueError(f"on_fail must be 'raise' or None, not {on_fail!r}")
    known = list_checks(kind)
    expected = validated_failures(expected_failures, known)
    if not isinstance(backend, Backend):
        backend = get_backend(backend)
    backend.require()
    results = [
        run_check(
            each, subject, backend, max_transfers=max_transfers, expected=expected.get(each.name)
        )
        for each in known
    ]
    broken = None if kind == "backend" else backend_failure(backend, name_of(subject))
    if broken is not None:
        results.insert(0, broken)
    # What fails may hang, too.
    peak = measure_peak(kind, subject, backend) if all(each.ok for each in results) else None
    report = CheckReport(name_of(subject), backend.name, results, peak)
    if on_fail == "raise":
        report.raise_failures()
    return report


def validated_failures(
    expected_failures: Mapping[str, str] | None, known: Iterable[Check]
) -> dict[str, str]:
    """Return expected failures as a dict; raise `ValueError` if a name is not that of a check."""
    expected = dict(expected_failures or {})
    # Without the common prefix, which makes all names similar.
    names = {each.name.removeprefix("check_"): each.name for each in known}
    for name in expected:
        if name not in names.values():
            close = difflib.get_close_matches(name.removeprefix("check_"), names)
            hint = (
                f"did you mean {', '.join(repr(names[match]) for match in close)}?"
                if close
                else f"there are: {', '.join(names.values())}"
            )
            raise ValueError(f"expected_failures: no check is named {name!r}; {hint}")
    return expected
