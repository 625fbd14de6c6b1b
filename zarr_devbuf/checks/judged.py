"""How much of a subject was judged: never green if nothing was, or on a broken backend."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from zarr_devbuf.checks.errors import violated
from zarr_devbuf.checks.results import CheckResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zarr_devbuf.backend import Backend

__all__ = ["BACKEND_CHECK", "backend_failure", "judged", "share", "why_nothing_was_judged"]

# The name of the result that `backend_failure` makes.
BACKEND_CHECK = "check_backend"

# By the identities of the backend and its array library, which `simulate_gpu` replaces; both are
# kept, so that no other object gets the identity.
_problems: dict[tuple[int, int], tuple[Backend, Any, str]] = {}


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


def backend_failure(
    backend: Backend, subject: str, check_backend: Callable[[Backend], Any]
) -> CheckResult | None:
    """
    Return the failure of a subject whose backend is broken; None if the backend passes its checks.

    What is checked on a broken backend shows nothing. The backend is checked once in a process.

    Parameters
    ----------
    backend : Backend
        An available backend.
    subject : str
        The name of the subject.
    check_backend : callable
        Runs the checks of backends, and returns the report.
    """
    problem = _problem_of(backend, check_backend)
    if not problem:
        return None
    error = violated(
        expected=f"a backend that passes check_backend({backend.name!r})",
        actual=problem,
        advice="Fix the backend first: what is checked on it shows nothing.",
    )
    message = f"{BACKEND_CHECK} failed: {subject} on backend {backend.name}{error}"
    return CheckResult(
        BACKEND_CHECK,
        subject,
        backend.name,
        "failed",
        message,
        error,
        source="documented",
        severity="raises",
    )


def _problem_of(backend: Backend, check_backend: Callable[[Backend], Any]) -> str:
    library = backend.xp
    key = id(backend), id(library)
    if key not in _problems:
        failed = check_backend(backend).failed
        problem = ""
        if failed:
            first = failed[0]
            error = getattr(first.exception, "actual", None) or first.exception
            more = f" (and {len(failed) - 1} more fail)" if len(failed) > 1 else ""
            problem = f"{first.check} fails: {error}{more}"
        _problems[key] = backend, library, problem
    return _problems[key][2]
