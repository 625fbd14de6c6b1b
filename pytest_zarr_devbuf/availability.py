"""Backends that cannot be used: a reason to skip, or a failure where they are required."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_zarr_devbuf.options import settings

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend

__all__ = ["hidden_if_skipped", "look_up", "missing", "require_or_skip"]


def hidden_if_skipped(error: pytest.ExceptionInfo[BaseException]) -> bool:
    """Hide a frame from tracebacks of skips, so that their summary names the test's line.

    A value for ``__tracebackhide__``. A failure without traceback needs none, and were all frames
    of it hidden, pytest would say so below its message.
    """
    return error.errisinstance(pytest.skip.Exception)


def look_up(name: str) -> Backend:
    """Give the backend of that name."""
    from zarr_devbuf import get_backend  # noqa: PLC0415 - it imports zarr

    return get_backend(name)


def require_or_skip(config: pytest.Config, backend: Backend) -> None:
    """End the running test unless the backend is available: skipped with the reason, or failed."""
    __tracebackhide__ = hidden_if_skipped
    reason = backend.unavailable_reason()
    if reason is None:
        return
    if settings(config).require:
        pytest.fail(missing(backend.name, reason), pytrace=False)
    pytest.skip(reason)


def missing(name: str, reason: str) -> str:
    """Say that a required backend is not there."""
    return f"--require-backend: backend {name!r} is unavailable: {reason}"
