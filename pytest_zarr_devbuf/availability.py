"""Backends that are unavailable: tests are skipped, or fail if the backend is required."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_zarr_devbuf.options import settings

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend

__all__ = ["hidden_if_skipped", "look_up", "require_or_skip", "unavailable_message"]


def hidden_if_skipped(error: pytest.ExceptionInfo[BaseException]) -> bool:
    """Return whether to hide a frame: in skips, so that the summary shows the line of the test.

    A value for ``__tracebackhide__``. Frames of failures are not hidden: pytest would add a note
    about hidden frames to a failure without a traceback.
    """
    return error.errisinstance(pytest.skip.Exception)


def look_up(name: str) -> Backend:
    """Return the backend with this name."""
    from zarr_devbuf import get_backend  # noqa: PLC0415 - it imports zarr

    return get_backend(name)


def require_or_skip(config: pytest.Config, backend: Backend) -> None:
    """Skip the running test if the backend is unavailable; fail it if the backend is required."""
    __tracebackhide__ = hidden_if_skipped
    reason = backend.unavailable_reason()
    if reason is None:
        return
    if settings(config).require:
        pytest.fail(unavailable_message(backend.name, reason), pytrace=False)
    pytest.skip(reason)


def unavailable_message(name: str, reason: str) -> str:
    """Return the message about a required backend that is unavailable."""
    return f"--require-backend: backend {name!r} is unavailable: {reason}"
