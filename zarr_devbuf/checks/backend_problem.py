"""Whether a backend itself is broken, so that what is checked on it shows nothing."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from zarr_devbuf.checks.run import run_checks

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend

__all__ = ["backend_problem"]

# How many failures the line names.
_SHOWN = 3

_lock = threading.Lock()
# With the backend, whose id else could be another's later. Backends live as long as the process.
_known: dict[int, tuple[Backend, str | None]] = {}


def backend_problem(backend: Backend) -> str | None:
    """
    Return in one line which checks of backends a backend fails; None if it passes all of them.

    The checks run once for each backend object. A backend that fails is broken: nothing that is
    checked on it is to be shown as right. Any thread may call it.

    Parameters
    ----------
    backend : Backend
        An available backend.

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
    with _lock:
        found = _known.get(id(backend))
        if found is None:
            found = _known[id(backend)] = backend, _problem(backend)
        return found[1]


def _problem(backend: Backend) -> str | None:
    failed = run_checks("backend", backend, backend, on_fail=None).failed
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
