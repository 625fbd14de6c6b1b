"""The verdict on a subject, from the results of its checks, and on how many of them it rests."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal, get_args

from zarr_devbuf.checks.errors import CheckFailed, Unsupported

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zarr_devbuf.checks.results import CheckResult
    from zarr_devbuf.transfers import TransferLog

__all__ = ["VERDICTS", "Verdict", "judged", "share", "verdict_on", "why_nothing_was_judged"]

Verdict = Literal["device-native", "host-round-trip", "implicit-transfers", "broken", "unsupported"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


def verdict_on(results: Sequence[CheckResult]) -> Verdict:
    """
    Sum up the results of one subject on one backend.

    An expected failure counts as a failure: it is known, not fixed.

    Returns
    -------
    str
        The first that applies. ``"broken"``: a check failed for another reason than transfers.
        ``"implicit-transfers"``: data moved between host and device without being asked for.
        ``"unsupported"``: the subject rejects the backend, or every check was skipped.
        ``"host-round-trip"``: data moved because the code asked for it.
        ``"device-native"``: nothing moved.
    """
    failures = [result for result in results if result.status in ("failed", "xfailed")]
    if not all(_is_about_transfers(failure) for failure in failures):
        return "broken"
    logs = [result.transfers for result in results]
    logs += [log for failure in failures if (log := _violating(failure)) is not None]
    if any(len(log.implicit) for log in logs):
        return "implicit-transfers"
    unsupported = any(isinstance(result.exception, Unsupported) for result in results)
    if unsupported or all(result.status == "skipped" for result in results):
        return "unsupported"
    return "host-round-trip" if any(len(log) for log in logs) else "device-native"


def _violating(result: CheckResult) -> TransferLog | None:
    error = result.exception
    return error.transfers if isinstance(error, CheckFailed) else None


def _is_about_transfers(result: CheckResult) -> bool:
    return _violating(result) is not None


def judged(statuses: Iterable[str]) -> int:
    """Count the checks that passed or failed, as expected or not: those that were not skipped."""
    return sum(status != "skipped" for status in statuses)


def share(count: int, total: int) -> str:
    """Return ``"1 of 28 checks"`` if fewer than half judged the subject, else an empty string."""
    return f"{count} of {total} checks" if 2 * count < total else ""


def why_nothing_was_judged(statuses: Iterable[tuple[str, str]]) -> str:
    """
    Return why no check judged a subject; empty if one did.

    Parameters
    ----------
    statuses : iterable of (str, str)
        The status and the message of each check.
    """
    statuses = tuple(statuses)
    if judged(status for status, _ in statuses):
        return ""
    reasons = Counter(message.partition("\n")[0] for _, message in statuses if message)
    why = next((reason for reason, _ in reasons.most_common(1)), "there are no checks")
    return f"no check passed, {len(statuses)} were skipped: {why}"
