"""Run one check on a subject."""

from __future__ import annotations

import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any

from zarr_devbuf.checks.errors import NotApplicable
from zarr_devbuf.checks.measure import Measurement, current_measurement
from zarr_devbuf.checks.messages import failure_message, severity_of, unexpected_pass_message
from zarr_devbuf.checks.naming import name_of
from zarr_devbuf.checks.results import CheckResult
from zarr_devbuf.checks.tracebacks import is_simulated
from zarr_devbuf.transfers import TransferLog, record_transfers, transfer_guard

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.registry import Check
    from zarr_devbuf.checks.results import CheckStatus

__all__ = ["run_check"]


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
    status: CheckStatus
    severity = None
    if skip is not None:
        status, message = "skipped", skip
    elif error is not None:
        severity = severity_of(check, error)
        message = failure_message(check, name, backend.name, error)
        status, message = (
            ("xfailed", f"{expected}\n{message}") if expected is not None else ("failed", message)
        )
    elif expected is not None:
        status = "xpassed"
        message = unexpected_pass_message(check, name, backend.name, expected)
    else:
        status, message = "passed", ""
    where = check.name, name, backend.name
    return CheckResult(*where, status, message, error, transfers, check.source, severity)


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
