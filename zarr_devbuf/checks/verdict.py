"""The verdict on a subject, from what came of the checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from zarr_devbuf.checks.errors import CheckFailed, Unsupported

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zarr_devbuf.checks.results import CheckResult
    from zarr_devbuf.transfers import TransferLog

__all__ = ["Verdict", "judge"]

Verdict = Literal["device-native", "host-round-trip", "implicit-transfers", "broken", "unsupported"]


def judge(results: Sequence[CheckResult]) -> Verdict:
    """
    Sum up the results of one subject on one backend.

    A failure that was expected counts: it is known, not gone.

    Returns
    -------
    str
        ``"broken"`` where a check fails for another reason than transfers; else
        ``"implicit-transfers"`` where host memory was handed over where device memory was due; else
        ``"unsupported"`` where the subject says clearly that it does not work there, or no check
        applies; else ``"host-round-trip"`` where it moved anything, and ``"device-native"`` where
        it did not.
    """
    failures = [result for result in results if result.status in ("failed", "xfailed")]
    if not all(_is_about_transfers(failure) for failure in failures):
        return "broken"
    logs = [result.transfers for result in results]
    logs += [log for failure in failures if (log := _offending(failure)) is not None]
    if any(len(log.implicit) for log in logs):
        return "implicit-transfers"
    refused = any(isinstance(result.exception, Unsupported) for result in results)
    if refused or all(result.status == "skipped" for result in results):
        return "unsupported"
    return "host-round-trip" if any(len(log) for log in logs) else "device-native"


def _offending(result: CheckResult) -> TransferLog | None:
    error = result.exception
    return error.transfers if isinstance(error, CheckFailed) else None


def _is_about_transfers(result: CheckResult) -> bool:
    return _offending(result) is not None
