"""Whether a backend itself is broken, so that what is checked on it shows nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr_devbuf.checks.judged import problem_of
from zarr_devbuf.checks.run import run_checks

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend

__all__ = ["backend_problem"]


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
    return problem_of(backend, lambda each: run_checks("backend", each, each, on_fail=None)) or None
