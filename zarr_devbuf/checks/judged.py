"""How much of a subject was judged: never green if nothing was, or on a broken backend."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

from zarr_devbuf.checks.errors import violated
from zarr_devbuf.checks.results import CheckResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zarr_devbuf.backend import Backend

__all__ = [
    "BACKEND_CHECK",
    "backend_failure",
    "judged",
    "problem_of",
    "share",
    "why_nothing_was_judged",
]

# The name of the result that `backend_failure` makes.
BACKEND_CHECK = "check_backend"

# How many failures of a backend are named.
_SHOWN = 3

# By the identities of the backend and its array library, which `simulate_gpu` replaces; both are
# kept, so that no other object gets the identity.
_lock = threading.RLock()
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
    problem = problem_of(backend, check_backend)
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


def problem_of(backend: Backend, check_backend: Callable[[Backend], Any]) -> str:
    """
    Return in one line which checks of backends a backend fails; empty if it passes all of them.

    Any thread may call it. The checks run once for each backend object and array library.

    Parameters
    ----------
    check_backend : callable
        Runs the checks of backends, and returns the report.
    """
    library = backend.xp
    key = id(backend), id(library)
    with _lock:
        if key not in _problems:
            _problems[key] = backend, library, _problem(backend, check_backend(backend).failed)
        return _problems[key][2]


def _problem(backend: Backend, failed: tuple[CheckResult, ...]) -> str:
    if not failed:
        return ""
    shown = "; ".join(f"{each.check}: {_reason(each.exception)}" for each in failed[:_SHOWN])
    more = f"; and {len(failed) - _SHOWN} more" if len(failed) > _SHOWN else ""
    return f"backend {backend.name!r} is broken: {shown}{more}"


def _reason(error: BaseException | None) -> str:
    """Return the first failure in one line of moderate length."""
    expected, actual = getattr(error, "expected", ""), getattr(error, "actual", "")
    if expected:
        text = f"{getattr(error, 'case', '')}: expected {expected}, got {actual}"
    else:
        text = f"{type(error).__name__}: {error}"
    line = " ".join(text.split())
    return line if len(line) <= 200 else f"{line[:199]}…"
