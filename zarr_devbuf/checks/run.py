"""Run the checks on a subject."""

from __future__ import annotations

import difflib
import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any, Literal

from zarr_devbuf.backend import Backend, get_backend
from zarr_devbuf.checks.errors import NotApplicable
from zarr_devbuf.checks.measure import Measurement, current_measurement
from zarr_devbuf.checks.messages import failure_message, unexpected_pass_message
from zarr_devbuf.checks.naming import name_of
from zarr_devbuf.checks.registry import list_checks
from zarr_devbuf.checks.report import CheckReport
from zarr_devbuf.checks.results import CheckResult
from zarr_devbuf.checks.tracebacks import is_simulated
from zarr_devbuf.transfers import TransferLog, record_transfers, transfer_guard

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zarr_devbuf.checks.registry import Check, Kind

__all__ = ["OnFail", "run_check", "run_checks", "validated_failures"]

OnFail = Literal["raise"] | None


def run_checks(
    kind: Kind,
    subject: Any,
    backend: str | Backend,
    *,
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
        If a check fails, or passes unexpectedly, and `on_fail` is ``"raise"``.
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
    report = CheckReport(name_of(subject), backend.name, results)
    if on_fail == "raise":
        report.raise_failures()
    return report


def validated_failures(
    expected_failures: Mapping[str, str] | None, known: Iterable[Check]
) -> dict[str, str]:
    """Return expected failures as a dict; raise `ValueError` if a name is not that of a check."""
    expected = dict(expected_failures or {})
    names = [each.name for each in known]
    for name in expected:
        if name not in names:
            # Without the common prefix, which makes all names similar.
            short = {each.removeprefix("check_"): each for each in names}
            matches = difflib.get_close_matches(name.removeprefix("check_"), short)
            close = [short[match] for match in matches]
            hint = (
                f"did you mean {', '.join(map(repr, close))}?"
                if close
                else f"there are: {', '.join(names)}"
            )
            raise ValueError(f"expected_failures: no check is named {name!r}; {hint}")
    return expected


def run_check(
    check: Check,
    subject: Any,
    backend: Backend,
    *,
    max_transfers: int | None = None,
    expected: str | None = None,
) -> CheckResult:
    """
    Run one check on a subject; an exception that the subject raises becomes the result.

    Parameters
    ----------
    check : Check
        The check.
    subject : object
        The subject.
    backend : Backend
        An available backend.
    max_transfers : int, optional
        How many transfers, including explicit ones, one operation may make.
    expected : str, optional
        Why the check is expected to fail. None: it is expected to pass.

    Notes
    -----
    While the check runs, warnings are ignored in the whole process, so that the result does not
    depend on the filters in force. The reference buffers accept host arrays, as under
    ``transfer_guard("allow")``: passing one to a device is a single finding, which the ledger
    records, and must not fail every check.
    """
    measurement = Measurement(max_transfers)
    error: Exception | None = None
    token = current_measurement.set(measurement)
    try:
        with warnings.catch_warnings(), transfer_guard("allow"), record_transfers() as log:
            warnings.simplefilter("ignore")
            try:
                check.function(subject, backend)
            except Exception as raised:  # noqa: BLE001 - whatever a subject raises is a result
                error = raised
    finally:
        current_measurement.reset(token)

    name = name_of(subject)
    transfers = _of_subject(measurement, log)
    skip = _reason_to_skip(error)
    if skip is not None:
        status, message = "skipped", skip
    elif error is None and expected is None:
        status, message = "passed", ""
    elif error is None:
        status = "xpassed"
        message = unexpected_pass_message(check, name, backend.name, expected or "")
    elif expected is None:
        status, message = "failed", failure_message(check, name, backend.name, error)
    else:
        status = "xfailed"
        message = f"{expected}\n{failure_message(check, name, backend.name, error)}"
    return CheckResult(
        check.name,
        name,
        backend.name,
        status,  # type: ignore[arg-type]  # one of its values, on every branch
        message,
        error,
        transfers,
    )


def _of_subject(measurement: Measurement, log: TransferLog) -> TransferLog:
    """Return the measured transfers and all other implicit ones, which no check makes itself."""
    rest = Counter(log.implicit) - Counter(measurement.transfers)
    return TransferLog([*measurement.transfers, *rest.elements()])


def _reason_to_skip(error: Exception | None) -> str | None:
    if isinstance(error, NotApplicable):
        return str(error) or "not applicable"
    if isinstance(error, NotImplementedError) and is_simulated(error):
        return f"the simulator does not implement what this check needs: {error}"
    return None
