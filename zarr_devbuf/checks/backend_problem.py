"""Whether a backend itself is broken, so that what is checked on it shows nothing."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from zarr_devbuf.checks.errors import violated
from zarr_devbuf.checks.registry import list_checks
from zarr_devbuf.checks.results import CheckResult
from zarr_devbuf.checks.run_check import run_check

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend

__all__ = ["BACKEND_CHECK", "backend_failure", "backend_problem"]

# The name of the result that `backend_failure` makes.
BACKEND_CHECK = "check_backend"

# How many failures of a backend are named.
_SHOWN = 3

# By the identities of the backend and its array library, which `simulate_gpu` replaces; both are
# kept, so that no other object gets the identity.
_lock = threading.RLock()
_problems: dict[tuple[int, int], tuple[Backend, Any, str | None]] = {}


def backend_problem(backend: Backend) -> str | None:
    """
    Return in one line which checks of backends a backend fails; None if it passes all of them.

    The checks run once for each backend object and array library. Any thread may call it.

    Raises
    ------
    BackendUnavailableError
        If it cannot be used on this machine.

    Examples
    --------
    >>> from zarr_devbuf import get_backend
    >>> backend_problem(get_backend("sim")) is None
    True
    """
    backend.require()
    library = backend.xp
    key = id(backend), id(library)
    with _lock:
        if key not in _problems:
            results = [run_check(each, backend, backend) for each in list_checks("backend")]
            problem = _summary(backend, [result for result in results if not result.ok])
            _problems[key] = backend, library, problem
        return _problems[key][2]


def backend_failure(backend: Backend, subject: str) -> CheckResult | None:
    """
    Return the failure of a subject whose backend is broken; None if the backend passes its checks.

    Parameters
    ----------
    subject : str
        The name of the subject.
    """
    problem = backend_problem(backend)
    if problem is None:
        return None
    error = violated(
        expected=f"a backend that passes check_backend({backend.name!r})",
        actual=problem,
        advice="Fix the backend first: what is checked on it shows nothing.",
    )
    return CheckResult(
        BACKEND_CHECK,
        subject,
        backend.name,
        "failed",
        f"{BACKEND_CHECK} failed: {subject} on backend {backend.name}{error}",
        error,
        source="documented",
        severity="raises",
    )


def _summary(backend: Backend, failed: list[CheckResult]) -> str | None:
    if not failed:
        return None
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
